"""The lessons in a real JupyterLab: they run from top to bottom, keep their answers covered, deliver a letter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from labmail.lessons.book import BOOK

ROOT = Path(__file__).resolve().parents[2]
LESSONS = [path.stem for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
SEED = """\
S 220 mx1.example.com SMTP server ready
C HELO mail.example.net
S 250 mx1.example.com Hello mail.example.net [192.0.2.67]
C MAIL FROM:<alice@example.net>
S 250 OK
C RCPT TO:<bob@example.com>
S 250 Accepted
C DATA
S 354 Enter message, ending with "." on a line by itself
C From: Alice <alice@example.net>
C To: Bob <bob@example.com>
C Date: Mon, 01 Jun 2026 09:00:00 +0000
C Subject: Re: The Cake
C
C Don't forget to bring the cake!
C .
S 250 OK
C QUIT
S 221 closing connection""".splitlines()


def code(lesson: str) -> list[str]:
    notebook = nbformat.read(ROOT / "notebooks" / f"{lesson}.ipynb", as_version=4)
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


@pytest.fixture(scope="module", params=LESSONS)
def lesson(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def predictions(cells: list[str]) -> Iterator[tuple[int, str]]:
    for index, source in enumerate(cells):
        if source.startswith('predict("'):
            yield index, source.split('"')[1]


def test_it_runs_and_each_answer_is_covered_until_the_commit(house, lesson):
    """No answer is in the page, nor in its accessibility tree; then, by keyboard alone, a wrong choice opens it."""
    cells = code(lesson)
    with house.notebook(*cells) as book:
        assert book.errors() == []
        for index, id in predictions(cells):
            question, asked, result = BOOK.question(id), book.widget(index), book.widget(index + 1)
            seen = "".join(place.inner_text() + place.aria_snapshot() for place in (asked, result))
            assert question.because not in seen, id
            assert not any(choice.says in seen for choice in question.choices if choice.says), id
            place, wrong = next((n, choice) for n, choice in enumerate(question.choices) if choice.says)
            asked.get_by_role("radio").nth(place).press("Space")
            asked.get_by_role("button", name="Commit").press("Enter")
            result.get_by_text(question.because).wait_for()
            assert wrong.says in result.inner_text(), id
        assert book.errors() == []


def test_a_learner_delivers_the_letter_of_the_notes(house):
    """Step by step in lesson 01, each reply predicted before it comes; then it lies in Bob's mailbox."""
    cells = code("01-smtp-dialog")
    stepper = next(index for index, source in enumerate(cells) if "Stepper(" in source)
    with house.notebook(*cells[: stepper + 1], 'lab.mailbox("bob@example.com")') as book:
        widget = book.widget(stepper)
        forward, rows = widget.get_by_role("button", name="Next"), widget.get_by_role("option")
        for _ in range(60):
            if rows.count() == len(SEED) and not widget.locator("[aria-busy]").count():
                break
            before = widget.inner_text()
            if (radio := widget.get_by_role("radio").first).count() and radio.is_enabled():
                radio.check()
                widget.get_by_role("button", name="Commit").click()
            else:
                forward.click()
            house.page.wait_for_function(
                "([e, before]) => e.innerText !== before && !e.querySelector('[aria-busy]')",
                arg=[widget.element_handle(), before],
            )
        said = [" ".join(row.split()) for row in rows.locator(".lm-wire").all_inner_texts()]
        assert [line.rstrip("␍␊ ") for line in said] == [line[2:] for line in SEED]
        book.run(stepper + 1)
        assert "Re: The Cake" in str(book.outputs(stepper + 1))
        assert book.errors() == []
