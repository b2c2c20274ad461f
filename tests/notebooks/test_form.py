"""The form of a notebook: what makes eleven lessons read like one. Both editions are held to it, as committed."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
import refresh
from nbformat import NotebookNode

from labmail.lessons.book import BOOK

CELLS = {"00-start": (10, 20)}  # the others:
CELLS_USUAL = (40, 60)
WORDS = {"00-start": (300, 600)}
WORDS_USUAL = (1_200, 2_000)
EXPLANATION_MAX_WORDS = 80
CODE_MEDIAN_MAX_LINES, CODE_MAX_LINES, SET_UP_MAX_LINES = 3, 15, 4
CODE_IN_A_ROW_MAX = 2
SHOWN_LEAST = 0.65  # of the code cells end in a value
OUTPUT_MAX_LINES, LONG_MAX_LINES = 20, 45
LONG = ("Timeline(", "TwoViews(", "Attacker(")  # whole stories, line by line
STORIES = ("Journey(", "Timeline(", "TwoViews(", "Dialogs(")  # what is drawn there answers what was asked
EXERCISES = {"00-start": (0, 0)}
EXERCISES_USUAL = (4, 5)
LEVELS = ("predict", "modify", "make")

NOTEBOOKS = {
    f"{edition}/{path.stem}": nbformat.read(refresh.ROOT / edition / path.name, as_version=4)
    for edition in (refresh.TEACHER, refresh.LEARNERS)
    for path in refresh.teacher_notebooks()
}


@pytest.fixture(params=NOTEBOOKS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def notebook(name: str) -> NotebookNode:
    return NOTEBOOKS[name]


def lesson(name: str) -> str:
    return name.partition("/")[2]


def code(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook: NotebookNode) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def words(text: str) -> int:
    """Words that are read: no tags, no rules of tables, no marks of code."""
    text = re.sub(r"<summary>.*?</summary>|<[^<>@]+>", " ", text)
    return len([word for word in text.split() if re.search(r"\w", word)])


def called(cell: NotebookNode, function: str) -> list[str]:
    """The ids with which a cell calls predict, reveal or check."""
    return re.findall(rf'(?<![.\w]){function}\("([^"]+)"', cell.source)


def within(count: int, limits: tuple[int, int]) -> bool:
    return limits[0] <= count <= limits[1]


def test_every_lesson_has_both_editions() -> None:
    learners = sorted(path.name for path in (refresh.ROOT / refresh.LEARNERS).glob("*.ipynb"))
    assert learners == [path.name for path in refresh.teacher_notebooks()] != []


def test_size(name: str, notebook: NotebookNode) -> None:
    assert within(len(notebook.cells), CELLS.get(lesson(name), CELLS_USUAL)), len(notebook.cells)
    count = words(prose(notebook))
    assert within(count, WORDS.get(lesson(name), WORDS_USUAL)), count


def test_code_is_short(notebook: NotebookNode) -> None:
    cells = [refresh.SOLUTION.sub("", cell.source).strip().splitlines() for cell in code(notebook)]
    lengths = sorted(map(len, cells))
    assert lengths[-1] <= CODE_MAX_LINES
    assert lengths[len(lengths) // 2] <= CODE_MEDIAN_MAX_LINES
    assert len(cells[0]) <= SET_UP_MAX_LINES
    assert "lab = Lab(" in code(notebook)[0].source
    assert not any("lab = Lab(" in cell.source for cell in code(notebook)[1:])


def test_solutions_are_short(notebook: NotebookNode) -> None:
    for cell in code(notebook):
        for solution in refresh.SOLUTION.findall(cell.source):
            assert len(solution.strip().splitlines()) - 2 <= CODE_MAX_LINES, cell.id


def test_prose_comes_between(notebook: NotebookNode) -> None:
    row = 0
    for cell in notebook.cells:
        row = row + 1 if cell.cell_type == "code" else 0
        assert row <= CODE_IN_A_ROW_MAX, cell.id


def test_most_cells_show_something(notebook: NotebookNode) -> None:
    cells = code(notebook)
    shown = [cell for cell in cells if isinstance(ast.parse(cell.source).body[-1], ast.Expr)]
    assert len(shown) >= SHOWN_LEAST * len(cells)
    assert all(cell.outputs for cell in shown), [cell.id for cell in shown if not cell.outputs]


def test_outputs_fit_a_screen(notebook: NotebookNode) -> None:
    for cell in code(notebook):
        limit = LONG_MAX_LINES if any(face in cell.source for face in LONG) else OUTPUT_MAX_LINES
        for output in cell.outputs:
            text = output.get("text") or output.get("data", {}).get("text/plain", "")
            told = re.sub(r"\n\nAnswer: .*\Z", "", text, flags=re.S)  # the line under a reveal is no part of its result
            assert len(told.splitlines()) <= limit, cell.id


def test_nothing_went_wrong(notebook: NotebookNode) -> None:
    for cell in code(notebook):
        for output in cell.outputs:
            assert output.output_type != "error", cell.id
            assert output.get("name") != "stderr", cell.id


def test_it_begins_and_ends_like_the_others(name: str, notebook: NotebookNode) -> None:
    first, last = notebook.cells[0].source, notebook.cells[-1].source
    assert re.match(rf"# {lesson(name)[:2]} .+\?\n", first)
    for part in ("**After this lesson you can**\n\n- ", "**Time:** ", " minutes. **Know first:** ", "until you commit"):
        assert part in first
    assert last.startswith("## Recap\n\n- ")
    assert re.search(r"\*\*Next:\*\* lesson \d\d, [^\n?]+\?", last)
    assert "Shut the kernel down now" in last


def test_headings_are_questions(notebook: NotebookNode) -> None:
    headings = re.findall(r"^## (.+)$", prose(notebook), re.M)[:-1]
    assert headings
    for number, heading in enumerate(headings, start=1):
        assert re.fullmatch(rf"{number}\. .+\?", heading)


def test_every_prediction_has_a_result_right_after(name: str, notebook: NotebookNode) -> None:
    asked = [id for cell in code(notebook) for id in called(cell, "predict")]
    shown = [id for cell in code(notebook) for id in called(cell, "reveal")]
    assert asked == shown
    assert len(asked) == len(set(asked)) >= 3
    for cell, following in pairwise(notebook.cells):
        if called(cell, "predict"):
            assert called(following, "reveal") == called(cell, "predict"), cell.id
            assert cell.source == f'predict("{called(cell, "predict")[0]}")'


def test_no_story_is_told_before_a_prediction(notebook: NotebookNode) -> None:
    """Who runs all cells at once finds each way of a letter covered."""
    told = [cell for cell in code(notebook) if any(story in cell.source for story in STORIES)]
    assert [cell.id for cell in told if not called(cell, "reveal")] == []


def test_the_book_has_what_is_asked_and_nothing_else(name: str, notebook: NotebookNode) -> None:
    asked = [id for cell in code(notebook) for id in called(cell, "predict")]
    checked = [id for cell in code(notebook) for id in called(cell, "check")]
    assert asked == [question.id for question in BOOK.questions if question.id in asked]
    assert checked == [exercise.id for exercise in BOOK.exercises if exercise.lesson == lesson(name)]
    assert [BOOK.question(id).number for id in asked] == list(range(1, len(asked) + 1))
    assert {BOOK.question(id).of for id in asked} == {len(asked)}


def test_exercises(name: str, notebook: NotebookNode) -> None:
    found = re.findall(r"^### Exercise (\d) \((\w+)\)$", prose(notebook), re.M)
    assert within(len(found), EXERCISES.get(lesson(name), EXERCISES_USUAL))
    assert [number for number, _ in found] == [str(n) for n in range(1, len(found) + 1)]
    assert {level for _, level in found} in (set(), set(LEVELS))
    assert len(found) == sum(bool(called(cell, "check")) for cell in code(notebook))


def test_explanations_are_short_and_name_the_rule(name: str, notebook: NotebookNode) -> None:
    for cell, following in pairwise(notebook.cells):
        if called(cell, "reveal"):
            text = following.source.removeprefix(refresh.FOLD.partition("{}")[0])
            explanation = text.partition("\n\n")[0]
            assert words(explanation) <= EXPLANATION_MAX_WORDS, f"{cell.id}: {words(explanation)} words"
            assert re.search(r"RFC \d+ section \d|§\d", explanation), f"{cell.id} names no section"


def test_ids_are_unique(notebook: NotebookNode) -> None:
    ids = [cell.id for cell in notebook.cells]
    assert len(ids) == len(set(ids))


def test_nothing_of_this_machine(notebook: NotebookNode) -> None:
    text = nbformat.writes(notebook)
    assert str(Path.home()) not in text
    assert str(refresh.ROOT) not in text
    assert not re.search(r"0x[0-9a-f]{6,}", text)
