"""Checks: one hint at a time, nothing bad about what is untouched, and no traceback for a learner."""

from ipaddress import ip_network

import pytest

from labmail.lessons.checking import Stopped, attempt, judge, right
from labmail.lessons.checks.dkim import rotation
from tests.lessons.sample import BOOK, five_records

EXERCISE = BOOK.exercise("five-records")


def said(value):
    return str(judge(EXERCISE, value, five_records))


def empty(record, ip):
    """What it should do."""


def unfinished(record, ip):
    pass


def constant(record):
    return 5


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (..., "Still open."),
        ({"a": "pass", "b": ..., "d": ...}, "Still open: b, d."),
        (["pass", ...], "Still open: 2."),
        (empty, "Still open: empty returns nothing yet."),
        (unfinished, "Still open: unfinished returns nothing yet."),
        ({"c": "pass"}, "You read past a match. Which word of c matches first?"),
        ("copied", "Right today. You copied the list, and a copy does not follow."),
    ],
)
def test_the_sentence(value, sentence):
    assert said(value) == sentence


def test_right_comes_with_evidence():
    verdict = judge(EXERCISE, {"c": "fail"}, five_records)
    assert verdict.kind == "pass"
    assert str(verdict).splitlines()[:2] == [
        "Right, all five.",
        "  a  pass      203.0.113.0/24 holds the address             §5.6",
    ]


def test_a_function_that_returns_a_constant_is_no_stub():
    verdict = judge(EXERCISE, constant, lambda value: right(answer=value("x")))
    assert verdict.kind == "pass"


def test_a_lambda_is_an_answer_and_no_stub():
    assert judge(EXERCISE, lambda record: None, lambda value: right()).kind == "pass"
    assert rotation(lambda: None, None).fields["got"] == "A function"


def test_what_a_learners_function_raises_becomes_a_sentence():
    def mini_spf(record):
        return record.split()[7]

    verdict = judge(EXERCISE, mini_spf, five_records)
    assert verdict.kind == "fail"
    assert verdict.sentence == (
        "mini_spf('v=spf1') stopped with IndexError: list index out of range, at `return record.split()[7]`."
    )


def test_the_line_that_is_quoted_is_the_learners_own():
    def mini_spf(record):
        return ip_network(record)

    with pytest.raises(Stopped) as stopped:
        attempt(mini_spf, "v=spf1")
    assert stopped.value.fault.endswith("at `return ip_network(record)`")


def test_exit_is_caught_and_an_interrupt_is_not():
    def leaves(record):
        raise SystemExit

    def interrupted(record):
        raise KeyboardInterrupt

    assert said(leaves).startswith("leaves('v=spf1') stopped with SystemExit")
    with pytest.raises(KeyboardInterrupt):
        said(interrupted)


def test_a_value_of_another_form_is_a_sentence():
    told = said([1, 2])
    assert told.startswith("This does not have the form that stood here before: TypeError: list indices")


def test_a_long_argument_is_cut():
    def stops(picture):
        raise ValueError("no")

    with pytest.raises(Stopped) as stopped:
        attempt(stops, bytes(1_000))
    assert stopped.value.call.startswith(r"stops(b'\x00\x00")
    assert stopped.value.call.endswith("…)")
    assert len(stopped.value.call) < 80


def test_every_exercise_of_the_course_has_its_check():
    from labmail.lessons.book import BOOK as COURSE
    from labmail.lessons.checking import _function

    assert [exercise.id for exercise in COURSE.exercises if not callable(_function(exercise))] == []
