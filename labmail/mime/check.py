"""What is wrong with one part of a message, its parts apart. RFC 5322 section 2, RFC 2045 and RFC 2046.

Each kind of fault is told once for a part, where it shows first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import parsedate_tz
from typing import TYPE_CHECKING

from labmail.mime import content, words
from labmail.mime.defect import Defect
from labmail.mime.header import MEDIA, Field, read_parameters

if TYPE_CHECKING:
    from labmail.mime.parts import Part

__all__ = ["find"]

LINE_MAX_OCTETS = 998  # without its end: RFC 5322 section 2.1.1
ENCODED_LINE_MAX_OCTETS = 76  # RFC 2045 sections 6.7 and 6.8
BOUNDARY_MAX_OCTETS = 70  # RFC 2046 section 5.1.1
SHOWN_MAX = 40  # characters of a piece that a sentence quotes
ONCE_IN_A_MESSAGE = (  # RFC 5322 section 3.6
    *("date", "from", "sender", "reply-to", "to", "cc", "bcc", "message-id", "in-reply-to", "references", "subject"),
)
ONCE_IN_A_PART = ("content-type", "content-transfer-encoding", "content-disposition", "content-id")

_NAME = re.compile(r"[!-9;-~]+")  # RFC 5322 section 2.2
_HIGH = re.compile(rb"[\x80-\xff]")
_BARE_LF = re.compile(rb"(?<!\r)\n")
_BARE_CR = re.compile(rb"\r(?!\n)")
_LONG = {most: re.compile(rb"[^\n]{%d,}" % (most + 1)) for most in (LINE_MAX_OCTETS, ENCODED_LINE_MAX_OCTETS)}


def find(part: Part) -> Iterator[Defect]:
    yield from _header(part)
    if part.is_message:
        yield from _message(part)
    yield from _type(part)
    yield from part._content.defects
    if not part.parts:
        yield from _body(part)
    if part.number == "":
        yield from _line_ends(part)


def _quoted(octets: bytes) -> str:
    text = re.sub(r"[\x00-\x1f\x7f]", "", words.shown(octets)).strip()
    return f"“{text[: SHOWN_MAX - 1]}…”" if len(text) > SHOWN_MAX else f"“{text}”"


# ---- the header


def _header(part: Part) -> Iterator[Defect]:
    whole, start, end = part.whole, part.start, part.header_end
    if part.body_start == part.header_end and start < end and not part.is_message:
        says = "No empty line ends the header of this part: all of it is header, and its body is empty."
        yield Defect(says=says, rfc="RFC 2046 section 5.1", at=end)
    yield from _no_field(part)
    if (at := whole.find(b"\0", start, end)) >= 0:
        yield Defect(says="The header holds a NUL, which no program may send.", rfc="RFC 5322 section 4.1", at=at)
    if found := _LONG[LINE_MAX_OCTETS].search(whole, start, end):
        yield _too_long(whole, found.start(), end, LINE_MAX_OCTETS, "RFC 5322 section 2.1.1", "header")
    seen: set[str] = set()
    told: set[str] = set()
    for field in part.headers:
        name = field.name.lower()
        yield from _field(field)
        once = name in ONCE_IN_A_PART or (part.is_message and name in ONCE_IN_A_MESSAGE)
        if once and name in seen and name not in told:
            told.add(name)
            rfc = "RFC 5322 section 3.6" if part.is_message and name in ONCE_IN_A_MESSAGE else "RFC 2045 section 3"
            says = f"{field.name} stands here more than once: programs differ in which one they believe."
            yield Defect(says=says, rfc=rfc, at=field.start)
        seen.add(name)


def _no_field(part: Part) -> Iterator[Defect]:
    """A line of the header that is no field: most often the body, where the empty line before it is missing."""
    for number, field in enumerate(part.headers):
        line = part.whole[field.start : field.end]
        if number == 0 and line.startswith(b"From "):
            says = "The first line is the separator of an mbox file, and no field of the letter."
        elif not field.name:
            line_number = part.whole.count(b"\n", part.start, field.start) + 1
            says = f"Line {line_number} of the header, {_quoted(line)}, is no field, as it has no colon; "
            says += "most programs take it for the beginning of the body."
        elif not _NAME.fullmatch(field.name):
            says = f"{_quoted(field.name.encode())} is no name of a field: a name has only visible ASCII, and no space."
        else:
            continue
        yield Defect(says=says, rfc="RFC 5322 section 2.2", at=field.start)
        return


def _field(field: Field) -> Iterator[Defect]:
    """What is wrong in one field's value."""
    if _HIGH.search(field.raw):
        try:
            field.raw.decode()
        except UnicodeDecodeError as fault:
            octet = field.raw[fault.start : fault.start + 1]
            says = f"{field.name} holds {content.named(octet)}, which is neither ASCII nor UTF-8: shown as “�”."
            yield Defect(says=says, rfc="RFC 6532 section 3.2", at=field.start)
    if b"=?" not in field.raw:
        return
    for piece in words.pieces(field.raw):
        if piece.fault:
            says = f"{field.name} has the encoded word {_quoted(piece.raw)}, and {piece.fault}."
            yield Defect(says=says, rfc="RFC 2047 section 2", at=field.start)
            return


def _message(part: Part) -> Iterator[Defect]:
    """What a message must say of itself."""
    for name in ("From", "Date"):
        if part.header.get(name.encode()) is None:
            says = f"The message has no {name}, which is one of the two fields that every message must have."
            yield Defect(says=says, rfc="RFC 5322 section 3.6", at=part.start)
    date = part.header.get(b"date")
    if date is not None and _date_is_wrong(date):
        says = f"The Date, {_quoted(date)}, is no date such as “Mon, 01 Jun 2026 09:00:00 +0000”."
        yield Defect(says=says, rfc="RFC 5322 section 3.3", at=part.start)
    if part.header.get(b"content-type") is not None and part.header.get(b"mime-version") is None:
        says = "A Content-Type stands here without “MIME-Version: 1.0”; most programs believe it all the same."
        yield Defect(says=says, rfc="RFC 2045 section 4", at=part.start)


def _date_is_wrong(date: bytes) -> bool:
    try:
        return parsedate_tz(words.shown(date[:100])) is None
    except (ValueError, IndexError, OverflowError):
        return True


# ---- its type


def _type(part: Part) -> Iterator[Defect]:
    value = part.header.get(b"content-type")
    if value is not None and not MEDIA.match(value):
        says = f"Content-Type says {_quoted(value)}, which is not of the form type/subtype: read as text/plain."
        yield Defect(says=says, rfc="RFC 2045 section 5.2", at=part.start)
    if part.content_type.startswith("multipart/"):
        yield from _boundary(part, dict(read_parameters(value or b"")).get(b"boundary"))
    elif part.content_type == "message/rfc822" and not part.parts:
        yield Defect(says="Messages lie in messages too deep here: no further one is opened.", at=part.start)
    name = words.filename(part)
    if name is not None and name != (part.filename or ""):
        says = f"The file is called {_quoted(name.encode())}: folders and control codes in it are not believed."
        yield Defect(says=says, rfc="RFC 2183 section 2.3", at=part.start)


def _boundary(part: Part, boundary: bytes | None) -> Iterator[Defect]:
    """RFC 2046 section 5.1.1"""
    line = b"--" + (boundary or b"").rstrip()
    says, at = "", part.start
    if not boundary:
        says = f"{part.content_type} names no boundary, so nobody knows where its parts begin: read as text."
    elif not part.parts and line in part.body_octets:
        says = "The parts here lie too deep, are too many, or are none: they are not opened. Read as text."
    elif not part.parts:
        says = f"No line says {_quoted(line)}, so no part begins: the boundary is another one, or lost. Read as text."
    elif not part.closed:
        says = f"The boundary is never closed: {_quoted(line + b'--')} is missing, so nobody knows whether all came."
        at = part.end
    elif len(boundary) > BOUNDARY_MAX_OCTETS:
        says = f"The boundary has {len(boundary)} octets, where {BOUNDARY_MAX_OCTETS} are allowed."
    if says:
        yield Defect(says=says, rfc="RFC 2046 section 5.1.1", at=at)


# ---- its body


def _body(part: Part) -> Iterator[Defect]:
    whole, start, end, encoding = part.whole, part.body_start, part.end, part.encoding
    nul = whole.find(b"\0", start, end)
    if nul >= 0 and encoding != "binary":
        rfc = "RFC 2045 section 2.8" if encoding == "8bit" else "RFC 2045 section 2.7"
        yield Defect(says=f"The body holds a NUL, which {encoding} does not allow.", rfc=rfc, at=nul)
    high = _HIGH.search(whole, start, end)
    if high and encoding not in ("8bit", "binary"):
        says = f"The body is said to be {encoding}, but holds {content.named(high[0])}, whose highest bit is set."
        yield Defect(says=says, rfc="RFC 2045 section 2.7", at=high.start())
    encoded = encoding in content.DECODERS
    most = ENCODED_LINE_MAX_OCTETS if encoded else LINE_MAX_OCTETS
    if encoding != "binary":
        for found in _LONG[most].finditer(whole, start, end):
            if len(found[0].rstrip(b"\r")) > most:
                section = {"base64": "RFC 2045 section 6.8", "quoted-printable": "RFC 2045 section 6.7"}.get(encoding)
                yield _too_long(whole, found.start(), end, most, section or "RFC 5322 section 2.1.1", "body")
                break
    if part.type == b"text":
        yield from part._text.defects


def _too_long(whole: bytes, at: int, end: int, most: int, rfc: str, where: str) -> Defect:
    stop = whole.find(b"\n", at, end)
    octets = len(whole[at : end if stop < 0 else stop].rstrip(b"\r"))
    return Defect(says=f"A line of the {where} has {octets} octets, where {most} are allowed.", rfc=rfc, at=at)


def _line_ends(part: Part) -> Iterator[Defect]:
    """RFC 5322 section 2.3: CR and LF occur only together."""
    for bare, says_one, says_many in (
        (_BARE_LF, "One line ends", "{} lines end"),
        (_BARE_CR, "Once a CR stands", "{} times a CR stands"),
    ):
        count, first = 0, 0
        for found in bare.finditer(part.whole):
            first = found.start() if not count else first
            count += 1
        if count:
            says = says_one if count == 1 else says_many.format(count)
            says += " with LF alone" if bare is _BARE_LF else " without its LF"
            says = f"{says}, where the mail of the Internet has CR LF."
            yield Defect(says=says, rfc="RFC 5322 section 2.3", at=first)
