"""What a browser sends back: the fields of a form, and its files. RFC 7578, and the URL-encoding of HTML forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from aiohttp import web

from labmail.mime import structure
from labmail.mime.words import parameter, shown
from labmail.net import Net
from labmail.webmail.words import plain

__all__ = ["FIELDS_MAX", "FORM_MAX_OCTETS", "File", "Form", "Refused", "number", "read"]

FORM_MAX_OCTETS = 1_000_000  # ours: a letter with its attachments
FIELDS_MAX = 500  # ours: a page of a list has 50 boxes to tick


class Refused(Exception):
    """A request that cannot be served: a status, and the sentence that the page says."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


@dataclass(frozen=True, kw_only=True)
class File:
    name: str
    type: str
    octets: bytes


@dataclass(frozen=True, kw_only=True)
class Form:
    """Its fields, the last of each name, and all of those that may come often."""

    fields: Mapping[str, str]
    all: tuple[tuple[str, str], ...]
    files: tuple[File, ...] = field(default=())

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")

    def every(self, name: str) -> list[str]:
        return [value for key, value in self.all if key == name]


async def read(request: web.Request, net: Net) -> Form:
    """It comes as one piece, and is taken apart in a thread: a form of many parts takes longer than a turn may."""
    kind = request.content_type
    if kind not in READERS:
        raise Refused(415, f"A form comes as {' or '.join(READERS)}, not as {plain(kind, 100)}.")
    try:
        octets = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise Refused(413, TOO_LARGE) from None
    said = request.headers.get("Content-Type", "").encode("utf-8", "surrogateescape")
    try:
        return await net.in_thread(lambda: READERS[kind](octets, said), "a form is read")
    except ValueError as fault:
        raise Refused(400, "What came is not a whole form: go back and send it again.") from fault


TOO_LARGE = (
    f"A letter and its files have {FORM_MAX_OCTETS:,} octets at most, and these are more: send fewer or smaller ones."
)


def _urlencoded(octets: bytes, _: bytes) -> Form:
    text = octets.decode("ascii", "replace")
    pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="replace")
    return Form(fields=dict(pairs), all=tuple(pairs))


def _multipart(octets: bytes, said: bytes) -> Form:
    """A multipart like that of a letter: RFC 7578 section 4.2."""
    tree = structure(b"Content-Type: " + said + b"\r\n\r\n" + octets)
    if not tree.parts or not tree.closed or len(tree.parts) > FIELDS_MAX:
        raise ValueError("no parts, too many, or not all of them")
    pairs: list[tuple[str, str]] = []
    files: list[File] = []
    for part in tree.parts:
        if part.is_multipart:
            raise ValueError("parts within parts")
        disposition = part.header.get(b"content-disposition") or b""
        name, filename = (parameter(disposition, each) for each in (b"name", b"filename"))
        if filename is None:
            pairs.append((name or "", part.body_octets.decode("utf-8", "replace")))
        elif filename:  # a field for files that was left empty has none
            kind = shown(part.header.get(b"content-type") or b"application/octet-stream")
            files.append(File(name=filename, type=kind, octets=part.body_octets))
    return Form(fields=dict(pairs), all=tuple(pairs), files=tuple(files))


READERS = {"application/x-www-form-urlencoded": _urlencoded, "multipart/form-data": _multipart}


def number(text: str, fallback: int = 0) -> int:
    """A counting number in an address or a form; whatever else stands there is the fallback."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 11 else fallback
