"""Each reference to an RFC resolves against one table: the number is known there, and so is the section.

`rfcs.toml` grows by hand: who cites a section for the first time looks it up and enters it. So a slip of the keyboard
fails here, instead of standing in a lesson.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.project.house import ROOT

TABLE: dict[str, Any] = tomllib.loads((Path(__file__).parent / "rfcs.toml").read_text(encoding="utf-8"))
PLACES = {
    "labmail": ("py", "toml", "js", "zone"),
    "teacher": ("ipynb",),
    "docs": ("md",),
    "tests": ("py",),
    "tools": ("py",),
}
OWN = "tests/project/"  # which speaks of references as such

SECTION = r"(?:[1-9]\d*|[A-Z])(?:\.\d+)*(?![A-Za-z0-9])"
REFERENCE = re.compile(
    rf"RFCs? (?P<rfc>\d+)(?:,? sections? (?P<sections>{SECTION}(?:(?:, | and |, and | to ){SECTION})*))?"
)


def references(text: str) -> Iterator[tuple[str, str]]:
    """Number and section of each reference; the section is empty where the whole RFC is meant."""
    for found in REFERENCE.finditer(text):
        for section in re.findall(SECTION, found["sections"] or "") or [""]:
            yield found["rfc"], section


def entries(table: object) -> Iterator[tuple[str, str]]:
    """The same from data, `rfc = 5321` and `section = "4.2"`, at any depth."""
    if isinstance(table, dict):
        if "rfc" in table and not isinstance(table["rfc"], dict):
            yield str(table["rfc"]).removeprefix("RFC "), str(table.get("section", ""))
        for inner in table.values():
            yield from entries(inner)


def cited(path: Path) -> set[tuple[str, str]]:
    text = path.read_text(encoding="utf-8")
    found = set(references(text))
    if path.suffix == ".toml":
        found |= set(entries(tomllib.loads(text)))
    return found


FILES = sorted(
    path
    for place, suffixes in PLACES.items()
    for suffix in suffixes
    for path in (ROOT / place).rglob(f"*.{suffix}")
    if not path.relative_to(ROOT).as_posix().startswith(OWN) and "checkpoint" not in path.name
)


def unknown(rfc: str, section: str) -> str:
    """What is wrong with a reference; nothing where the table has it."""
    if rfc not in TABLE:
        return f"RFC {rfc} is not in tests/project/rfcs.toml: enter it with its title"
    if section and section not in TABLE[rfc]["sections"].split():
        return f"RFC {rfc} section {section} is not in tests/project/rfcs.toml: look it up, then enter it"
    return ""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_each_reference_is_known(path: Path) -> None:
    faults = sorted({fault for rfc, section in cited(path) if (fault := unknown(rfc, section))})
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("text", "found"),
    {
        "# RFC 5321 section 4.1.1.3": [("5321", "4.1.1.3")],
        "RFC 5321 sections 4.1.1.1, 4.1.4 and 3.2.": [("5321", "4.1.1.1"), ("5321", "4.1.4"), ("5321", "3.2")],
        "Its RFC 7505.": [("7505", "")],
        "# RFC 5321 section 4.2, RFC 2034": [("5321", "4.2"), ("2034", "")],
        "RFC 1034 section 4.3.2, then": [("1034", "4.3.2")],
    }.items(),
)
def test_references_are_read(text: str, found: list[tuple[str, str]]) -> None:
    assert list(references(text)) == found


def test_a_slip_is_seen() -> None:
    assert unknown("5321", "4.1.1.3") == ""
    assert "look it up" in unknown("5321", "4.1.1.33")
    assert "with its title" in unknown("53210", "")
