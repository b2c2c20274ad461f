"""A sender finds a policy and remembers it: DNS and HTTPS, in every order that matters. RFC 8461 section 5.1."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from labmail.errors import LabError
from labmail.sts.finding import Finder

TEXT = "version: STSv1\nmode: enforce\nmx: mx1.example.com\nmax_age: 86400\n"
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)


class Outside:
    """What the world says to one sender; `asked` counts fetches."""

    def __init__(self):
        self.texts, self.type, self.content, self.now, self.asked = ["v=STSv1; id=1"], "text/plain", TEXT, NOW, 0
        self.events = []
        self.finder = Finder(self._look, self._fetch, lambda: self.now, self.events.append)

    async def _look(self, name):
        assert name == "_mta-sts.example.com"
        if self.texts is None:
            raise LabError("no name server could say (TIMEOUT)")
        return self.texts

    async def _fetch(self, domain):
        assert domain == "example.com"
        self.asked += 1
        if self.content is None:
            raise LabError("nobody listens at mta-sts.example.com port 443")
        return self.type, self.content.encode()

    def find(self):
        self.events.clear()
        policy = asyncio.run(self.finder.find("Example.com."))
        return policy.mode if policy else None

    @property
    def said(self):
        return [str(event.value) for event in self.events]


@pytest.fixture
def outside():
    return Outside()


def test_found_and_remembered(outside):
    assert outside.find() == "enforce"
    assert outside.said == [
        "_mta-sts.example.com announces a policy, id 1",
        "the policy of example.com, fetched: enforce, mx1.example.com",
    ]
    assert outside.find() == "enforce"
    assert outside.asked == 1
    assert outside.said[1] == "the policy of example.com, remembered: enforce, mx1.example.com"
    assert [event.kind for event in outside.events] == ["sts-record", "sts-policy"]


@pytest.mark.parametrize("texts", [[], None, ["v=STSv1; id=1", "v=STSv1; id=2"], ["v=STSv1; id=!"]])
def test_who_hides_the_record_does_not_get_rid_of_a_policy_that_is_remembered(outside, texts):
    outside.texts = texts
    assert outside.find() is None  # never met: then DNS is believed
    outside.texts = ["v=STSv1; id=1"]
    assert outside.find() == "enforce"
    outside.texts = texts
    outside.now += timedelta(seconds=86_399)
    assert outside.find() == "enforce"
    outside.now += timedelta(seconds=1)
    assert outside.find() is None  # its max_age is over
    assert outside.asked == 1


def test_without_a_record_nothing_is_fetched(outside):
    outside.texts = []
    assert outside.find() is None
    assert outside.asked == 0
    assert outside.said == ["_mta-sts.example.com announces no policy: no record"]


def test_another_id_is_another_edition(outside):
    outside.find()
    outside.content = TEXT.replace("enforce", "testing")
    assert outside.find() == "enforce"  # the same id: nobody looks
    outside.texts = ["v=STSv1; id=2"]
    assert outside.find() == "testing"
    assert outside.find() == "testing"
    assert outside.asked == 2


@pytest.mark.parametrize(
    ("type", "content", "why"),
    [
        ("text/plain", None, "nobody listens"),
        ("text/html", TEXT, "it is text/html, and not text/plain"),
        ("", TEXT, "of no named type"),
        ("text/plain", TEXT.replace("enforce", "strict"), 'line 2: mode "strict"'),
    ],
)
def test_what_cannot_be_fetched_is_none_and_why_or_what_was_there_before(outside, type, content, why):
    outside.type, outside.content = type, content
    assert outside.find() is None
    assert why in outside.said[1]
    outside.type, outside.content = "text/plain", TEXT
    outside.find()
    outside.texts, outside.type, outside.content = ["v=STSv1; id=2"], type, content
    assert outside.find() == "enforce"
    assert why in outside.said[1]
    assert "remembered" in outside.said[2]


def test_a_policy_is_fetched_anew_when_its_time_is_over(outside):
    outside.find()
    outside.now += timedelta(days=1)
    outside.content = TEXT.replace("enforce", "none")
    assert outside.find() == "none"
    assert outside.asked == 2


def test_a_verdict_says_what_follows(outside):
    judge = outside.finder.judge
    assert str(judge("example.com", "mx1.example.com", "enforce")) == (
        "mx1.example.com is as the policy of example.com wants it"
    )
    refused = judge("example.com", "mx1.example.com", "enforce", "it offers no STARTTLS")
    assert (refused.holds, str(refused)) == (False, "mx1.example.com: it offers no STARTTLS, so it gets no letter")
    assert "testing" in str(judge("example.com", "mx1.example.com", "testing", "it offers no STARTTLS"))
    assert [event.kind for event in outside.events] == ["sts-verdict"] * 3
