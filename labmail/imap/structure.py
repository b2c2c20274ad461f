"""BODY and BODYSTRUCTURE: what a message consists of, so that a client can fetch only what it shows. RFC 3501
section 7.4.2.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from labmail.imap.envelope import envelope
from labmail.imap.words import nstring, string
from labmail.mime import Part
from labmail.mime.header import FIELD_MAX_OCTETS, Header, read_parameters

__all__ = ["structure"]

_WORD = re.compile(rb'[^\x00-\x20\x7f()<>@,;:\\"/\[\]?=]+')


def structure(part: Part, *, extended: bool) -> bytes:
    """Of a message or one of its parts; `extended` for BODYSTRUCTURE."""
    header = part.header
    if part.is_multipart:
        inner = b"".join(structure(each, extended=extended) for each in part.parts)
        more = b" " + _parameters(part.parameters) + _extension(header) if extended else b""
        return b"(%b %b%b)" % (inner, _capital(part.subtype), more)
    return b"(%b%b)" % (
        b" ".join(_basic(part, header, extended)),
        b" %b%b" % (nstring(header.get(b"content-md5")), _extension(header)) if extended else b"",
    )


def _basic(part: Part, header: Header, extended: bool) -> list[bytes]:
    fields = [
        _capital(part.type),
        _capital(part.subtype),
        _parameters(part.parameters or _default(part)),
        nstring(header.get(b"content-id")),
        nstring(header.get(b"content-description")),
        _capital(_word(header.get(b"content-transfer-encoding")) or b"7bit"),
        b"%d" % (part.end - part.body_start),
    ]
    if part.message is not None:
        fields += [envelope(part.message.header), structure(part.message, extended=extended)]
    if part.message is not None or part.type == b"text":
        fields.append(b"%d" % part.whole.count(b"\n", part.body_start, part.end))
    return fields


def _default(part: Part) -> list[tuple[bytes, bytes]]:
    """RFC 2045 section 5.2: text says in which characters even where the message does not."""
    return [(b"charset", b"us-ascii")] if part.type == b"text" else []


def _extension(header: Header) -> bytes:
    """Disposition, language, location."""
    disposition = header.get(b"content-disposition")
    kind = _word(disposition)
    shown = b"NIL" if not kind else b"(%b %b)" % (_capital(kind), _parameters(read_parameters(disposition or b"")))
    languages = [string(word) for word in _WORD.findall((header.get(b"content-language") or b"")[:FIELD_MAX_OCTETS])]
    spoken = b"NIL" if not languages else languages[0] if len(languages) == 1 else b"(%b)" % b" ".join(languages)
    return b" %b %b %b" % (shown, spoken, nstring(header.get(b"content-location")))


def _parameters(parameters: Sequence[tuple[bytes, bytes]]) -> bytes:
    if not parameters:
        return b"NIL"
    return b"(%b)" % b" ".join(b"%b %b" % (_capital(name), string(value)) for name, value in parameters)


def _capital(word: bytes) -> bytes:
    """The case does not matter; capitals are the custom."""
    return string(word.upper())


def _word(value: bytes | None) -> bytes:
    found = _WORD.search(value[:FIELD_MAX_OCTETS]) if value else None
    return found[0] if found else b""
