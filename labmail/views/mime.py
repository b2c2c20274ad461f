"""A message as plain data: its tree, every octet of its source, and what each part is and becomes. RFC 2045, RFC 2046.

`tree(octets)` gives one dict of JSON values; the widget, the text and the static table all come from it.
"""

from __future__ import annotations

import re
from typing import Any

from labmail import explain
from labmail.errors import LabError
from labmail.mime import Defect, Part, decoded, structure
from labmail.mime.parts import Span
from labmail.smtp.text import as_octets
from labmail.views import rendering
from labmail.webmail.words import plain

__all__ = ["HEAD", "link", "octets_of", "recreate", "subject_of", "table", "text", "tree"]

Data = dict[str, Any]

PARTS_MAX = 200  # ours: parts that a widget shows
LINES_MAX = 40  # ours: lines of one piece of the source
LINES_AT_END = 3  # of those that are shown, when some in between are not
LINE_MAX_OCTETS = 400  # ours: of one line of the source
TEXT_LINES_MAX = 20  # of a cell's output
CODE_MAX_OCTETS = 65_536  # ours: of a message that is written out as code
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")  # a bare CR ends no line
HEAD = ["part", "type", "encoding", "octets", "what it holds"]


def octets_of(message: object) -> bytes:
    """Octets, a text such as `cake`, or a letter: of that, what a program reads."""
    if isinstance(message, bytes | bytearray):
        return bytes(message)
    if isinstance(message, str):
        return as_octets(message)
    inside = getattr(message, "message", None)
    if isinstance(inside, bytes):
        return inside
    raise LabError(f"a message is bytes, or a letter of lab.mailbox(...), and this is of type {type(message).__name__}")


def subject_of(root: Part) -> str:
    """Its subject; a message without one is called so."""
    return plain(decoded(root.header.get(b"subject") or b""), 80) or "A message without a subject"


def tree(message: object) -> Data:
    octets = octets_of(message)
    root = structure(octets)
    parts = list(root.walk())[:PARTS_MAX]
    wrong = sum(len(part.defects) for part in root.walk())
    numbers = {part.number for part in parts}
    return {
        "title": subject_of(root),
        "about": _about(octets, parts, wrong),
        "size": len(octets),
        "parts": [_part(root, part, depth) for part, depth in _deep(root, 0) if part.number in numbers],
        "source": [_piece(span, octets) for span in root.spans() if span.number in numbers],
        "kinds": {key: _told("span", key) for key in explain.kinds()["mime.span"]},
        "wrong": wrong,
        "code": recreate("MimeTree", octets),
    }


def _about(octets: bytes, parts: list[Part], wrong: int) -> str:
    leaves = sum(not part.parts for part in parts)
    found = f"{_count(wrong, 'defect')} found" if wrong else "nothing wrong found"
    return f"{len(octets):,} octets; {_count(leaves, 'part')} with content; {found}."


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'s' * (number != 1)}"


def _deep(part: Part, depth: int) -> list[tuple[Part, int]]:
    return [(part, depth), *(pair for inner in part.parts for pair in _deep(inner, depth + 1))]


# ---- one part


def _part(root: Part, part: Part, depth: int) -> Data:
    role = rendering.role(root, part)
    return {
        "number": part.number,
        "name": part.number or "message",
        "depth": depth,
        "above": _above(root, part),
        "type": plain(part.content_type, 80),
        "file": plain(part.filename or "", 80),
        "encoding": plain(part.encoding, 40),
        "charset": plain(part.charset or "", 40),
        "disposition": plain(part.disposition or "", 40),
        "start": part.start,
        "end": part.end,
        "size": part.size,
        "decoded": part.decoded_size,
        "lines": part.lines,
        "leaf": not part.parts,
        "role": _told("reader", role) | {"key": role},
        "means": [told for told in _meanings(part) if told["says"]],
        "defects": [_defect(each) for each in part.defects],
        "shown": rendering.shown(root, part),
    }


def _above(root: Part, part: Part) -> str | None:
    return next((each.number for each in root.walk() if part in each.parts), None)


def _meanings(part: Part) -> list[Data]:
    """What its type says, and of a leaf how it is encoded and in which characters."""
    family = part.content_type.partition("/")[0]
    found = [_first(("mime.type", part.content_type), ("mime.type", family), ("mime.type", "other"))]
    if not part.parts:
        found.append(_first(("mime.encoding", part.encoding), ("mime.encoding", "other")))
    if part.type == b"text":
        found.append(_first(("mime.charset", part.charset or "none"), ("mime.charset", "other")))
    return found


def _first(*places: tuple[str, str]) -> Data:
    found = explain.find_any(*places)
    return {"says": found.says, "rfc": explain.reference(found)} if found else {"says": "", "rfc": None}


def _told(kind: str, key: str) -> Data:
    return _first((f"mime.{kind}", key))


def _defect(defect: Defect) -> Data:
    return {"says": plain(str(defect), 400), "rfc": link(defect.rfc), "at": defect.at}


def link(rfc: str) -> Data | None:
    """`RFC 2046 section 5.1.1` as a link."""
    match rfc.split():
        case ["RFC", number, "section", section]:
            return {"name": rfc, "href": f"https://www.rfc-editor.org/rfc/rfc{number}#section-{section}"}
    return None


# ---- the source


def _piece(span: Span, octets: bytes) -> Data:
    """Its lines, each with the end it has; of very many, the first and the last."""
    lines = _LINE.findall(octets[span.start : span.end])
    left = len(lines) - LINES_MAX
    if left > 1:
        cut = LINES_MAX - LINES_AT_END
        shown = [*map(_line, lines[:cut]), {"left": left}, *map(_line, lines[-LINES_AT_END:])]
    else:
        shown = [*map(_line, lines)]
    return {"number": span.number, "kind": span.kind, "start": span.start, "end": span.end, "lines": shown}


def _line(line: bytes) -> Data:
    end = "\r\n" if line.endswith(b"\r\n") else "\n" if line.endswith(b"\n") else ""
    body = line[: len(line) - len(end)]
    shown = {"text": body[:LINE_MAX_OCTETS].decode("utf-8", "replace"), "end": end}
    return shown | ({"more": len(body) - LINE_MAX_OCTETS} if len(body) > LINE_MAX_OCTETS else {})


# ---- code, text and table


def recreate(face: str, octets: bytes) -> str:
    """Code that shows these octets once more."""
    if len(octets) > CODE_MAX_OCTETS:
        return f"from labmail import widgets\n\n# message: these {len(octets):,} octets\nwidgets.{face}(message)"
    lines = _LINE.findall(octets) or [b""]
    written = "\n".join(f"    {line!r}" for line in lines)
    return f"from labmail import widgets\n\nmessage = (\n{written}\n)\nwidgets.{face}(message)"


def text(data: Data) -> str:
    """The tree and what is wrong, a line each."""
    rows = [_row(part) for part in data["parts"]]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines += [f"! {part['name']}: {wrong['says']}" for part in data["parts"] for wrong in part["defects"]]
    head = f"{data['title']}: {data['about']}"
    if len(lines) + 1 > TEXT_LINES_MAX:
        left = len(lines) + 2 - TEXT_LINES_MAX
        lines = [*lines[:-left], f"... and {left} lines more"]
    return "\n".join([head, *lines])


def _row(part: Data) -> tuple[str, str, str, str]:
    kind = " ".join(filter(None, ["  " * part["depth"] + part["type"], part["charset"], part["file"]]))
    octets = f"{part['size']:,} octets"
    if part["leaf"] and part["decoded"] != part["size"]:
        octets += f", decoded {part['decoded']:,}"
    return part["name"], kind, part["encoding"] if part["leaf"] else "", octets


def table(data: Data) -> list[list[str]]:
    """The rows of the static table."""
    return [[*_row(part)[:2], _row(part)[2], _row(part)[3], _holds(part)] for part in data["parts"]]


def _holds(part: Data) -> str:
    shown = part["shown"]
    said = [shown.get("text") or shown.get("excerpt", ""), shown.get("blocked", ""), shown.get("says", "")]
    wrong = [f"! {defect['says']}" for defect in part["defects"]]
    return "\n".join([*(plain(each, 160) for each in said if each), *wrong])
