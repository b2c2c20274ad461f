"""A verdict on the timeline: one row, which says what was found and what was done."""

from __future__ import annotations

import smtplib
from typing import Any

import pytest

from labmail import Lab, cake
from labmail.record import Event
from labmail.views.timeline import text, timeline
from labmail.views.verdict import noted

MX1, MALLORY, BOB = "mx1.example.com", "mallory.example", "bob@example.com"


def row(lab: Lab) -> tuple[dict[str, Any], dict[str, Any]]:
    """The last row of a verdict, and the whole timeline."""
    data = timeline(lab.record)
    return [each for each in data["rows"] if each["kind"] == "verdict"][-1], data


def say(lab: Lab, mail_from: str, at: str = MALLORY) -> None:
    with lab.at(at), smtplib.SMTP(MX1, 25) as smtp:
        try:
            smtp.sendmail(mail_from, BOB, cake)
        except smtplib.SMTPException:
            return


def meaning(found: tuple[dict[str, Any], dict[str, Any]]) -> dict[str, Any]:
    line, data = found
    told: dict[str, Any] = data["meanings"][line["meaning"]]
    return told


@pytest.mark.parametrize(
    ("mail_from", "at", "said", "result", "section"),
    [
        ("alice@example.net", MALLORY, "SPF fail, DKIM none, DMARC fail", {"is": "fail", "word": "refused"}, "8.4"),
        ("a@mallory.example", MALLORY, "SPF pass, DKIM none, DMARC fail", {"is": "error", "word": "Junk"}, "7.4"),
        ("alice@example.net", "mail.example.net", "SPF pass, DKIM none, DMARC pass", {"is": "pass", "word": "taken"},
         "2.2"),
    ],
)  # fmt: skip
def test_what_was_found_and_what_was_done(
    lab: Lab, mail_from: str, at: str, said: str, result: dict[str, str], section: str
) -> None:
    say(lab, mail_from, at)
    found = row(lab)
    line, data = found
    assert (line["text"], line["result"], line["main"]) == (said, result, True)
    assert data["hosts"][line["from"]]["name"] == MX1
    assert data["stages"][line["stage"]]["name"] == "Judge"
    assert meaning(found)["rfc"]["name"].endswith(f" section {section}")
    assert [name for name, _ in line["details"]] == ["SPF", "DKIM", "DMARC"]
    assert f"{said}  {result['word']}" in text(data)


def test_each_check_says_for_whom_and_why(lab: Lab) -> None:
    say(lab, "alice@example.net", "mail.example.net")
    assert row(lab)[0]["details"] == [
        ["SPF", "pass for example.net: ip4:192.0.2.67 matched"],
        ["DKIM", "none: nobody signed it"],
        ["DMARC", "pass for example.net: vouched for by spf for example.net"],
    ]


def test_spf_alone_at_mail(lab: Lab) -> None:
    lab.host(MX1).spf_at = "MAIL"
    say(lab, "alice@example.net")
    found = row(lab)
    line, data = found
    assert (line["text"], line["result"]) == ("SPF fail for example.net", {"is": "fail", "word": "fail"})
    assert line["details"] == [["Sender", "alice@example.net"], ["Address", "203.0.113.66"]]
    assert meaning(found)["rfc"]["name"] == "RFC 7208 section 2.5"
    names = [data["stages"][each["stage"]]["name"] for each in data["rows"] if each["stage"] is not None]
    assert list(dict.fromkeys(names)) == ["Look up", "Hand over", "Judge"]


def test_dns_is_down(lab: Lab) -> None:
    with lab.at(MALLORY), smtplib.SMTP(MX1, 25) as smtp:
        lab.host("ns.example").stop()
        with pytest.raises(smtplib.SMTPException):
            smtp.sendmail("alice@example.net", BOB, cake)
    found = row(lab)
    assert found[0]["result"] == {"is": "error", "word": "not now"}
    assert meaning(found)["rfc"]["name"] == "RFC 7208 section 8.6"


def test_what_is_no_verdict_of_ours_is_named_all_the_same() -> None:
    assert noted(Event(kind="verdict", value="spam"))["text"] == "verdict: spam"
