"""A letter as a mailing list sends it on: to whoever reads it, under the list's own reverse-path, with a footer below.

From: stays who wrote it, and what the writer's server signed is no longer what it was. RFC 5321 section 3.9.2
"""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser

from labmail.dkim.letter import Field, as_it_is

__all__ = ["MailingList"]

SAME = ("7bit", "8bit", "binary", "quoted-printable")  # encodings in which a line of ASCII is itself


@dataclass(frozen=True, kw_only=True)
class MailingList:
    address: str
    members: tuple[str, ...]
    host: str = ""  # which sends the letters out; "": whoever takes them in

    @property
    def bounces(self) -> str:
        """The reverse-path of what it sends. What comes back there is kept, and not sent to the members."""
        local, _, domain = self.address.rpartition("@")
        return f"{local}-bounces@{domain}"

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    def has_sent(self, letter: bytes) -> bool:
        """Whether it has been here: a list in a list must not become a circle."""
        mine = f"x-beenthere: {self.address}".encode()
        return any(b" ".join(each.octets.split()).lower() == mine for each in as_it_is(letter).fields)

    def letter(self, octets: bytes) -> bytes:
        """The letter for the members. RFC 2919 section 3"""
        old = as_it_is(octets)
        fields = [each for each in old.fields if each.name != "list-id"]  # of a list that had it before: one is allowed
        body, own = octets[old.body_start :], f"List-Id: <{self.address.replace('@', '.')}>\r\nPrecedence: list\r\n"
        own += f"X-BeenThere: {self.address}\r\n"
        head = BytesHeaderParser().parsebytes(_joined(fields))
        if _takes_a_line(head):
            return own.encode() + _joined(fields) + b"\r\n" + _ended(body) + self._footer
        return own.encode() + self._wrapped(fields, body)

    @property
    def _footer(self) -> bytes:
        return f"-- \r\n{self.address}\r\n".encode()

    def _wrapped(self, fields: list[Field], body: bytes) -> bytes:
        """What is no plain text becomes the first part, and the footer the second: RFC 2046 section 5.1.3"""
        inner = [each for each in fields if each.name.startswith("content-")]
        outer = [each for each in fields if each not in inner and each.name != "mime-version"]
        boundary = self.address.replace("@", ".")
        while boundary.encode() in body:
            boundary += "+"
        eight_bit = "" if body.isascii() else "Content-Transfer-Encoding: 8bit\r\n"
        kind = f'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="{boundary}"\r\n{eight_bit}\r\n'
        opens = f"--{boundary}\r\n".encode()
        first = opens + _joined(inner) + b"\r\n" + _ended(body)
        second = opens + b"Content-Type: text/plain; charset=us-ascii\r\n\r\n" + self._footer
        return _joined(outer) + kind.encode() + first + second + f"--{boundary}--\r\n".encode()


def _takes_a_line(head: Message) -> bool:
    encoding = str(head.get("Content-Transfer-Encoding", "7bit")).strip().lower()
    return head.get_content_type() == "text/plain" and encoding in SAME


def _joined(fields: list[Field]) -> bytes:
    return b"".join(_ended(each.octets) for each in fields)


def _ended(octets: bytes) -> bytes:
    return octets if not octets or octets.endswith(b"\n") else octets + b"\r\n"
