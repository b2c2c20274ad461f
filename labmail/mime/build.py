"""Messages for lessons, one for each way a letter can be made. RFC 2046 section 5.1, RFC 2387, RFC 5322 section 3.6.

The same arguments give the same octets, on every machine: dates, Message-IDs and boundaries are fixed. Each builder
takes `sender`, `to`, `subject`, `date` and `message_id` by name; what is not given is Alice's letter about the cake.
"""

from __future__ import annotations

import quopri
from base64 import b64decode, encodebytes
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from itertools import count
from urllib.parse import quote

from labmail.errors import LabError

__all__ = ["CAKE", "alternative", "attached", "inline", "nested", "plain", "tracking"]

HEAD = {
    "sender": "Alice <alice@example.net>",
    "to": "Bob <bob@example.com>",
    "subject": "Re: The Cake",
    "date": "Mon, 01 Jun 2026 09:00:00 +0000",
    "message_id": "<cake.1@mail.example.net>",
}
FORWARDED = {
    "sender": "Bob <bob@example.com>",
    "to": "Carol <carol@example.org>",
    "subject": "Fwd: The Cake",
    "message_id": "<cake.2@mail.example.com>",
}
FIELDS = {"sender": "From", "to": "To", "subject": "Subject", "date": "Date", "message_id": "Message-ID"}
ENCODINGS = ("7bit", "8bit", "quoted-printable", "base64")
TEXT = "Don't forget to bring the cake!\n"
HTML = "<p>Don't forget to bring the <b>cake</b>!</p>\n"
SHOWN = '<p>Don\'t forget to bring the cake! <img src="cid:cake@example.net" alt="a cake"></p>\n'
TRACKER = "http://mallory.example/seen.gif?reader=bob@example.com"

# a cake with a candle: PNG, 48 by 48
CAKE = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAADAAAAAwBAMAAAClLOS0AAAAFVBMVEUAAADWRUH1tDz69OjpgqCWYDiWoKqt7SWpAAAAAXRSTlMAQObYZgAAAINJ"
    "REFUeNpjYEACgkhsJgYcAFVCkAgdKOqVSLXjPQPJriLDH4NFghFCuSAJ7SHGKGQNUA5+HS7woH0P10LYuYJo4Ytfx3sGBob37xlg5Hsi7HgPJd4j"
    "oh6nDhYGFC2IpIJfhxKa4FnqxiALRqIlSofgIEyJaViEZxFIu2kY6oksGYgDAIyhFdWna90ZAAAAAElFTkSuQmCC"
)

File = tuple[str, bytes] | tuple[str, bytes, str]  # its name, its octets, and its type


def plain(text: str = TEXT, *, charset: str = "utf-8", encoding: str = "", **head: str) -> bytes:
    """One text; `encoding` is 7bit, 8bit, quoted-printable or base64."""
    return _message(head, _text("plain", text, charset, encoding))


def alternative(
    text: str = TEXT, html: str = HTML, *, charset: str = "utf-8", encoding: str = "", **head: str
) -> bytes:
    """The same letter twice, the plainest first: whoever reads it shows the last that it can. RFC 2046 section 5.1.4"""
    both = _text("plain", text, charset, encoding), _text("html", html, charset, encoding)
    return _message(head, _Multipart("alternative", *both))


def attached(text: str = TEXT, *files: File, **head: str) -> bytes:
    """A text and files, each to be saved under its name; without any, a picture of the cake. RFC 2183"""
    parts = [_file(*each) for each in files or (("cake.png", CAKE, "image/png"),)]
    return _message(head, _Multipart("mixed", _text("plain", text), *parts))


def inline(
    text: str = TEXT,
    html: str = SHOWN,
    *,
    picture: bytes = CAKE,
    cid: str = "cake@example.net",
    **head: str,
) -> bytes:
    """HTML and the picture that stands in it, which came along and is fetched from nowhere. RFC 2387, RFC 2392"""
    lines = ["Content-Type: image/png", "Content-Disposition: inline", f"Content-ID: <{cid}>"]
    related = _Multipart("related", _text("html", html), _Leaf(lines, picture, "base64"))
    return _message(head, _Multipart("alternative", _text("plain", text), related))


def nested(text: str = "Look what Alice wrote.\n", letter: bytes | None = None, **head: str) -> bytes:
    """A letter that carries another one whole, bit for bit. RFC 2046 section 5.2.1"""
    inside = alternative() if letter is None else letter
    encoding = "7bit" if inside.isascii() else "8bit"
    part = _Leaf(["Content-Type: message/rfc822", "Content-Disposition: inline"], inside, encoding)
    return _message(FORWARDED | head, _Multipart("mixed", _text("plain", text), part))


def tracking(text: str = TEXT, *, url: str = TRACKER, **head: str) -> bytes:
    """A picture of one invisible dot that lies elsewhere: whoever shows it tells its owner who has read the letter."""
    return alternative(text, f'<p>{text.strip()}</p>\n<img src="{url}" width="1" height="1" alt="">\n', **head)


# ---- what they are made of


class _Leaf:
    def __init__(self, lines: list[str], octets: bytes, encoding: str) -> None:
        self._lines = [*lines, f"Content-Transfer-Encoding: {encoding}"]
        self.content = octets
        if encoding == "base64":
            self.content = encodebytes(octets).replace(b"\n", b"\r\n")
        elif encoding == "quoted-printable":
            lf = quopri.encodestring(octets.replace(b"\r\n", b"\n"))
            self.content = lf.replace(b"\n", b"\r\n")

    def render(self, names: Iterator[str]) -> bytes:
        return "\r\n".join([*self._lines, "", ""]).encode() + self.content


class _Multipart:
    def __init__(self, subtype: str, *parts: _Leaf | _Multipart) -> None:
        self._subtype, self._parts = subtype, parts

    @property
    def content(self) -> bytes:
        return b"".join(part.content for part in self._parts)

    def render(self, names: Iterator[str]) -> bytes:
        boundary = next(names)
        line = b"--" + boundary.encode()
        parts = [line + b"\r\n" + part.render(names) + b"\r\n" for part in self._parts]
        head = f"Content-Type: multipart/{self._subtype}; boundary={boundary}\r\n\r\n"
        return head.encode() + b"".join(parts) + line + b"--\r\n"


def _message(head: dict[str, str], body: _Leaf | _Multipart) -> bytes:
    if strange := ", ".join(sorted(head.keys() - FIELDS.keys())):
        raise LabError(f"a message is built with {', '.join(FIELDS)}, and nobody knows {strange}")
    message = EmailMessage(policy=SMTP)
    for name, value in (HEAD | head).items():
        try:
            message[FIELDS[name]] = value
        except ValueError as fault:
            raise LabError(f"{name} cannot be {value!r}: {fault}") from None
    # boundaries count from 1, and stand nowhere else in the letter
    names = (name for number in count(1) if (name := f"next-part-{number}").encode() not in body.content)
    return message.as_bytes().removesuffix(b"\r\n") + b"MIME-Version: 1.0\r\n" + body.render(names)


def _text(subtype: str, text: str, charset: str = "utf-8", encoding: str = "") -> _Leaf:
    encoding = encoding or ("7bit" if text.isascii() else "quoted-printable")
    if encoding not in ENCODINGS:
        raise LabError(f"a text is encoded as {', '.join(ENCODINGS)}, not as {encoding}")
    try:
        octets = text.replace("\r\n", "\n").replace("\n", "\r\n").encode(charset)
    except (LookupError, UnicodeError) as fault:
        raise LabError(f"this text cannot be written in the charset {charset}: {fault}") from None
    if encoding == "7bit" and not octets.isascii():
        raise LabError("this text has octets above 127, and 7bit allows none: say quoted-printable, base64 or 8bit")
    return _Leaf([f"Content-Type: text/{subtype}; charset={charset}"], octets, encoding)


def _file(name: str, octets: bytes, kind: str = "application/octet-stream") -> _Leaf:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    named = f'filename="{quoted}"' if name.isascii() else f"filename*=utf-8''{quote(name)}"  # RFC 2231 section 4
    return _Leaf([f"Content-Type: {kind}", f"Content-Disposition: attachment; {named}"], octets, "base64")
