"""What a browser sends back: the fields of a form, and its files. RFC 7578, and the URL-encoding of HTML forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from aiohttp import MultipartReader, web

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


async def read(request: web.Request) -> Form:
    kind = request.content_type
    try:
        if kind == "multipart/form-data":
            pairs, files = await _multipart(request)
        elif kind == "application/x-www-form-urlencoded":
            octets = await request.read()
            text = octets.decode("ascii", "replace")
            pairs, files = parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="replace"), []
        else:
            raise Refused(
                415, f"A form comes as application/x-www-form-urlencoded or multipart/form-data, not as {kind}."
            )
    except web.HTTPRequestEntityTooLarge:
        raise Refused(413, TOO_LARGE) from None
    except (ValueError, LookupError, AssertionError) as fault:
        raise Refused(400, "What came is not a whole form: go back and send it again.") from fault
    return Form(fields=dict(pairs), all=tuple(pairs), files=tuple(files))


TOO_LARGE = (
    f"A letter and its files have {FORM_MAX_OCTETS:,} octets at most, and these are more: send fewer or smaller ones."
)


async def _multipart(request: web.Request) -> tuple[list[tuple[str, str]], list[File]]:
    """Part by part, into memory: aiohttp's own `post` keeps files on disk, by a thread that the lab does not count."""
    pairs: list[tuple[str, str]] = []
    files: list[File] = []
    left = FORM_MAX_OCTETS
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if isinstance(part, MultipartReader) or len(pairs) + len(files) >= FIELDS_MAX:
            raise ValueError("parts within parts, or too many")
        octets = b""
        while chunk := await part.read_chunk():
            octets += chunk
            left -= len(chunk)
            if left < 0:
                raise Refused(413, TOO_LARGE)
        name, filename = part.name or "", part.filename
        if filename is None:
            pairs.append((name, octets.decode("utf-8", "replace")))
        elif filename:  # a field for files that was left empty has none
            kind = part.headers.get("Content-Type", "application/octet-stream")
            files.append(File(name=filename, type=kind, octets=octets))
    return pairs, files


def number(text: str, fallback: int = 0) -> int:
    """A counting number in an address or a form; whatever else stands there is the fallback."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 11 else fallback
