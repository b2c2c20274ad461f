"""What refresh makes: the learners' edition from the teacher's, and the same bytes each time, however busy the machine.

Each edition is run three times on a busy machine, all tests share these runs, and nbval runs them once more.
"""

from __future__ import annotations

import copy
import re
from itertools import pairwise
from typing import Any

import nbformat
import pytest
import refresh
import repeat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from labmail.lessons.book import BOOK

TIMES = 2  # `python tasks.py repeat` does 20
PATHS = [
    f"{edition}/{path.name}" for path in refresh.teacher_notebooks() for edition in (refresh.TEACHER, refresh.LEARNERS)
]
LEARNERS = [path for path in PATHS if path.startswith(refresh.LEARNERS)]

pytestmark = pytest.mark.notebooks


@pytest.fixture(scope="module")
def runs() -> list[dict[str, NotebookNode]]:
    return list(repeat.repeat(TIMES))


@pytest.fixture(params=PATHS)
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def committed(path: str) -> NotebookNode:
    return nbformat.read(refresh.ROOT / path, as_version=4)


def checks(notebook: NotebookNode) -> dict[str, str]:
    """The exercises of a notebook and what `check` said."""
    return {
        match[1]: cell.outputs[-1].data["text/plain"]
        for cell in notebook.cells
        if cell.cell_type == "code" and (match := re.search(r'(?<![.\w])check\("([^"]+)"', cell.source))
    }


# ---- what stands in the repository


def test_it_is_committed_as_it_was_run(path: str) -> None:
    notebook = committed(path)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert notebook.metadata == {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        assert cell.metadata == {}, cell.id
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            assert refresh.VIEW not in data, cell.id
            assert "image/png" in data or "<Figure" not in data.get("text/plain", ""), cell.id


def test_making_it_again_changes_nothing(path: str, runs: list[dict[str, NotebookNode]]) -> None:
    old, new = (refresh.ROOT / path).read_text("utf-8"), refresh.as_text(runs[0][path])
    assert new == old, repeat.differences(path, runs[0][path]) or "sources or metadata differ: python tasks.py refresh"


def test_its_outputs_do_not_depend_on_who_was_faster(path: str, runs: list[dict[str, NotebookNode]]) -> None:
    for ran in runs:
        assert not repeat.differences(path, ran[path]), repeat.differences(path, ran[path])


# ---- exercises


@pytest.mark.parametrize("path", [path for path in PATHS if path not in LEARNERS])
def test_every_solution_passes_its_check(path: str, runs: list[dict[str, NotebookNode]]) -> None:
    for id, said in checks(runs[0][path]).items():
        as_far_as_it_is_fixed = BOOK.exercise(id).accepts["right"].partition("{")[0]
        assert said.startswith(as_far_as_it_is_fixed), id


@pytest.mark.parametrize("path", LEARNERS)
def test_every_stub_is_told_that_it_is_open(path: str, runs: list[dict[str, NotebookNode]]) -> None:
    for id, said in checks(runs[0][path]).items():
        assert said.startswith("Still open"), id


@pytest.mark.parametrize("path", LEARNERS)
def test_no_solution_is_left_for_learners(path: str) -> None:
    learners, teacher = committed(path), committed(path.replace(refresh.LEARNERS, refresh.TEACHER))
    sources = {cell.id: cell.source for cell in learners.cells}
    for cell in teacher.cells:
        for solution in refresh.SOLUTION.findall(cell.source):
            assert solution not in sources[cell.id]
    assert not any("SOLUTION" in source for source in sources.values())


@pytest.mark.parametrize("path", PATHS)
def test_nothing_gives_an_answer_away(path: str) -> None:
    """Whoever scrolls sees no result of a prediction, and in the learners' edition no explanation."""
    cells = committed(path).cells
    for cell, following in pairwise(cells):
        if cell.cell_type == "code" and "reveal(" in cell.source:
            assert cell.outputs[-1].data["text/html"].startswith("<details><summary>")
            assert following.source.startswith("<details>") == (path in LEARNERS)


# ---- the tools themselves


def notebook_of(*sources: str) -> NotebookNode:
    """A small one: a source that begins with # is prose."""
    make = [new_markdown_cell(s) if s.startswith("#") else new_code_cell(s) for s in sources]
    return new_notebook(cells=make)


def test_solutions_become_stubs() -> None:
    cell = f"x = ...\n{refresh.BEGIN}\nx = 1\n{refresh.END}\ncheck(x)"
    made = refresh.for_learners(notebook_of(cell, f"{refresh.BEGIN}\na note\n{refresh.END}"))
    assert [cell.source for cell in made.cells] == ["x = ...\ncheck(x)"]


def test_the_first_paragraph_after_a_reveal_is_folded() -> None:
    made = refresh.for_learners(notebook_of('reveal("a", 1)', "# why\n\nnext", "# other"))
    assert [cell.source for cell in made.cells][1:] == [refresh.FOLD.format("# why") + "\n\nnext", "# other"]


def test_strip_takes_what_changes_and_leaves_the_rest() -> None:
    notebook = notebook_of("1")
    output = new_output("display_data", {"text/plain": "1", refresh.VIEW: {"model_id": "f00"}})
    notebook.cells[0].update(metadata={"execution": {"now": 1}, "tags": ["kept"]}, outputs=[output])
    notebook.metadata = {"widgets": {}, "language_info": {"version": "3.11"}}
    stripped = refresh.strip(copy.deepcopy(notebook))
    assert stripped.metadata == {"language_info": {"name": "python"}}
    assert stripped.cells[0].metadata == {"tags": ["kept"]}
    assert stripped.cells[0].outputs[0].data == {"text/plain": "1"}


@pytest.mark.parametrize(
    "output",
    [
        new_output("stream", text="7\n"),
        new_output("display_data", {"text/html": "<b>7</b>"}),
        new_output("error", ename="LabError", evalue="7"),
    ],
    ids=["stream", "html", "error"],
)
def test_repeat_sees_a_changed_output(output: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(refresh, "ROOT", tmp_path)
    notebook = notebook_of("1")
    notebook.cells[0].outputs = [output]
    (tmp_path / "one.ipynb").write_text(refresh.as_text(notebook))
    assert repeat.differences("one.ipynb", notebook) == ""
    changed = copy.deepcopy(notebook)
    changed.cells[0].outputs = []
    assert "7" in repeat.differences("one.ipynb", changed)
