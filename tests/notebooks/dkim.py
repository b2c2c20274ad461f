"""Mistakes for the exercises of lesson 07, each with the hint that answers it, and what is right."""

from __future__ import annotations

import re
from typing import Any

NAMES = {
    "a": "s1._domainkey.example.net",
    "b": "mailhost._domainkey.example.org",
    "c": "a.news._domainkey.example.net",
    "d": "s1._domainkey.mailhost.example",
}
BREAKS = {"a": "header", "b": "nothing", "c": "nothing", "d": "nothing", "e": "body", "f": "header"}
ALL = ["from", "to", "date", "subject"]
HOW = {"headers": ALL, "oversign": ["from", "to", "subject"], "canonicalization": "relaxed/relaxed", "length": False}
BEFORE = {"headers": ["from", "subject"], "oversign": [], "canonicalization": "simple/simple", "length": True}
PUBLISH, SOON, SIGN, WEEK, REVOKE = STEPS = ["publish s2", "wait 5 minutes", "sign with s2", "wait a week", "revoke s1"]


def relaxed(
    *, inner: bool = True, ends: bool = True, leading: bool = False, empty: bool = True, last: bool = True,
    nothing: bytes = b"",
) -> Any:  # fmt: skip
    """The relaxed form, sound or with one fault."""

    def relaxed_body(body: bytes) -> bytes:
        lines = body.split(b"\r\n")
        if inner:
            lines = [re.sub(rb"[ \t]+", b" ", line) for line in lines]
        if ends:
            lines = [line.rstrip(b" \t") for line in lines]
        if leading:
            lines = [line.lstrip(b" \t") for line in lines]
        while empty and lines and not lines[-1]:
            lines.pop()
        text = b"\r\n".join(lines)
        if not text:
            return nothing
        whole = last or body.endswith(b"\r\n")
        return text + b"\r\n" if whole and empty else text

    return relaxed_body


WRONG: dict[str, list[tuple[str, Any]]] = {
    "four-keys": [
        ("no-name", NAMES | {"a": 1}),
        ("no-word", NAMES | {"a": "s1.example.net"}),
        ("from", NAMES | {"b": "mailhost._domainkey.example.net"}),
        ("swapped", NAMES | {"b": "example.org._domainkey.mailhost"}),
        ("from", NAMES | {"c": "a.news._domainkey.news.example.net"}),
        ("dot", NAMES | {"c": "a._domainkey.news.example.net"}),
        ("from", NAMES | {"d": "s1._domainkey.example.net"}),
        ("i", NAMES | {"d": "s1._domainkey.cakes.mailhost.example"}),
        ("other", NAMES | {"a": "s2._domainkey.example.org"}),
    ],
    "six-changes": [
        ("no-word", BREAKS | {"c": "fail"}),
        ("a", BREAKS | {"a": "body"}),
        ("b", BREAKS | {"b": "header"}),
        ("c", BREAKS | {"c": "header"}),
        ("d", BREAKS | {"d": "body"}),
        ("e-nothing", BREAKS | {"e": "nothing"}),
        ("e", BREAKS | {"e": "both"}),
        ("f-nothing", BREAKS | {"f": "nothing"}),
        ("f", BREAKS | {"f": "both"}),
    ],
    "nothing-added": [
        ("no-arguments", ["from"]),
        ("unchanged", BEFORE),
        ("no-list", HOW | {"headers": "from to date subject"}),
        ("no-list", HOW | {"oversign": None}),
        ("colon", HOW | {"headers": ["From:", "To:", "Date:", "Subject:"]}),
        ("no-length", HOW | {"length": None}),
        ("no-form", HOW | {"canonicalization": ["relaxed", "relaxed"]}),
        ("unknown", HOW | {"expires": None}),
        ("refused", HOW | {"headers": ["subject"], "oversign": []}),
        ("refused", HOW | {"canonicalization": "strict"}),
        ("appended", HOW | {"length": True}),
        ("changed", HOW | {"headers": ["from", "to", "subject"]}),
        ("second", HOW | {"oversign": ["from"]}),
        ("harmless", HOW | {"canonicalization": "simple/relaxed"}),
        ("harmless", HOW | {"canonicalization": "relaxed/simple"}),
        ("scanned", HOW | {"headers": [*ALL, "x-scanned"]}),
    ],
    "rotation": [
        ("not-steps", "publish s2"),
        ("unchanged", [SIGN, REVOKE, PUBLISH, WEEK, SOON]),
        ("not-steps", [*STEPS[:4], "drop s1"]),
        ("twice", [*STEPS[:4], PUBLISH]),
        ("missing", STEPS[:4]),
        ("no-key", [SIGN, PUBLISH, SOON, WEEK, REVOKE]),
        ("remembered", [PUBLISH, SIGN, SOON, WEEK, REVOKE]),
        ("signed-gone", [PUBLISH, SOON, REVOKE, SIGN, WEEK]),
        ("on-the-way", [PUBLISH, WEEK, SIGN, SOON, REVOKE]),
        ("on-the-way", [WEEK, PUBLISH, SOON, SIGN, REVOKE]),
    ],
    "relaxed-body": [
        ("no-bytes", lambda body: body.decode()),
        ("line-ends", lambda body: re.sub(rb"\s+", b" ", body)),
        ("inner", relaxed(inner=False)),
        ("at-the-end", relaxed(ends=False)),
        ("leading", relaxed(leading=True)),
        ("empty-lines", relaxed(empty=False)),
        ("last-line", relaxed(last=False)),
        ("nothing", relaxed(nothing=b"\r\n")),
        ("other", lambda body: relaxed()(body.replace(b".", b""))),
    ],
}
RIGHT: dict[str, list[Any]] = {
    "four-keys": [NAMES, {key: f" {name.upper()}." for key, name in NAMES.items()}],
    "six-changes": [BREAKS],
    "nothing-added": [HOW, HOW | {"headers": [*ALL, "from", "to"], "oversign": ["subject", "date"]}],
    "rotation": [STEPS, tuple(STEPS)],
    "relaxed-body": [relaxed()],
}
