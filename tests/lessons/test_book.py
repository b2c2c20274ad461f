"""The book of questions: numbered, unique, and kept until the choice is made."""

from pathlib import Path

import pytest

from labmail.errors import LabError
from labmail.lessons.book import BOOK, Book
from tests.lessons.sample import BOOK as SAMPLE

QUESTION = (
    '[predict.{id}]\nquestion = "?"\nanswer = "{answer}"\nbecause = "."\n[predict.{id}.choices]\na.text = "yes"\n'
)


def written(folder: Path, **files: str) -> Book:
    for name, text in files.items():
        (folder / f"{name.replace('_', '-').lstrip('n')}.toml").write_text(text)
    return Book(folder)


def test_predictions_are_numbered_in_their_lesson():
    question = SAMPLE.question("first-verdict")
    assert (question.number, question.of) == (2, 2)
    assert str(question).splitlines()[:3] == [
        "The connection comes from 203.0.113.66. Which word decides, and how?",
        "",
        "  a  v=spf1           none",
    ]
    assert question.answer_line == "Answer: c. ip4 did not match and said nothing; -all matched."


def test_an_unknown_id_is_answered_with_those_near_it():
    with pytest.raises(LabError, match="there is no prediction 'first-verdit'; near it: first-verdict"):
        SAMPLE.question("first-verdit")
    with pytest.raises(LabError, match="there is no exercise 'five-record'; near it: five-records"):
        SAMPLE.exercise("five-record")


def test_an_id_may_be_used_once_in_the_course(tmp_path):
    text = QUESTION.format(id="x", answer="a")
    with pytest.raises(LabError, match=r"02-b.toml: the id 'x' is used twice"):
        _ = written(tmp_path, n01_a=text, n02_b=text).questions


def test_the_answer_must_be_one_of_the_choices(tmp_path):
    with pytest.raises(LabError, match="prediction 'x': the answer 'e' is none of its choices"):
        _ = written(tmp_path, n01_a=QUESTION.format(id="x", answer="e")).questions


def test_a_commitment_is_made_once_and_opens_what_waits():
    commitment = SAMPLE.ask_again("the-difference")
    opened = []
    commitment.when_committed(opened.append)
    commitment.commit("b")
    commitment.when_committed(opened.append)
    assert opened == ["b", "b"]
    with pytest.raises(LabError, match="is committed to b and stays"):
        commitment.commit("c")


def test_a_question_asked_again_opens_the_results_that_still_wait():
    commitment = SAMPLE.ask_again("the-difference")
    opened = []
    commitment.when_committed(opened.append)
    SAMPLE.ask_again("the-difference").commit("d")
    assert opened == ["d"]
    assert SAMPLE.commitment("the-difference").chosen == "d"


@pytest.mark.parametrize("question", [*BOOK.questions, *BOOK.replies.values()], ids=lambda question: question.id)
def test_the_courses_own_questions_are_whole(question):
    assert 2 <= len(question.choices) <= 6
    assert question.question[-1] in "?." and question.because[-1] == "."
    for choice in question.choices:
        assert bool(choice.says) == (choice.key != question.answer), (
            f"{choice.key}: a wrong choice says what is against it"
        )


def test_headless_use_loads_no_widget():
    import subprocess
    import sys

    code = (
        "import sys, labmail, labmail.lessons, labmail.explain, labmail.views.dialog, labmail.widgets\n"
        "assert not [name for name in sys.modules if name.split('.')[0] in ('anywidget', 'ipywidgets', 'IPython')]"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2]).returncode == 0
