"""A learner runs a cell twice, begins in the middle, or goes back: the result is the one on the page each time."""

from __future__ import annotations

import ast
import contextlib
import io
import re
from collections.abc import Iterator
from typing import Any

import nbformat
import pytest
import refresh
from IPython.lib.pretty import pretty
from nbformat import NotebookNode

from labmail.widgets.face import Face

EXPLORING = ("Stepper(", "Timeline(", "Journey(", "DnsExplorer(", "Mailboxes(", "Browser(")  # show what was done before


class Learner:
    """Somebody with a notebook open: runs cells in any order, in one namespace, and reads what they show."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}

    def run(self, cell: NotebookNode) -> str:
        *body, last = ast.parse(cell.source).body
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            if isinstance(last, ast.Expr):
                exec(compile(ast.Module(body, []), cell.id, "exec"), self.names)
                value = eval(compile(ast.Expression(last.value), cell.id, "eval"), self.names)
                shown = "" if value is None else repr(value) if isinstance(value, Face) else str(pretty(value))
            else:
                exec(compile(ast.Module([*body, last], []), cell.id, "exec"), self.names)
                shown = ""
        return printed.getvalue() + shown

    def leave(self) -> None:
        if lab := self.names.get("lab"):
            lab.stop()


@pytest.fixture
def learner() -> Iterator[Learner]:
    somebody = Learner()
    yield somebody
    somebody.leave()


def code(path: str) -> list[NotebookNode]:
    notebook = nbformat.read(refresh.ROOT / path, as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def committed(cell: NotebookNode) -> str:
    return "".join(output.get("text") or output.data["text/plain"] for output in cell.outputs)


def parts(path: str) -> dict[str, list[NotebookNode]]:
    """The code cells under each numbered heading; what stands before the first is under ""."""
    heading, found = "", {"": []}
    for cell in nbformat.read(refresh.ROOT / path, as_version=4).cells:
        heading = [heading, *re.findall(r"^## (\d+)\.", cell.source, re.M)][-1]
        if cell.cell_type == "code":
            found.setdefault(heading, []).append(cell)
    return found


BUILDS_UP = "00-start.ipynb"  # one journey: its parts follow one another
LESSONS = [f"{refresh.TEACHER}/{path.name}" for path in refresh.teacher_notebooks()]


@pytest.mark.parametrize("path", LESSONS)
def test_every_cell_may_run_twice(path: str, learner: Learner) -> None:
    for cell in code(path):
        shown = [learner.run(cell), learner.run(cell)]
        wanted = [committed(cell)] * 2
        if not any(widget in cell.source for widget in EXPLORING):
            assert shown == wanted, cell.id


@pytest.mark.parametrize(
    ("path", "heading"),
    [(path, part) for path in LESSONS if BUILDS_UP not in path for part in parts(path) if part],
)
def test_a_learner_may_begin_at_any_heading(path: str, heading: str, learner: Learner) -> None:
    found = parts(path)
    for cell in found[""]:
        learner.run(cell)
    for cell in found[heading]:
        if "check(" not in cell.source and not any(widget in cell.source for widget in EXPLORING):
            assert learner.run(cell) == committed(cell), cell.id


@pytest.mark.parametrize("path", LESSONS)
def test_a_learner_may_go_back(path: str, learner: Learner) -> None:
    """From the last cell up to the first one after the set-up, once everything has run."""
    cells = code(path)
    for cell in cells:
        learner.run(cell)
    for cell in reversed(cells[2:]):
        if not any(widget in cell.source for widget in EXPLORING):
            assert learner.run(cell) == committed(cell), cell.id
