"""Characters in a header, where only ASCII may travel: encoded words, and parameters in pieces. RFC 2047, RFC 2231.

Wire data is octets up to here; `shown` and `decoded` are where they become text.
"""

from __future__ import annotations

import binascii
import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from labmail.mime.header import FIELD_MAX_OCTETS, read_parameters, unfolded

if TYPE_CHECKING:
    from labmail.mime.parts import Part

__all__ = ["ENCODED_WORD_MAX_OCTETS", "Piece", "codec", "decoded", "filename", "pieces", "shown", "without_folders"]

ENCODED_WORD_MAX_OCTETS = 75  # RFC 2047 section 2

_WORD = re.compile(rb"=\?([^?\s]+)\?([A-Za-z])\?([^?\s]*)\?=")
_BETWEEN = re.compile(rb"\s+")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,39}")
_SECTIONS = re.compile(rb"([^*]+)(?:\*(\d{1,3}))?(\*)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
PYTHONS_OWN = ("idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem")  # no charsets


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A piece of a field's value: an encoded word with its charset, its letter B or Q and its octets, or plain text."""

    raw: bytes
    text: str
    charset: str = ""
    encoding: str = ""
    octets: bytes = b""
    fault: str = ""  # what is wrong with it


@lru_cache(200)
def codec(charset: str) -> codecs.CodecInfo | None:
    """How Python decodes a charset; None where it knows none of that name."""
    name = charset.partition("*")[0]  # with its language: RFC 2231 section 5
    if not _NAME.fullmatch(name):
        return None
    try:
        found = codecs.lookup(name)
        b"a".decode(name)
    except UnicodeDecodeError:  # of UTF-16, for one, it is half a character
        pass
    except (LookupError, ValueError):  # what turns octets into octets is refused as well
        return None
    return None if found.name.replace("-", "_") in PYTHONS_OWN else found


def shown(octets: bytes) -> str:
    """Octets of a header as characters, whatever they are. RFC 6532 section 3.2 makes them UTF-8."""
    return octets.decode("utf-8", "replace")


def decoded(raw: bytes) -> str:
    """A field's value as it is meant to be read: unfolded, its encoded words decoded wherever they stand."""
    return "".join(piece.text for piece in pieces(raw))


def pieces(raw: bytes) -> tuple[Piece, ...]:
    """The same, piece by piece. Joined, `raw` gives the unfolded value."""
    return tuple(_pieces(unfolded(raw)))


def _pieces(value: bytes) -> Iterator[Piece]:
    at, after_word = 0, False
    for found in _WORD.finditer(value):
        between = value[at : found.start()]
        if between:
            dropped = after_word and _BETWEEN.fullmatch(between)  # RFC 2047 section 6.2
            yield Piece(raw=between, text="" if dropped else shown(between))
        yield _word(found)
        at, after_word = found.end(), True
    if at < len(value):
        yield Piece(raw=value[at:], text=shown(value[at:]))


def _word(found: re.Match[bytes]) -> Piece:
    charset, encoding, inner = shown(found[1]), shown(found[2]).upper(), found[3]
    fault = ""
    if encoding == "B":  # RFC 2047 section 4.1
        try:
            octets = binascii.a2b_base64(inner + b"=" * (-len(inner) % 4))
        except binascii.Error:
            octets, fault = b"", "its base64 is broken"
    elif encoding == "Q":  # RFC 2047 section 4.2
        octets = binascii.a2b_qp(inner, header=True)
    else:
        return Piece(raw=found[0], text=shown(found[0]), fault=f"its encoding is {encoding}, neither B nor Q")
    known = codec(charset)
    if known is None:
        fault = fault or f"nobody knows the charset {charset}"
        return Piece(raw=found[0], text=shown(found[0]), charset=charset, encoding=encoding, octets=octets, fault=fault)
    text, wrong = characters(octets, known)
    fault = fault or (f"its octets are not all {charset}" if wrong is not None else "")
    if len(found[0]) > ENCODED_WORD_MAX_OCTETS:
        fault = fault or f"it has {len(found[0])} octets, where {ENCODED_WORD_MAX_OCTETS} are allowed"
    return Piece(raw=found[0], text=text, charset=charset, encoding=encoding, octets=octets, fault=fault)


def characters(octets: bytes, known: codecs.CodecInfo) -> tuple[str, int | None]:
    """The text, and the first octet that is no character: what is none becomes �."""
    try:
        return known.decode(octets, "strict")[0], None
    except UnicodeError as fault:
        wrong = fault.start if isinstance(fault, UnicodeDecodeError) else 0
    try:
        return known.decode(octets, "replace")[0], wrong
    except UnicodeError:  # some codecs give up
        return octets.decode("ascii", "replace"), wrong


# ---- parameters in pieces, and with characters


def filename(part: Part) -> str | None:
    """From Content-Disposition, else the older name in Content-Type. RFC 2183 section 2.3"""
    disposition = part.header.get(b"content-disposition")
    names = [(disposition, b"filename"), (part.header.get(b"content-type"), b"name")]
    for value, name in names:
        if value and (found := parameter(value, name)) is not None:
            return found
    return None


def parameter(value: bytes, name: bytes) -> str | None:
    """One parameter, put together from `name*0`, `name*1*` ... where it comes in pieces. RFC 2231 sections 3 and 4"""
    plain: bytes | None = None
    sections: dict[int, tuple[bytes, bool]] = {}
    for key, octets in read_parameters(value):
        match = _SECTIONS.fullmatch(key)
        if match is None or match[1] != name:
            continue
        if match[2] is None and match[3] is None:
            plain = octets if plain is None else plain
        else:
            sections.setdefault(int(match[2] or 0), (octets, match[3] is not None))
    if 0 not in sections:
        return None if plain is None else decoded(plain)  # encoded words are wrong here, and often met
    charset, joined = "", b""
    for number in range(len(sections)):
        if number not in sections:
            break
        octets, extended = sections[number]
        if extended and number == 0 and octets.count(b"'") >= 2:
            named, _, octets = octets.split(b"'", 2)
            charset = shown(named)
        joined += unquote_to_bytes(octets) if extended else octets
    known = codec(charset) if charset else None
    return characters(joined[:FIELD_MAX_OCTETS], known)[0] if known else shown(joined)


def without_folders(name: str) -> str:
    """Only the last word of a path, and nothing that steers a terminal."""
    last = re.split(r"[/\\]", _CONTROL.sub("", name))[-1].strip()
    return "" if last in (".", "..") else last
