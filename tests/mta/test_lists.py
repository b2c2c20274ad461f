"""The mailing list of the base world: who gets what, what receivers make of it, what comes back. Over real wires."""

from __future__ import annotations

from pathlib import Path

import pytest

from labmail import Lab, cake
from labmail.store import Letter

ALICE, BOB, LIST, BOUNCES = (
    "alice@example.net",
    "bob@example.com",
    "bakers@alumni.example",
    "bakers-bounces@alumni.example",
)


def delivered(lab: Lab) -> Letter:
    lab.send(cake, LIST)
    [letter] = lab.wait_for_mail(BOB)
    return letter


def test_each_member_gets_it_from_the_list(lab: Lab) -> None:
    letter = delivered(lab)
    assert len(lab.wait_for_mail(ALICE)) == 1
    assert letter.return_path == BOUNCES
    assert letter["From"] == "Alice <alice@example.net>"
    assert letter["List-Id"] == "<bakers.alumni.example>"
    assert letter["List-Unsubscribe"] is None
    assert letter.octets.endswith(b"bring the cake!\r\n-- \r\nbakers@alumni.example\r\n")
    ways = [(talk.wire.client, talk.wire.server) for talk in lab.conversations()]
    assert ways == [
        ("mail.example.net", "mx.alumni.example"),
        ("list.alumni.example", "mail.example.net"),
        ("list.alumni.example", "mx1.example.com"),
    ]
    [event] = lab.record.filter(kind="distributed")
    assert (event.by, event.value) == ("list.alumni.example", f"{LIST} to {ALICE}, {BOB}")


def test_the_footer_breaks_the_writers_signature_and_the_list_signs_for_itself(lab: Lab) -> None:
    letter = delivered(lab)
    found = lab.record.filter(kind="verdict", by="mx1.example.com")[-1].value
    assert [(one.domain, one.result) for one in found.dkim.signatures] == [  # type: ignore[attr-defined]
        ("alumni.example", "pass"),
        ("example.net", "fail"),
    ]
    assert (found.spf.result, found.spf.domain) == ("pass", "alumni.example")  # type: ignore[attr-defined]
    assert found.dmarc.result == "fail"  # type: ignore[attr-defined]
    assert letter.folder == "Junk"


def test_a_strict_receiver_refuses_it_and_the_list_hears_of_it(lab: Lab) -> None:
    """Who is hurt by reject_on_policy: an honest writer, and the readers of a list."""
    for server in ("mx1.example.com", "mx2.example.com"):
        lab.host(server).reject_on_policy = True
    lab.send(cake, LIST)
    [report] = lab.wait_for_mail(BOUNCES)
    assert report.return_path == ""
    assert b"Diagnostic-Code: smtp; 550 5.7.1 DMARC fail" in report.octets
    assert lab.mailbox(BOB) == []
    assert len(lab.mailbox(ALICE)) == 1  # the letter, and no report


@pytest.mark.parametrize("to", [LIST, BOUNCES])
def test_a_report_does_not_go_to_the_readers(lab: Lab, to: str) -> None:
    lab.send(cake, to, mail_from="", at="mail.example.net")
    assert len(lab.wait_for_mail(BOUNCES)) == 1
    assert lab.mailbox(BOB) == []


def test_a_member_may_be_forwarded(tmp_path: Path) -> None:
    world = world_with(tmp_path, '"bob@alumni.example", "postmaster@alumni.example"')
    with Lab(world) as lab:
        assert delivered(lab).return_path == BOUNCES
        assert len(lab.mailbox("postmaster@alumni.example")) == 1


def test_lists_in_a_circle(tmp_path: Path) -> None:
    """Each sends the letter on once; the second time it is refused, and the report goes to the list that sent it."""
    more = '\n[provider."mailhost.example".lists."cooks@club.example"]\nmembers = ["bakers@alumni.example"]\n'
    with Lab(world_with(tmp_path, '"cooks@club.example", "bob@example.com"', more)) as lab:
        lab.send(cake, LIST)
        [report] = lab.wait_for_mail("cooks-bounces@club.example")
        assert len(lab.mailbox(BOB)) == 1
    assert b"Diagnostic-Code: smtp; 554 5.4.6 This list has sent the letter out already" in report.octets


def world_with(folder: Path, members: str, more: str = "") -> Path:
    file = folder / "mine.toml"
    file.write_text(f'base = "base"\n[provider."alumni.example".lists."{LIST}"]\nmembers = [{members}]\n{more}')
    return file
