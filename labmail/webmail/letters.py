"""A letter as a page shows it: which of its parts is read, which are attachments, and what its header says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from labmail.mime import Part, structure
from labmail.webmail.mailroom import Fetched
from labmail.webmail.words import header, plain

__all__ = ["TEXT_MAX_CHARACTERS", "Attachment", "Branch", "Field", "Letter", "attachment_headers"]

TEXT_MAX_CHARACTERS = 500_000  # ours: of plain text on a page; what is longer can be downloaded
FIELDS_MAX = 500  # ours: of a header on a page
PICTURE_MAX_OCTETS = 1_000_000  # ours: of one that stands in the HTML it came with
PICTURES = ("image/png", "image/gif", "image/jpeg", "image/webp")

# what a browser is told that it downloads; anything else is octets to it
_SAFE_TYPES = re.compile(r"(?:image/(?:png|gif|jpeg|webp)|application/(?:pdf|zip|octet-stream)|audio/[a-z0-9-]+)")
_NAME = re.compile(r"[^A-Za-z0-9._ ()-]+")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")  # tab and line feed stay


@dataclass(frozen=True, kw_only=True)
class Attachment:
    number: str
    name: str
    type: str
    size_octets: int


@dataclass(frozen=True, kw_only=True)
class Field:
    name: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Branch:
    """A part in the tree."""

    number: str
    depth: int
    type: str
    details: str
    defects: tuple[str, ...]
    leaf: bool


class Letter:
    """What a page needs of one letter. Parts are found by their number, as IMAP counts."""

    def __init__(self, fetched: Fetched) -> None:
        self.fetched = fetched
        self.tree = structure(fetched.octets)
        self._shown: dict[str, Part] = {}  # text/plain or text/html -> the part that is read
        self._rest: list[Part] = []
        self._sort(self.tree)

    def _sort(self, part: Part) -> None:
        """Which leaf is read: the first text of each kind that is no attachment. RFC 2046 sections 5.1.3, 5.1.4"""
        inside = part.message
        if part.parts and inside is None:
            for each in part.parts:
                self._sort(each)
        elif (
            part.content_type in ("text/plain", "text/html")
            and part.disposition != "attachment"
            and part.content_type not in self._shown
            and not part.filename
        ):
            self._shown[part.content_type] = part
        else:
            self._rest.append(part)

    # ---- the header

    def said(self, name: str) -> str:
        return header(self.tree.header.get(name.encode()))

    def raw(self, name: str) -> bytes:
        return self.tree.header.get(name.encode()) or b""

    @property
    def subject(self) -> str:
        return self.said("Subject")

    def fields(self) -> Iterator[Field]:
        for each in self.tree.headers[:FIELDS_MAX]:
            yield Field(name=plain(each.name, 200) or "(no name)", value=header(each.raw))

    @property
    def fields_left(self) -> int:
        return max(len(self.tree.headers) - FIELDS_MAX, 0)

    # ---- the body

    @property
    def has_html(self) -> bool:
        return "text/html" in self._shown

    @property
    def has_text(self) -> bool:
        return "text/plain" in self._shown

    def html(self) -> str:
        return self._shown["text/html"].text() if self.has_html else ""

    def text(self) -> str:
        if not self.has_text:
            return ""
        return _CONTROL.sub("�", self._shown["text/plain"].text())

    def pictures(self) -> dict[str, str]:
        """Those that came with the letter: Content-ID -> a data: address. RFC 2392"""
        import base64

        found = {}
        for part in self._rest:
            if part.content_id and part.content_type in PICTURES and part.decoded_size <= PICTURE_MAX_OCTETS:
                octets = base64.b64encode(part.decoded()).decode()
                found[part.content_id] = f"data:{part.content_type};base64,{octets}"
        return found

    # ---- its parts

    def attachments(self) -> list[Attachment]:
        return [
            Attachment(
                number=part.number or "1",
                name=self.name_of(part),
                type=plain(part.content_type, 100),
                size_octets=part.decoded_size,
            )
            for part in self._rest
        ]

    def name_of(self, part: Part) -> str:
        """The sender's name for it, else one of ours."""
        subject = header(part.message.header.get(b"subject")) if part.message else ""
        name = plain(part.filename or "", 200)
        if not name and part.message:
            name = f"{plain(subject, 100) or 'letter'}.eml"
        return name or f"part {part.number or '1'}"

    def part(self, number: str) -> Part | None:
        """A leaf, or a message within this one; what is in no multipart is part 1: RFC 3501 section 6.4.5."""
        parts = (part for part in self.tree.walk() if not part.is_multipart)
        return next((part for part in parts if (part.number or "1") == number), None)

    def branches(self) -> Iterator[Branch]:
        yield from _branches(self.tree, 0)


def _branches(part: Part, depth: int) -> Iterator[Branch]:
    details = [f"charset {part.charset}"] * bool(part.charset)
    details += [part.encoding] * (not part.parts)
    details += [part.disposition] if part.disposition else []
    details += [f"“{part.filename}”"] * bool(part.filename)
    yield Branch(
        number=part.number or ("" if part.is_multipart else "1"),
        depth=min(depth, 8),
        type=plain(part.content_type, 100),
        details=plain(", ".join(details), 300),
        defects=tuple(plain(str(defect), 400) for defect in part.defects),
        leaf=not part.is_multipart,
    )
    for each in part.parts:
        yield from _branches(each, depth + 1)


def attachment_headers(name: str, content_type: str) -> dict[str, str]:
    """A browser saves it and never shows it: RFC 6266 section 4.2. The name is the sender's, so nothing is believed."""
    kept = content_type if _SAFE_TYPES.fullmatch(content_type) else "application/octet-stream"
    ascii_name = _NAME.sub("_", name).strip(" .")[:100] or "attachment"
    return {
        "Content-Type": kept,
        "Content-Disposition": f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
