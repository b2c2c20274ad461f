"""Two predictions and an exercise, so that tests of the faces do not lean on the lessons' own words."""

from pathlib import Path

from labmail.lessons.book import Book
from labmail.lessons.checking import accept, attempt, judge, right, wrong
from labmail.widgets.ask import Predict, Reveal
from labmail.widgets.check import Check

BOOK = Book(Path(__file__).parent)


def predict(id):
    return Predict(BOOK.question(id), BOOK.ask_again(id))


def reveal(id, value):
    return Reveal(BOOK.question(id), BOOK.commitment(id), value)


def five_records(answers):
    if callable(answers):
        answers = attempt(answers, "v=spf1")
    if answers == "copied":
        return accept("copied")
    if answers["c"] == "pass":
        return wrong("read-past", name="c")
    return right("  a  pass      203.0.113.0/24 holds the address             §5.6\n  c  fail      all matched first")


def check(id, value):
    exercise = BOOK.exercise(id)
    return Check(exercise.id, judge(exercise, value, five_records), exercise.rfc)
