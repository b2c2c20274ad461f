"""A policy: the small file at https://mta-sts.DOMAIN/.well-known/mta-sts.txt. RFC 8461 section 3.2.

A line is a field. Each of version, mode and max_age stands there once, mx once for each server, or for each pattern of
servers. Unknown fields are passed over, so that later editions may add some.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from labmail.sts.matching import matches
from labmail.sts.record import Problem

__all__ = ["MAX_AGE_MAX_S", "MODES", "Policy", "read_policy"]

MODES = ("none", "testing", "enforce")  # from mild to strict: RFC 8461 section 5
MAX_AGE_MAX_S = 31_557_600  # a year: RFC 8461 section 3.2
VERSION = "STSv1"
KNOWN = ("version", "mode", "max_age", "mx")

_LINE_END = re.compile(r"\r?\n")
_FIELD = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,31}):[ \t]*(.*?)[ \t]*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_MX = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*")


@dataclass(frozen=True, kw_only=True, repr=False)
class Policy:
    """What counts of it. One that is not `valid` is as good as none."""

    text: str
    mode: str = ""
    mx: tuple[str, ...] = ()  # names, and patterns such as *.example.com
    max_age: int = 0  # seconds that a sender may remember it
    problems: tuple[Problem, ...] = ()

    @property
    def valid(self) -> bool:
        return not any(problem.fatal for problem in self.problems)

    def lists(self, host: str) -> bool:
        """Whether a server of that name may get the domain's mail. RFC 8461 section 4.1"""
        return any(matches(pattern, host) for pattern in self.mx)

    def __repr__(self) -> str:
        wrong = [f"  {problem}" for problem in self.problems]
        if not self.valid:
            return "\n".join(["no policy that counts:", *wrong])
        what = f"{self.mode}, {self.max_age} s: {', '.join(self.mx) or 'no servers'}"
        return "\n".join([what, *wrong])


def read_policy(octets: bytes | str) -> Policy:
    """Any text gives a policy; its problems say what is wrong with it, and where."""
    text = octets.decode("utf-8", "replace") if isinstance(octets, bytes) else octets
    reader = _Reader()
    lines = _LINE_END.split(text)
    if lines and not lines[-1]:  # a line end ends the last line
        lines.pop()
    for number, line in enumerate(lines, 1):
        reader.line(number, line)
    return reader.policy(text)


class _Reader:
    def __init__(self) -> None:
        self.found: dict[str, str] = {}  # the fields that stand once, as they are written
        self.mx: list[str] = []
        self.problems: list[Problem] = []

    def _wrong(self, line: int, field: str, says: str, *, fatal: bool = True) -> None:
        self.problems.append(Problem(line=line, field=field, says=says, section="3.2", fatal=fatal))

    def line(self, number: int, line: str) -> None:
        field = _FIELD.fullmatch(line)
        if field is None:
            said = f'"{line}" is no field: name: value is meant' if line.strip() else "it is empty"
            self._wrong(number, "", said)
            return
        name, value = field[1], field[2]
        if name not in KNOWN:
            if name.lower() in KNOWN:  # to the letter: a name in capitals is another field, and unknown
                says = f"{name} is written {name.lower()}; so it is an unknown field, and passed over"
                self._wrong(number, name.lower(), says, fatal=False)
        elif name == "mx":
            self._mx(number, value)
        elif name in self.found:
            self._wrong(number, name, f"there is more than one {name}; the first counts", fatal=False)
        else:
            self.found[name] = value
            self._once(number, name, value)

    def _mx(self, number: int, value: str) -> None:
        if _MX.fullmatch(value):
            self.mx.append(value.lower())
        else:
            says = f'mx "{value}" is no name of a server: mx1.example.com, or *.example.com for all next below'
            self._wrong(number, "mx", says)

    def _once(self, number: int, name: str, value: str) -> None:
        if name == "version" and value != VERSION:
            self._wrong(number, name, f'version "{value}" is not {VERSION}')
        elif name == "mode" and value not in MODES:
            self._wrong(number, name, f'mode "{value}" is none of {", ".join(MODES)}')
        elif name == "max_age" and not (re.fullmatch(r"[0-9]{1,10}", value) and int(value) <= MAX_AGE_MAX_S):
            self._wrong(number, name, f'max_age "{value}" is no number of seconds from 0 to {MAX_AGE_MAX_S}')

    def policy(self, text: str) -> Policy:
        for name in ("version", "mode", "max_age"):
            if name not in self.found:
                self._wrong(0, name, f"there is no {name}")
        mode = self.found.get("mode", "")
        if not self.mx and mode != "none" and not any(problem.field == "mx" for problem in self.problems):
            self._wrong(0, "mx", "there is no mx, so no server would do")
        if any(problem.fatal for problem in self.problems):
            return Policy(text=text, problems=tuple(self.problems))
        age = int(self.found["max_age"])
        return Policy(text=text, mode=mode, mx=tuple(self.mx), max_age=age, problems=tuple(self.problems))
