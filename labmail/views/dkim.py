"""A DKIM verdict as plain data: each signature step by step, and the letter line by line with what is signed of it.

Every line brings its octets and, for each signature, what it is to that one and its canonical form.
RFC 6376 section 3.4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from labmail import explain
from labmail.dkim import Signature, Verdict, again, canonical, verify
from labmail.dkim.letter import Field, Letter, as_it_is
from labmail.dkim.tags import Broken, read

__all__ = ["HEAD", "Verdict", "again", "sentence", "table", "verify", "view"]

Data = dict[str, Any]
HEAD = ["signed", "the letter", "made canonical"]
LOOKS = {"pass": "pass", "fail": "fail", "permerror": "error", "temperror": "error"}  # all other results are neutral
NAMES = {"field": "the field", "key": "the key", "body": "the body", "header": "the header"}
WORDS = {
    "field": {True: "can count", False: "cannot count", None: ""},
    "key": {True: "found", False: "no use", None: ""},
    "body": {True: "hash is the same", False: "hash differs", None: ""},
    "header": {True: "signature fits", False: "signature does not fit", None: "nobody can tell"},
}
SIGNED = {
    "signed": "signed",
    "own": "signature",
    "body": "body hash",
    "dropped": "left out",
    "beyond": "not signed",
    "blank": "empty line",
}
ROWS_MAX = 300  # ours: lines of a letter that a widget shows
OCTETS_MAX = 1_000  # ours: of one line
TABLE_MAX = 40  # ours: rows of the static table


@dataclass(frozen=True, kw_only=True)
class Row:
    """A header field, the empty line, or a line of the body."""

    start: int
    octets: bytes
    field: Field | None = None
    in_body: bool = False


def view(verdict: Verdict, came: bytes | None = None, changes: tuple[tuple[int, int, bytes], ...] = ()) -> Data:
    """`came` is the letter before somebody changed it; `changes` how: where, how many octets went, and what came."""
    letter = as_it_is(verdict.octets)
    rows = list(_rows(letter))[:ROWS_MAX]
    first, last = _differs(came, verdict.octets) if came is not None else (0, 0)
    shown = [_row(n, row, first, last) for n, row in enumerate(rows)]
    signatures = [_signature(one, n, rows) for n, one in enumerate(verdict.signatures)]
    return {
        "title": "Who vouches for this letter?",
        "about": _about(verdict),
        "result": _is(verdict.result),
        **_told("dkim.result", verdict.result, domain=verdict.best.domain if verdict.best else ""),
        "signatures": signatures,
        "rows": shown,
        "more": max(0, sum(1 for _ in _rows(letter)) - ROWS_MAX),
        "chosen": _chosen(shown, signatures),
        "changed": bool(changes),
        "code": "\n".join(["face = widgets.DkimView(dkim.verify(message, lab.resolver))", *map(_code, changes)]),
    }


def _chosen(rows: list[Data], signatures: list[Data]) -> str:
    """What was changed last, else the first thing that is signed."""
    touched = (row["key"] for row in rows if row["touched"])
    meant = (str(n) for one in signatures[:1] for n, row in enumerate(one["rows"]) if row["kind"] == "signed")
    return next(chain(touched, meant), "0")


def table(data: Data) -> list[list[str]]:
    """The rows of the static table, as the first signature sees them. A signature proper is another with each key, and
    nobody reads it: it is left out.
    """
    signature = data["signatures"][0] if data["signatures"] else None
    return [
        [
            signature["rows"][n]["word"] if signature else "",
            _SIGNATURE.sub(r"\1…", "\n".join(line["text"] for line in row["lines"])),
            (signature["rows"][n]["form"] or "").rstrip("\r\n") if signature else "",
        ]
        for n, row in enumerate(data["rows"][:TABLE_MAX])
    ]


_SIGNATURE = re.compile(r"(?is)\A(dkim-signature:.*?;\s*b=)[^;]*")  # b=, and not bh=


def _about(verdict: Verdict) -> str:
    count = len(verdict.signatures)
    if not count:
        return "Nobody signed it."
    fits = sum(one.result == "pass" for one in verdict.signatures)
    return f"{count} signature{'s' * (count != 1)}, of which {fits} {'counts' if fits == 1 else 'count'}."


# ---- the letter


def _rows(letter: Letter) -> Iterator[Row]:
    for one in letter.fields:
        yield Row(start=one.start, octets=one.octets, field=one)
    end = letter.fields[-1].end if letter.fields else 0
    if end < letter.body_start:
        yield Row(start=end, octets=letter.octets[end : letter.body_start])
    for found in re.finditer(rb"[^\n]*\n|[^\n]+", letter.body):
        yield Row(start=letter.body_start + found.start(), octets=found[0], in_body=True)


def _row(number: int, row: Row, first: int, last: int) -> Data:
    shown = row.octets[:OCTETS_MAX]
    touched = first < row.start + len(row.octets) and row.start < last
    return {
        "key": str(number),
        "start": row.start,
        "lines": [_line(line) for line in re.findall(rb"[^\n]*\n|[^\n]+", shown)],
        "octets": shown.hex(),
        "left": len(row.octets) - len(shown),
        "changed": [max(0, first - row.start), min(len(shown), last - row.start)] if touched else [0, 0],
        "touched": touched,
    }


def _line(octets: bytes) -> Data:
    text = octets.rstrip(b"\r\n")
    return {"text": text.decode("latin-1"), "end": octets[len(text) :].decode("latin-1")}


def _differs(came: bytes, now: bytes) -> tuple[int, int]:
    """The part of the letter as it is now that is another than it was; one octet at least, if anything is."""
    if came == now:
        return 0, 0
    first = next((n for n, (a, b) in enumerate(zip(came, now, strict=False)) if a != b), min(len(came), len(now)))
    after = min(len(came), len(now)) - first
    same = next((n for n in range(after) if came[-1 - n] != now[-1 - n]), after)
    return first, max(first + 1, len(now) - same)


# ---- a signature


def _signature(one: Signature, number: int, rows: list[Row]) -> Data:
    broke = next((part.broke for part in (one.body, one.header) if part is not None and part.broke is not None), None)
    return {
        "key": str(number),
        "name": one.domain or f"signature {number + 1}",
        "tags": f"d={one.domain} s={one.selector} a={one.algorithm} c={one.canonicalization}" if one.domain else "",
        "result": _is(one.result),
        "why": sentence(one.why),
        "rfc": _reference(one.rfc, one.section),
        "steps": [
            {
                "name": NAMES[step.name],
                "result": {
                    "is": {True: "pass", False: "fail", None: "neutral"}[step.ok],
                    "word": WORDS[step.name][step.ok],
                },
                "says": sentence(step.says),
                "rfc": _reference(step.rfc, step.section),
            }
            for step in one.steps
        ],
        "broke": sentence(broke.says) if broke else "",
        "hashes": [_base64(one.body.said), _base64(one.body.found)] if one.body else [],
        "absent": ", ".join(signed.name for signed in one.header.signed if signed.field is None) if one.header else "",
        "warnings": [{"says": sentence(each.says), "rfc": _reference(each.rfc, each.section)} for each in one.warnings],
        "rows": list(_seen(one, rows)),
    }


def _seen(one: Signature, rows: list[Row]) -> Iterator[Data]:
    """What each row is to this signature, and its canonical form; None: it has none."""
    meant = {signed.field.start for signed in one.header.signed if signed.field} if one.header else set()
    in_header, _, in_body = one.canonicalization.partition("/")
    hashed, canonical_size = (len(one.body.hashed), len(one.body.canonical)) if one.body else (0, 0)
    at = 0
    for row in rows:
        if row.field is not None:
            kind = _kind(row.field, one, meant)
            form = _form(row.field, kind, in_header or "simple")
        elif not row.in_body:
            kind, form = "blank", None
        else:
            line = canonical.header("simple", row.octets)
            if in_body == "relaxed":
                line = re.sub(rb"[ \t]+", b" ", line.removesuffix(b"\r\n")).removesuffix(b" ") + b"\r\n"
            kind = "dropped" if at >= canonical_size else "beyond" if at >= hashed else "body"
            form = line if kind != "dropped" else None
            at += len(line)
        told = _told("dkim.line", kind)
        yield {"kind": kind, "word": SIGNED.get(kind, ""), "form": form and form.decode("latin-1"), **told} | (
            {"word": "not signed"} if kind in ("unsigned", "other") else {}
        )


def _kind(field: Field, one: Signature, meant: set[int]) -> str:
    if field.start == one.field.start:
        return "own"
    if field.start in meant:
        return "signed"
    return "other" if field.name == "dkim-signature" else "unsigned"


def _form(field: Field, kind: str, method: str) -> bytes | None:
    if kind == "signed":
        return canonical.header(method, field.octets)
    if kind != "own":
        return None
    try:
        return canonical.own_field(method, field.octets, read(field.value)["b"])
    except (Broken, KeyError):
        return None


# ---- words


def _code(change: tuple[int, int, bytes]) -> str:
    at, gone, octets = change
    return f"face.change({at}, {octets!r}{'' if gone == 1 else f', gone={gone}'})"


def _is(word: str) -> Data:
    return {"is": LOOKS.get(word, "neutral"), "word": word}


def _told(kind: str, key: str, **facts: str) -> Data:
    found = explain.find(kind, key)
    return {"says": found.says.format(**facts) if facts else found.says, "rfc": explain.reference(found)}


def _reference(rfc: int, section: str) -> Data:
    href = f"https://www.rfc-editor.org/rfc/rfc{rfc}#section-{section}"
    return {"name": f"RFC {rfc} section {section}", "href": href}


def sentence(says: str) -> str:
    """With a capital letter; the name of a tag, such as b=, stays as it is written."""
    if re.match(r"[a-z]+=", says):
        return f"{says}."
    return f"{says[:1].upper()}{says[1:]}."


def _base64(octets: bytes) -> str:
    import base64

    return base64.b64encode(octets).decode("ascii")
