"""The bench: rows are what dialogs came to, a replay publishes and compares, and ticks are judged."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labmail import Lab, LabError
from labmail.widgets import RecordBench

MX = "mx1.example.com"
HOSTS = ["mail.example.net", "mx.mailhost.example", "mx.alumni.example", "mallory.example"]
SOFT = "v=spf1 ip4:192.0.2.67 ~all"


@pytest.fixture
def early(lab: Lab) -> Lab:
    """mx1 checks SPF alone, at MAIL."""
    mx1 = lab.host(MX)
    mx1.spf_at, mx1.check_dkim, mx1.check_dmarc = "MAIL", False, False
    return lab


def test_the_text_is_the_table_of_the_lesson(early: Lab) -> None:
    early.zone("example.net")["@", "TXT"] = SOFT
    early.clock.advance(minutes=5)
    assert repr(RecordBench(early, "example.net")) == (
        'example.net  "v=spf1 ip4:192.0.2.67 ~all"\n\n'
        "host                 address        result    mx1 answers\n"
        "mail.example.net     192.0.2.67     pass      250 delivered\n"
        "mx.mailhost.example  198.51.100.80  softfail  250 delivered\n"
        "mx.alumni.example    198.51.100.44  softfail  250 delivered\n"
        "mallory.example      203.0.113.66   softfail  250 delivered"
    )


def test_each_row_is_a_dialog_with_its_evidence(early: Lab) -> None:
    bench = RecordBench(early, "example.net")
    assert json.loads(json.dumps(bench.data)) == bench.data
    assert [row["host"] for row in bench.data["rows"]] == HOSTS
    for row, spoken in zip(bench.data["rows"], bench.conversations, strict=True):
        assert f"S: {row['decided']}" in spoken.lines
        assert [line["text"] for line in row["lines"]] == [line[3:] for line in spoken.lines]
        assert row["evidence"]["spf"]["result"] == row["now"][0]
        assert row["evidence"]["dmarc"] is None
    assert bench.data["rows"][3]["now"][1] == {"is": "fail", "word": "550 refused"}


def test_a_replay_publishes_and_says_what_changed_and_which_ticks_were_right(early: Lab) -> None:
    bench = RecordBench(early, "example.net")
    bench.replay("v=spf1 ip4:192.0.2.67 +all", changes=["mallory.example", "mail.example.net"])
    assert early.zone("example.net")["@", "TXT"] == ["v=spf1 ip4:192.0.2.67 +all"]
    assert [row["changed"] for row in bench.data["rows"]] == [False, True, True, True]
    assert [cell["word"] for cell in bench.data["rows"][3]["before"]] == ["fail", "550 refused"]
    assert [cell["word"] for cell in bench.data["rows"][3]["now"]] == ["pass", "250 delivered"]
    *_, last, empty, told = repr(bench).splitlines()
    assert last == "mallory.example      203.0.113.66   fail → pass  550 refused → 250 delivered"
    assert empty == ""
    assert told == (
        "Partly right. Changed as you said: mallory.example. Not as you said: mx.mailhost.example changed; "
        "mx.alumni.example changed; mail.example.net did not."
    )


@pytest.mark.parametrize(
    ("record", "changes", "told"),
    [
        ("v=spf1 ip4:192.0.2.67 -all", [], ("right", "You edited nothing")),
        ("v=spf1 ip4:192.0.2.0/24 -all", [], ("right", "Nothing changed")),
        ("v=spf1 ip4:192.0.2.0/24 -all", HOSTS[:1], ("not so", "mail.example.net did not")),
        ("", HOSTS, ("right", "These changed, and no other")),
        (SOFT, [], ("not so", "You marked none")),
    ],
)
def test_ticks(early: Lab, record: str, changes: list[str], told: tuple[str, str]) -> None:
    bench = RecordBench(early, "example.net")
    bench.replay(record, changes)
    assert bench.data["told"]["word"] == told[0]
    assert told[1] in bench.data["told"]["says"]


def test_a_row_that_is_not_there(early: Lab) -> None:
    bench = RecordBench(early, "example.net")
    with pytest.raises(LabError, match=r"nobody.example is no row of the bench: they are mail.example.net, "):
        bench.replay(SOFT, ["nobody.example"])
    assert early.zone("example.net")["@", "TXT"] == ["v=spf1 ip4:192.0.2.67 -all"]


@pytest.mark.parametrize("record", [5, ["v=spf1 -all", 7], b"v=spf1 -all"])
def test_a_record_that_is_no_text(early: Lab, record: Any) -> None:
    bench = RecordBench(early, "example.net")
    with pytest.raises(LabError, match='a record is text such as "v=spf1 -all", and not'):
        bench.replay(record)
    assert early.zone("example.net")["@", "TXT"] == ["v=spf1 ip4:192.0.2.67 -all"]


def test_dmarc_and_dkim_have_letters_with_stories(lab: Lab) -> None:
    bench = RecordBench(lab, "example.net", name="_dmarc")
    rows = {row["host"]: [cell["word"] for cell in row["now"]] for row in bench.data["rows"]}
    assert rows == {
        "mail.example.net": ["pass", "pass", "pass", "250 delivered"],
        "mx.alumni.example": ["fail", "pass", "pass", "250 delivered"],
        "list.alumni.example": ["pass", "fail", "fail", "250 into Junk"],
        "mallory.example": ["pass", "none", "fail", "250 into Junk"],
    }
    bench.replay("v=DMARC1; p=none", ["list.alumni.example", "mallory.example"])
    assert bench.data["told"]["is"] == "pass"
    key = RecordBench(lab, "example.net", name="s1._domainkey")
    key.replay("v=DKIM1; p=")
    assert [row["now"][1]["word"] for row in key.data["rows"]] == ["permerror", "permerror", "permerror", "none"]


def test_letters_of_ones_own(lab: Lab) -> None:
    letters = [("outside.example", "x@outside.example", b"From: x@outside.example\r\n\r\n.a dot first\r\n")]
    bench = RecordBench(lab, "outside.example", letters=letters)
    assert [row["now"][0]["word"] for row in bench.data["rows"]] == ["pass"]
    assert lab.mailbox("bob@example.com")[-1].octets.endswith(b"\r\n.a dot first\r\n")
    assert "letters=letters" in bench.data["code"]
    with pytest.raises(LabError, match="a letter for the bench is"):
        RecordBench(lab, "outside.example", letters=["cake"])


def test_a_letter_is_edited_and_the_code_says_so(lab: Lab) -> None:
    bench = RecordBench(lab, "example.net", name="_dmarc")
    record = lab.zone("example.net")["_dmarc", "TXT"]
    first = bench.data["rows"][0]["first"]
    assert first.startswith("DKIM-Signature:") and "\r" not in first
    bench.replay(record, ["mail.example.net"], letters={"mail.example.net": first.replace("cake!", "cakes!")})
    rows = bench.data["rows"]
    assert [cell["word"] for cell in rows[0]["now"]] == ["pass", "fail", "pass", "250 delivered"]
    assert [row["changed"] for row in rows] == [True, False, False, False]
    assert bench.data["told"]["word"] == "right"
    scope = {"lab": lab}
    exec(bench.data["code"], scope)
    again = scope["bench"].data["rows"]  # type: ignore[attr-defined]
    assert [row["now"] for row in again] == [row["now"] for row in rows]
    bench.replay(record, ["row1"], letters={"row1": first})
    assert [row["changed"] for row in bench.data["rows"]] == [True, False, False, False]
    assert bench.data["rows"][0]["now"][1]["word"] == "pass"


def test_rows_of_one_host_have_names_of_their_own(lab: Lab) -> None:
    letter = b"From: alice@example.net\r\n\r\nHello\r\n"
    own = ("mail.example.net", "alice@example.net", letter)
    bench = RecordBench(lab, "example.net", letters=[(*own, "plain"), own, ("mallory.example", *own[1:])])
    assert [row["host"] for row in bench.data["rows"]] == [
        "mail.example.net (plain)",
        "mail.example.net (row2)",
        "mallory.example",
    ]
    bench.replay("v=spf1 -all", ["mail.example.net (plain)", "row2"])
    assert bench.data["told"]["word"] == "right"


def test_the_code_runs_and_does_the_same(early: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    bench = RecordBench(early, "example.net")
    bench.replay(SOFT)
    code = bench.data["code"]
    early.reset()
    exec(code, {"lab": early})
    assert early.zone("example.net")["@", "TXT"] == [SOFT]
    assert len(early.conversations()) == 4
    assert capsys.readouterr().out.count("S: 250 2.0.0 OK") == 4


def test_a_server_that_is_down_and_one_that_checks_nothing(lab: Lab) -> None:
    lab.host(MX).stop()
    down = RecordBench(lab, "example.net")
    assert {row["now"][1]["word"] for row in down.data["rows"]} == {"no answer"}
    lab.host(MX).start()
    mx1 = lab.host(MX)
    mx1.spf_at, mx1.check_dkim, mx1.check_dmarc = None, False, False
    assert {row["now"][0]["word"] for row in RecordBench(lab, "example.net").data["rows"]} == {"not checked"}


def test_no_such_zone(lab: Lab) -> None:
    with pytest.raises(LabError, match="nowhere.invalid lies in no zone of this lab"):
        RecordBench(lab, "nowhere.invalid")
