"""What a receiver does, from verdicts alone: every row of the rule, and no DNS."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from labmail import verify
from labmail.mta.receiving import Outcome, outcome
from labmail.verdicts import Verdicts
from tests.dkim.letters import LETTER, NAME, NOW, altered, key, signed
from tests.spf.zone import Zone

ALICE, OTHER = "alice@example.net", "bounce@alumni.example"
SPF = {
    "pass": "v=spf1 ip4:192.0.2.67 -all",
    "fail": "v=spf1 -all",
    "softfail": "v=spf1 ~all",
    "permerror": "v=spf1 ip4:x",
}


def found(spf: str, dkim: str, dmarc: str, *, sender: str = ALICE, **more: Any) -> Verdicts:
    """`spf` and `dkim` are results, `dmarc` is the record of example.net, or what DNS says in its place."""
    letter = {"pass": signed(type="ed25519"), "fail": altered(signed(type="ed25519"), b"cake", b"pie")}.get(
        dkim, LETTER
    )
    letter = signed(type="ed25519") if dkim == "temperror" else letter
    domain = sender.partition("@")[2]
    where: dict[str, list[Any]] = {
        "example.net": [],
        domain: [("TXT", SPF[spf])] if spf in SPF else ["TIMEOUT"] if spf == "temperror" else [],
        NAME: ["SERVFAIL"] if dkim == "temperror" else [("TXT", key("ed25519").record)],
        "_dmarc.example.net": [dmarc if dmarc.isupper() else ("TXT", dmarc)] if dmarc else [],
    }
    about = {"ip": "192.0.2.67", "helo": "mail.example.net", "mail_from": sender}
    return verify(letter, **about, resolver=Zone(where), now=NOW, **more)


def said(of: Outcome) -> str:
    return repr(of.reply).rpartition(":")[0].split(":")[0] if of.reply else of.folder


ASKS = ("v=DMARC1; p=none", "v=DMARC1; p=quarantine", "v=DMARC1; p=reject")
NONE, QUARANTINE, REJECT = ASKS
NO = "550 5.7.23 SPF fail"


@pytest.mark.parametrize("dmarc", ASKS)
@pytest.mark.parametrize("spf", ["pass", "fail", "softfail", "none", "permerror", "temperror"])
def test_one_aligned_pass_is_enough(spf: str, dmarc: str) -> None:
    assert outcome(found(spf, "pass", dmarc), reject_on_policy=True) == Outcome()


@pytest.mark.parametrize(
    ("spf", "dkim", "dmarc", "sender", "plain", "strict"),
    [
        ("pass", "none", REJECT, ALICE, "INBOX", "INBOX"),
        ("pass", "fail", REJECT, ALICE, "INBOX", "INBOX"),
        ("pass", "fail", REJECT, OTHER, "Junk", "550 5.7.1 DMARC fail"),
        ("pass", "none", QUARANTINE, OTHER, "Junk", "Junk"),
        ("pass", "none", NONE, OTHER, "INBOX", "INBOX"),
        ("pass", "none", "", OTHER, "INBOX", "INBOX"),
        ("softfail", "fail", REJECT, ALICE, "Junk", "550 5.7.1 DMARC fail"),
        ("none", "none", NONE, ALICE, "INBOX", "INBOX"),
        ("none", "none", "", ALICE, "Junk", "Junk"),
        ("softfail", "fail", "", ALICE, "Junk", "Junk"),
        ("permerror", "none", "", ALICE, "Junk", "Junk"),
        ("none", "pass", "", ALICE, "INBOX", "INBOX"),
        ("fail", "pass", "", ALICE, NO, NO),
        ("fail", "none", REJECT, ALICE, NO, NO),
        ("temperror", "none", NONE, ALICE, "451 4.7.24 SPF temperror", "451 4.7.24 SPF temperror"),
        ("temperror", "pass", "", ALICE, "451 4.7.24 SPF temperror", "451 4.7.24 SPF temperror"),
        ("fail", "temperror", REJECT, ALICE, "451 4.7.5 DKIM temperror", "451 4.7.5 DKIM temperror"),
        ("fail", "temperror", "", ALICE, NO, NO),
        ("none", "temperror", "", ALICE, "451 4.7.5 DKIM temperror", "451 4.7.5 DKIM temperror"),
        ("pass", "temperror", "", OTHER, "INBOX", "INBOX"),
        ("softfail", "temperror", NONE, ALICE, "INBOX", "INBOX"),
        ("pass", "temperror", NONE, OTHER, "INBOX", "INBOX"),
        ("pass", "none", "SERVFAIL", ALICE, "451 4.7.0 DMARC temperror", "451 4.7.0 DMARC temperror"),
    ],
)
def test_without_one(spf: str, dkim: str, dmarc: str, sender: str, plain: str, strict: str) -> None:
    verdicts = found(spf, dkim, dmarc, sender=sender)
    assert said(outcome(verdicts)) == plain
    assert said(outcome(verdicts, reject_on_policy=True)) == strict


def test_how_a_report_calls_it() -> None:
    of = {
        "none": found("pass", "none", NONE, sender=OTHER),
        "quarantine": found("pass", "none", REJECT, sender=OTHER),
        "reject": found("fail", "none", REJECT),
        "defer": found("temperror", "none", REJECT),
    }
    assert {word: outcome(each).disposition for word, each in of.items()} == {word: word for word in of}
    assert [outcome(each).folder for each in of.values()] == ["INBOX", "Junk", "", ""]


def test_what_was_not_checked_decides_nothing() -> None:
    assert outcome(found("softfail", "none", "", methods=("spf",))) == Outcome()
    assert outcome(found("fail", "none", "", methods=("dkim",))) == Outcome()
    assert outcome(found("none", "none", "", methods=("spf", "dkim"))).folder == "Junk"
    assert outcome(replace(found("none", "none", REJECT), dmarc=None)).folder == "Junk"
