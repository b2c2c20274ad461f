"""The TXT record at _mta-sts.DOMAIN: it says that there is a policy, and by its id which edition. RFC 8461 section 3.1.

The record itself is not protected: who forges DNS can take it away. What it announces is fetched by HTTPS, and that is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Problem", "Record", "choose", "read_record"]

ID_MAX = 32  # characters: RFC 8461 section 3.1
EXAMPLE = "v=STSv1; id=20260601"

VERSION = re.compile(r"v=STSv1[ \t]*(?=;|\Z)")
ID = re.compile(rf"[A-Za-z0-9]{{1,{ID_MAX}}}")
EXTENSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}=[!-:<>-~]+")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong, and where: in which line of a policy, or in which field of a record."""

    line: int  # counted from 1; 0: it is about the whole
    field: str
    says: str
    section: str  # of RFC 8461
    fatal: bool = True  # else a sender reads on as if it were not there

    def __str__(self) -> str:
        return f"line {self.line}: {self.says}" if self.line else self.says


@dataclass(frozen=True, kw_only=True)
class Record:
    """One record. `id` is empty where it has none that is valid."""

    text: str
    id: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def valid(self) -> bool:
        return not any(problem.fatal for problem in self.problems)


def read_record(text: str) -> Record | None:
    """The record; None: this is some other text, which is passed over."""
    begun = VERSION.match(text)
    if begun is None:
        return None
    found = ""
    problems: list[Problem] = []

    def wrong(field: str, says: str, *, fatal: bool = True) -> None:
        problems.append(Problem(line=0, field=field, says=says, section="3.1", fatal=fatal))

    fields = [field.strip(" \t") for field in text[begun.end() :].split(";")[1:]]
    if fields and not fields[-1]:  # a semicolon may end it
        fields.pop()
    for field in fields:
        name, _, value = field.partition("=")
        if name == "id" and found:
            wrong("id", "there is more than one id; the first counts", fatal=False)
        elif name == "id" and ID.fullmatch(value):
            found = value
        elif name == "id":
            wrong("id", f'the id "{value}" is not 1 to {ID_MAX} letters and digits')
        elif not EXTENSION.fullmatch(field):
            wrong("", f'"{field}" is no field: name=value is meant, as in {EXAMPLE}')
    if not found and not any(problem.field == "id" for problem in problems):
        wrong("id", f"there is no id, as in {EXAMPLE}")
    return Record(text=text, id=found, problems=tuple(problems))


def choose(texts: Sequence[str]) -> tuple[Record | None, str]:
    """Of all texts at the name, the one record that counts; without one, why not. RFC 8461 section 3.1"""
    records = [record for text in texts if (record := read_record(text)) is not None]
    if not records:
        return None, f"no text there begins as a record does: {EXAMPLE}" if texts else "no record"
    if len(records) > 1:
        return None, f"{len(records)} records, and one is allowed: none counts"
    [only] = records
    if only.valid:
        return only, ""
    return None, next(problem.says for problem in only.problems if problem.fatal)
