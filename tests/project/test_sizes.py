"""Files and functions stay short enough to be read at one sitting, and each file begins by saying what it is for."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.project.house import ROOT

FILE_MAX_LINES = 300
TESTS_MAX_LINES = 400  # dialogues and cases are data
FUNCTION_MAX_LINES = 60  # about 30 is the aim
PYTHON = sorted(
    path for folder in ("labmail", "tools", "benchmarks", "tests") for path in (ROOT / folder).rglob("*.py")
)
CODE = [*PYTHON, ROOT / "tasks.py", *sorted((ROOT / "labmail").rglob("*.js"))]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", CODE, ids=name)
def test_a_file_is_short(path: Path) -> None:
    most = TESTS_MAX_LINES if name(path).startswith("tests/") else FILE_MAX_LINES
    assert len(path.read_text(encoding="utf-8").splitlines()) <= most


@pytest.mark.parametrize("path", PYTHON, ids=name)
def test_a_function_is_short(path: Path) -> None:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, functions) and (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_MAX_LINES
    ]
    assert not long


@pytest.mark.parametrize("path", [path for path in PYTHON if name(path).startswith("labmail/")], ids=name)
def test_a_file_says_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not text.strip() or ast.get_docstring(ast.parse(text)), f"{name(path)} has no docstring"
