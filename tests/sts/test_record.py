"""The record at _mta-sts: what counts, and what is wrong with one that does not. RFC 8461 section 3.1."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labmail import sts

GOOD = [
    ("v=STSv1; id=20160831085700Z;", "20160831085700Z"),
    ("v=STSv1;id=a", "a"),
    ("v=STSv1 \t;\tid=A1 ; more=what-ever:it/is", "A1"),
    (f"v=STSv1; id={'9' * 32}", "9" * 32),
]


@pytest.mark.parametrize(("text", "id"), GOOD)
def test_a_record_has_an_id(text, id):
    record = sts.read_record(text)
    assert (record.id, record.valid, record.problems) == (id, True, ())


@pytest.mark.parametrize(
    "text", ["", "v=STSv2; id=a", "V=STSv1; id=a", " v=STSv1; id=a", "id=a; v=STSv1", "v=STSv1 id=a"]
)
def test_what_does_not_begin_to_the_letter_is_some_other_text(text):
    assert sts.read_record(text) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("v=STSv1", "there is no id"),
        ("v=STSv1; ID=a", "there is no id"),
        ("v=STSv1; id=", 'the id "" is not 1 to 32 letters and digits'),
        ("v=STSv1; id=2026-06-01", 'the id "2026-06-01" is not'),
        (f"v=STSv1; id={'9' * 33}", "is not 1 to 32"),
        ("v=STSv1; id=a; what is this", '"what is this" is no field'),
        ("v=STSv1; id=a;; x=y", '"" is no field'),
    ],
)
def test_what_is_wrong_is_named(text, says):
    record = sts.read_record(text)
    assert not record.valid
    assert says in str(record.problems[0])


def test_the_first_id_counts():
    record = sts.read_record("v=STSv1; id=a; id=b")
    assert (record.id, record.valid) == ("a", True)
    assert "the first counts" in record.problems[0].says


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        ([], "no record"),
        (["v=spf1 -all"], "no text there begins"),
        (["v=STSv1; id=a", "v=STSv1; id=b"], "2 records"),
        (["v=STSv1; id=a", "v=STSv1; id=!"], "2 records"),
        (["v=STSv1; id=!"], "letters and digits"),
    ],
)
def test_none_counts_and_why(texts, why):
    record, said = sts.choose(texts)
    assert record is None
    assert why in said


def test_other_texts_beside_it_do_not_matter():
    assert sts.choose(["v=spf1 -all", "v=STSv1; id=7"])[0].id == "7"


@given(st.text(max_size=80))
def test_any_text_can_be_read(text):
    sts.read_record(text)
    record = sts.read_record(f"v=STSv1;{text}")
    assert record.valid == bool(record.id and not any(problem.fatal for problem in record.problems))
