"""A message signed: fields are chosen, header and body made canonical, a field is put on top. RFC 6376 section 5."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as value
from datetime import datetime, timedelta

from labmail.dkim import canonical
from labmail.dkim.check import moment
from labmail.dkim.field import FIELD_NAME, LABEL, in_ascii
from labmail.dkim.keys import Key
from labmail.dkim.letter import Letter, read
from labmail.errors import LabError, cited, needs_text

__all__ = ["RECOMMENDED", "SignedMessage", "sign"]

RECOMMENDED = (  # RFC 6376 section 5.4.1
    *("from", "reply-to", "subject", "date", "to", "cc", "resent-date", "resent-from", "resent-to", "resent-cc"),
    *("in-reply-to", "references", "list-id", "list-help", "list-unsubscribe", "list-subscribe", "list-post"),
    *("list-owner", "list-archive", "message-id", "sender", "mime-version", "content-type"),
    *("content-transfer-encoding", "content-id", "content-description"),
)
WIDTH = 76  # characters of a line, for the eye; RFC 5322 section 2.1.1 allows more


@dataclass(frozen=True, kw_only=True, repr=False)
class SignedMessage:
    """`message` is the letter with its new `field` on top; the canonical forms are what was hashed."""

    field: bytes
    message: bytes
    canonical_header: bytes = value(repr=False)
    canonical_body: bytes = value(repr=False)

    def __bytes__(self) -> bytes:
        return self.message

    @property
    def octets(self) -> bytes:
        return self.message

    def __repr__(self) -> str:
        """The field, and of the signature its first signs: enough to see that there is one."""
        lines = self.field.decode("utf-8", "replace").split("\r\n")
        at = next(n for n, line in enumerate(lines) if line.startswith(" b="))
        return "\n".join([*lines[:at], f"{lines[at][:11]}…"])


def sign(
    message: object,
    selector: str,
    domain: str,
    key: Key,
    *,
    headers: Sequence[str] | None = None,
    oversign: Sequence[str] = ("from",),
    canonicalization: str = "relaxed/relaxed",
    length: bool | int = False,
    expires: timedelta | None = None,
    identity: str = "",
    now: datetime | float | None = None,
) -> SignedMessage:
    """Sign for `domain` with the key that it publishes at `selector`.

    `headers` names the fields, as often as they are to be signed; without it all that RFC 6376 section 5.4.1
    recommends. Those in `oversign` are named once more than they are there, so that none can be added. `length` (l=):
    the body as it is, or its first octets, so that text may be added. `now`: of signing, else the machine's time.
    """
    letter = read(message)
    there = [one.name for one in letter.fields]
    needs_text("the selector", selector, "s1")
    needs_text("the domain", domain, "example.net")
    if not isinstance(key, Key):
        raise LabError(f"a key comes from dkim.generate() or dkim.load(...), and {cited(key)} is none")
    _possible(letter, selector, domain, identity)
    methods = canonicalization.partition("/")[::2]
    if not set(methods) <= set(canonical.METHODS):
        raise LabError(f'"{canonicalization}" is no canonicalization: one such as relaxed/simple is meant')
    names = _named(there, headers, oversign)
    body = canonical.body(methods[1], letter.body)
    kept = len(body) if length is True else min(length, len(body)) if length is not False else None
    at = int(moment(now))
    words = [
        *("v=1;", f"a={key.algorithm};", f"c={canonicalization};", f"d={domain};", f"s={selector};"),
        *([f"i={identity};"] if identity else []),
        f"t={at};",
        *([f"x={at + int(expires.total_seconds())};"] if expires is not None else []),
        *([f"l={kept};"] if kept is not None else []),
        *_breakable(f"h={':'.join(names)};"),
        f"bh={base64.b64encode(hashlib.sha256(body[:kept]).digest()).decode()};",
    ]
    unsigned = ("\r\n ".join(_lines("DKIM-Signature:", words)) + "\r\n b=").encode("utf-8")
    chosen = canonical.chosen(letter.fields, names)
    octets = b"".join(canonical.header(methods[0], one.octets) for one in chosen if one)
    octets += canonical.header(methods[0], unsigned).removesuffix(b"\r\n")  # RFC 6376 section 3.7
    signature = base64.b64encode(key.sign(octets))
    b = b"\r\n ".join(signature[at : at + WIDTH - 4] for at in range(0, len(signature), WIDTH - 4))
    made = unsigned + b + b"\r\n"
    return SignedMessage(field=made, message=made + letter.octets, canonical_header=octets, canonical_body=body[:kept])


def _named(there: list[str], headers: Sequence[str] | None, oversign: Sequence[str]) -> list[str]:
    """The names for h=: what is asked for, else what is worth signing, from the top, as often as it is there."""
    named = [name for name in there if name in RECOMMENDED] if headers is None else [name.lower() for name in headers]
    names = [*named, *(name for name in map(str.lower, oversign) if named.count(name) <= there.count(name))]
    if "from" not in names or not all(FIELD_NAME.fullmatch(name) for name in names):
        raise LabError(
            "a signature names the header fields that it signs, and From: is one of them: RFC 6376 section 5.4"
        )
    return names


def _possible(letter: Letter, selector: str, domain: str, identity: str) -> None:
    if all(one.name != "from" for one in letter.fields):
        raise LabError("a letter without From: cannot be signed: RFC 6376 section 5.4")
    if letter.octets[:1] in (b" ", b"\t"):
        raise LabError("the letter begins with a blank, so that a field above it would swallow its first line")
    for what, name in (("selector", selector), ("domain", domain)):
        if not all(LABEL.fullmatch(label) for label in in_ascii(name).split(".")):
            raise LabError(
                f'"{name}" is no {what}: one such as {"s1" if what == "selector" else "example.net"} is meant'
            )
    within = in_ascii(identity.rpartition("@")[2]).lower()
    if identity and within != in_ascii(domain).lower() and not within.endswith(f".{in_ascii(domain).lower()}"):
        raise LabError(f"the identity {identity} does not lie within {domain}: RFC 6376 section 3.5")
    if any(sign <= " " or sign == ";" for sign in identity):
        raise LabError(f"the identity {identity!r} holds a blank or a semicolon")


def _breakable(word: str) -> Iterator[str]:
    """A list of names as pieces of a line each; a line may break after a colon. RFC 6376 section 3.5"""
    piece = ""
    for part in word.replace(":", ":\n").split("\n"):
        if piece and len(piece) + len(part) > WIDTH - 1:
            yield piece
            piece = ""
        piece += part
    yield piece


def _lines(first: str, words: Sequence[str]) -> Iterator[str]:
    line = first
    for word in words:
        if len(line) + 1 + len(word) > WIDTH:
            yield line
            line = word
        else:
            line = f"{line} {word}"
    yield line
