"""What every protocol's table of states can be asked: which verb has to come first, and its picture.

A table is state -> verb -> the state that success leads to. Only it knows the order of things, so a server's refusals
and the picture cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

__all__ = ["Table", "comes_first", "mermaid"]

Table = Mapping[str, Mapping[str, str]]


def comes_first(table: Table, state: str, verb: str) -> str | None:
    """The verb to say first in a state that does not allow `verb`; None if no way leads there."""
    ways = [(there, first) for first, there in table[state].items()]
    for here, first in ways:  # grows while it is read: breadth first
        if verb in table[here]:
            return first
        ways += [(there, first) for there in table[here].values() if there not in (seen for seen, _ in ways)]
    return None


def mermaid(table: Table, failed: Mapping[str, str] | None = None) -> str:
    """The state diagram, from the first state to those where nothing may be said. `failed`: where a refusal leads."""
    failed = failed or {}
    lines = ["stateDiagram-v2", f"    [*] --> {_name(next(iter(table)))}"]
    for here, row in table.items():
        for there in dict.fromkeys(row.values()):
            verbs = ", ".join(verb for verb in row if row[verb] == there)
            lines.append(f"    {_name(here)} --> {_name(there)}: {verbs}")
        lines += [f"    {_name(here)} --> {_name(failed[verb])}: {verb}, refused" for verb in row if verb in failed]
    return "\n".join([*lines, *_ends(here for here, row in table.items() if not row)])


def _ends(states: Iterable[str]) -> list[str]:
    return [f"    {_name(state)} --> [*]" for state in states]


def _name(state: str) -> str:
    return state.replace(" ", "_")
