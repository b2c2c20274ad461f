"""What things mean, in one or two sentences, with the RFC and its section.

Explanations are data: `en/smtp.toml` holds those of the kinds `smtp.command`, `smtp.reply` and so on. A translation
is a folder beside `en`; no explanation stands in Python or JavaScript.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from labmail.errors import LabError

__all__ = ["Explanation", "find", "find_any", "kinds", "reference"]

LANGUAGE = "en"


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """One or two sentences, and where a standard says so; no standard says how the lab itself works."""

    says: str
    rfc: int | None = None
    section: str = ""

    @property
    def reference(self) -> str:
        return f"RFC {self.rfc} section {self.section}"

    @property
    def href(self) -> str:
        return f"https://www.rfc-editor.org/rfc/rfc{self.rfc}#section-{self.section}"

    def __repr__(self) -> str:
        return f"{self.says}\n{self.reference}" if self.rfc else self.says


def reference(explanation: Explanation) -> dict[str, str] | None:
    """The link as a view hands it to a widget."""
    return {"name": explanation.reference, "href": explanation.href} if explanation.rfc else None


@cache
def _all() -> dict[str, dict[str, Explanation]]:
    known: dict[str, dict[str, Explanation]] = {}
    for file in sorted((files("labmail.explain") / LANGUAGE).iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            for kind, entries in tomllib.loads(file.read_text("utf-8")).items():
                table = known.setdefault(f"{file.name.removesuffix('.toml')}.{kind}", {})
                table.update({key: Explanation(**entry) for key, entry in entries.items()})
    return known


def kinds() -> dict[str, list[str]]:
    """All kinds, each with its keys."""
    return {kind: list(entries) for kind, entries in _all().items()}


def find_any(*places: tuple[str, str]) -> Explanation | None:
    """The first explanation among the places, each a kind and a key; None if there is none."""
    for kind, key in places:
        if found := _all().get(kind, {}).get(key):
            return found
    return None


def find(kind: str, key: str) -> Explanation:
    """The explanation of that key: `find("smtp.reply", "354")`."""
    if kind not in _all():
        raise LabError(f"nothing explains {kind!r}: the kinds are {', '.join(_all())}")
    if found := find_any((kind, key)):
        return found
    near = get_close_matches(key, _all()[kind], n=3, cutoff=0.3) or list(_all()[kind])[:5]
    raise LabError(f"no {kind} {key!r} is explained; near it: {', '.join(near)}")
