"""What a part holds: its body as it was before it was made fit for the way, and as characters. RFC 2045 section 6.

Nothing here raises: what cannot be decoded is passed over or replaced, and a defect says so.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labmail.mime import words
from labmail.mime.defect import Defect

if TYPE_CHECKING:
    from labmail.mime.parts import Part

__all__ = ["Decoded", "Text", "decode", "text"]

AS_IT_STANDS = ("7bit", "8bit", "binary")

_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]")
_ALPHABET = re.compile(rb"[^A-Za-z0-9+/]+")
_TRAILING = re.compile(rb"(?<![ \t])[ \t]+(?=\r?\n|\Z)")
_QUOTED = re.compile(rb"=(?:([0-9A-Fa-f]{2})|[ \t]*\r?\n|\Z)")
_NO_QUOTED = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*\r?\n|\Z)")


@dataclass(frozen=True, kw_only=True)
class Decoded:
    octets: bytes
    defects: tuple[Defect, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Text:
    value: str
    defects: tuple[Defect, ...] = ()


def decode(part: Part) -> Decoded:
    """The body without its transfer encoding."""
    body, at = part.body_octets, part.body_start
    if part.encoding in AS_IT_STANDS:
        return Decoded(octets=body)
    if part.parts:
        rfc = "RFC 2045 section 6.4" if part.is_multipart else "RFC 2046 section 5.2.1"
        says = f"{part.content_type} says {part.encoding}, but only its parts may be encoded: it is read as it stands."
        return Decoded(octets=body, defects=(Defect(says=says, rfc=rfc, at=part.start),))
    if part.encoding in DECODERS:
        return DECODERS[part.encoding](body, at)
    says = f"Nobody knows the encoding {part.encoding}: the body is left as it stands."
    return Decoded(octets=body, defects=(Defect(says=says, rfc="RFC 2045 section 6.4", at=part.start),))


def _base64(body: bytes, at: int) -> Decoded:
    """RFC 2045 section 6.8: what is not in its alphabet is passed over."""
    found: list[Defect] = []

    def wrong(says: str, where: int) -> None:
        found.append(Defect(says=says, rfc="RFC 2045 section 6.8", at=at + where))

    strange = [match.start() for match in _NO_BASE64.finditer(body)]
    if strange:
        octet = body[strange[0] : strange[0] + 1]
        many = f"{len(strange)} characters are" if len(strange) > 1 else "One character is"
        wrong(
            f"{many} not in the alphabet of base64, {'first ' * (len(strange) > 1)}{named(octet)}; passed over.",
            strange[0],
        )
    padding = body.find(b"=")
    digits = _ALPHABET.sub(b"", body if padding < 0 else body[:padding])
    rest = b"" if padding < 0 else _ALPHABET.sub(b"", body[padding:])
    if rest:
        wrong(f"After “=”, the end of base64, {len(rest)} more characters stand; they are passed over.", padding)
    if len(digits) % 4 == 1:
        wrong("Base64 comes in fours, and one character is left over at the end; it is passed over.", len(body))
        digits = digits[:-1]
    missing = -len(digits) % 4
    if missing and not rest and body.count(b"=") < missing:
        wrong(f"Base64 comes in fours: “{'=' * missing}” is missing at the end, as if the end were lost.", len(body))
    return Decoded(octets=binascii.a2b_base64(digits + b"=" * missing), defects=tuple(found))


def _quoted_printable(body: bytes, at: int) -> Decoded:
    """RFC 2045 section 6.7: blanks at the end of a line were added on the way; a wrong `=` stays."""
    octets = _QUOTED.sub(lambda match: binascii.unhexlify(match[1] or b""), _TRAILING.sub(b"", body))
    strange = [match.start() for match in _NO_QUOTED.finditer(body)]
    if not strange:
        return Decoded(octets=octets)
    piece = words.shown(body[strange[0] : strange[0] + 3]).split("\n")[0].rstrip("\r")
    many = f"{len(strange)} times “=” is not followed" if len(strange) > 1 else "“=” is not followed"
    says = f"{many} by two hexadecimal digits: {'first ' * (len(strange) > 1)}“{piece}”; it stays as it is."
    return Decoded(octets=octets, defects=(Defect(says=says, rfc="RFC 2045 section 6.7", at=at + strange[0]),))


DECODERS: dict[str, Callable[[bytes, int], Decoded]] = {"base64": _base64, "quoted-printable": _quoted_printable}


def text(part: Part) -> Text:
    """The characters of the decoded body. RFC 2046 section 4.1.2"""
    octets, charset = part.decoded(), part.charset
    known = words.codec(charset or "us-ascii")
    if known is None:
        says = f"Nobody knows the charset {charset}: what is not ASCII is replaced by “�”."
        return _text(octets.decode("ascii", "replace"), part, says)
    value, wrong = words.characters(octets, known)
    if wrong is None:
        return _text(value, part)
    octet = named(octets[wrong : wrong + 1])
    if charset is None:
        says = f"No charset is named, so it is ASCII, but octet {wrong} of the text is {octet}; read as UTF-8, a guess."
        return _text(octets.decode("utf-8", "replace"), part, says)
    says = f"The charset is said to be {charset}, but octet {wrong} of the text is {octet}: what is none is “�”."
    return _text(value, part, says)


def _text(value: str, part: Part, says: str = "") -> Text:
    found = (Defect(says=says, rfc="RFC 2046 section 4.1.2", at=part.start),) if says else ()
    return Text(value=value.replace("\r\n", "\n"), defects=found)


def named(octet: bytes) -> str:
    """One octet, as a learner can find it."""
    visible = octet.isascii() and octet.decode().isprintable() and octet != b" "
    return f"“{octet.decode()}”" if visible else f"the octet {octet.hex()}"
