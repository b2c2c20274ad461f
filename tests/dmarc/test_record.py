"""A DMARC record, tag by tag: only v is strict. RFC 9989 sections 4.7 and 4.8."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labmail import dmarc
from labmail.errors import LabError


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=DMARC1.; p=none",
        "v=dmarc1; p=none",
        "v=DMARC1 p=none",
        "p=none; v=DMARC1",
        "v=DMARC2; p=none",
        "v=spf1 -all",
    ],
)
def test_what_does_not_begin_to_the_letter_is_some_other_text(text):
    assert dmarc.read(text) is None


@pytest.mark.parametrize("text", ["v=DMARC1", "v=DMARC1;", "V = DMARC1 ;p=none", " v=DMARC1\t; p=none"])
def test_blanks_are_free(text):
    assert dmarc.read(text) is not None


@pytest.mark.parametrize(
    ("tags", "twice"),
    [
        ("p=none; p=reject", "p"),
        ("p=none; P=none", "p"),
        ("p=none; moo=1; moo=2", "moo"),
        ("p=none; v=DMARC1", "v"),
        ("p=block; rua=x; p=none", "p"),
    ],
)
def test_a_tag_that_stands_twice_spoils_the_whole_list(tags, twice):
    """RFC 9989 section 4.7 has the syntax of RFC 6376 section 3.2, which says so of every list of tags."""
    assert dmarc.record.doubled(f"v=DMARC1; {tags}") == twice
    assert dmarc.read(f"v=DMARC1; {tags}") is None
    assert dmarc.record.doubled("v=DMARC1; p=none; sp=none; no tag; no tag") == ""


def test_every_tag():
    text = (
        "v=DMARC1; p=Reject; sp=QUARANTINE; np=none; adkim=s; aspf=S; psd=n; t=y; fo=1:d;"
        " rua=mailto:a@example.com , mailto:b@example.net!10m; ruf=mailto:c@example.com;"
    )
    record = dmarc.read(text)
    assert (record.p, record.sp, record.np) == ("reject", "quarantine", "none")
    assert (record.adkim, record.aspf, record.psd, record.t, record.fo) == ("s", "s", "n", "y", "1:d")
    assert record.rua == ("mailto:a@example.com", "mailto:b@example.net")
    assert record.ruf == ("mailto:c@example.com",)
    assert record.remarks == ()
    assert record.whole


@pytest.mark.parametrize(
    ("tags", "tag", "says"),
    [
        ("p=none; pct=50", "pct", "was a tag of RFC 7489"),
        ("p=none; moo=1", "moo", "no tag that DMARC knows"),
        ("p=none; adkim=x", "adkim", "so r holds"),
        ("p=none; t=maybe", "t", "so n holds"),
        ("p=none; what is this", "", "is no tag"),
        ("p=none; rua=d@example.com", "rua", "mailto:... is meant"),
        ("p=block", "p", "none, quarantine and reject are"),
        ("sp=none", "p", "there is no p"),
    ],
)
def test_what_is_wrong_is_passed_over_and_said(tags, tag, says):
    record = dmarc.read(f"v=DMARC1; {tags}")
    [remark] = record.remarks
    assert remark.tag == tag
    assert says in remark.says
    assert (record.adkim, record.t) == ("r", "n")


@given(st.text(max_size=80))
def test_any_text_can_be_read(text):
    dmarc.read(text)
    record = dmarc.read(f"v=DMARC1;{text}")
    assert (record is None) == bool(dmarc.record.doubled(f"v=DMARC1;{text}"))
    assert record is None or record.policy(subdomain=True, exists=False)[0] in dmarc.POLICIES


@pytest.mark.parametrize("wrong", [None, 3, b"v=DMARC1; p=none", ["v=DMARC1"]])
def test_what_is_no_text_is_no_record(wrong: Any) -> None:
    with pytest.raises(LabError, match='a record is text such as "v=DMARC1; p=none"'):
        dmarc.read(wrong)
