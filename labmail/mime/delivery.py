"""The report that a letter could not be delivered, or comes later: what of it programs read. RFC 3464, RFC 6522.

A report is a multipart: words for people, the part read here, and the letter or its header. Whatever comes is read;
fields that nobody knows stay as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from labmail.mime.header import fields
from labmail.mime.parts import Part
from labmail.mime.reader import structure

__all__ = ["Failed", "Field", "Report", "read"]

_EMPTY_LINES = re.compile(rb"(?:\r?\n[ \t]*){2,}")
_LINES = re.compile(rb"\r?\n")
RECIPIENTS_MAX = 100  # ours: of one report; as many as a letter has, RFC 5321 section 4.5.3.1.8


@dataclass(frozen=True, kw_only=True)
class Field:
    """`type` is what stands before the semicolon: "dns", "rfc822", "smtp"; "" where there is none."""

    name: str
    text: str  # as it came, in one line
    type: str = ""
    value: str = ""
    lines: tuple[str, ...] = ()  # of the value, without folding: a reply may have several


@dataclass(frozen=True, kw_only=True)
class Failed:
    """What became of the letter for one recipient. RFC 3464 section 2.3"""

    fields: tuple[Field, ...]

    def __getitem__(self, name: str) -> str:
        """The value of a field, in small letters; "" where there is none."""
        return _value(self.fields, name)

    @property
    def diagnostic(self) -> tuple[str, ...]:
        """The lines of the reply that a server gave, if it spoke SMTP."""
        found = next((field for field in self.fields if field.name.lower() == "diagnostic-code"), None)
        return found.lines if found is not None and found.type == "smtp" else ()


@dataclass(frozen=True, kw_only=True)
class Report:
    """`returned` is the header of the letter that it is about, as far as it came back."""

    fields: tuple[Field, ...]
    recipients: tuple[Failed, ...]
    words: str = ""
    returned: bytes = b""

    def __getitem__(self, name: str) -> str:
        return _value(self.fields, name)


def read(octets: bytes) -> Report | None:
    """The report in a message; None: it is none."""
    parts = [part for part in structure(octets).walk() if part.type != b"multipart"]
    status = next((part for part in parts if _is_status(part)), None)
    if status is None:
        return None
    groups = [group for group in _EMPTY_LINES.split(status.decoded().strip(b"\r\n")) if group.strip()]
    first, *others = [tuple(_fields(group)) for group in groups] or [()]
    words = next((part.text() for part in parts if part.content_type.lower() == "text/plain"), "")
    recipients = tuple(Failed(fields=group) for group in others[:RECIPIENTS_MAX])
    return Report(fields=first, recipients=recipients, words=words, returned=_returned(parts))


def _is_status(part: Part) -> bool:
    return part.content_type.lower() in ("message/delivery-status", "message/global-delivery-status")


def _returned(parts: list[Part]) -> bytes:
    """RFC 6522 section 3: the letter, or its header alone."""
    for part in parts:
        if part.content_type.lower() in ("message/rfc822", "message/global"):
            return part.parts[0].header_octets if part.parts else part.decoded()
        if part.content_type.lower() in ("text/rfc822-headers", "message/global-headers"):
            return part.decoded()
    return b""


def _fields(group: bytes) -> list[Field]:
    return [_field(found.name, found.raw) for found in fields(group, 0, len(group)) if found.name]


def _field(name: str, raw: bytes) -> Field:
    """RFC 3464 section 2.1.2: a type may stand before the value."""
    lines = [line.strip().decode("utf-8", "replace") for line in _LINES.split(raw)]
    kind, semicolon, value = lines[0].partition(";")
    if not semicolon or " " in kind.strip():
        kind, value = "", lines[0]
    rest = tuple(line for line in (value.strip(), *lines[1:]) if line)
    return Field(
        name=name, text=" ".join(filter(None, lines)), type=kind.strip().lower(), value=" ".join(rest), lines=rest
    )


def _value(among: tuple[Field, ...], name: str) -> str:
    return next((field.value for field in among if field.name.lower() == name.lower()), "")
