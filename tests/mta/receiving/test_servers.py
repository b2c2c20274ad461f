"""Receiving servers over the wire: what they refuse and when, what they write, into which folder a letter goes."""

from __future__ import annotations

import smtplib
from collections.abc import Callable

import pytest

from labmail import Lab, LabError, cake, spf
from labmail.record import Event
from labmail.verdicts import Verdicts
from tests.dkim.letters import key, signed

MX1, MALLORY, LIST, HOME = "mx1.example.com", "mallory.example", "list.alumni.example", "mail.example.net"
ALICE, BOB = "alice@example.net", "bob@example.com"
FAIL = "550 5.7.23 SPF fail: 203.0.113.66 may not send for example.net"


def say(lab: Lab, *, at: str = MALLORY, mail_from: str = ALICE, to: str = BOB, letter: str | bytes = cake) -> list[str]:
    """One letter with smtplib; the lines of the dialog."""
    with lab.at(at):
        smtp = smtplib.SMTP(MX1, 25)
        smtp.helo(at)
        try:
            smtp.sendmail(mail_from, to, letter)
        except smtplib.SMTPException:
            pass
        finally:
            smtp.close()
    return lab.conversation(at, MX1).lines


def reply_to(lines: list[str], what: str) -> str:
    """The server's answer to that line of the client."""
    at = next(at for at, line in enumerate(lines) if line.lower().startswith(f"c: {what.lower()}"))
    return lines[at + 1].removeprefix("S: ")


def verdicts(lab: Lab) -> list[Event]:
    return lab.record.filter(kind="verdict", by=MX1)


def publish(lab: Lab, dmarc: str) -> None:
    """Alice's domain has one key and this DMARC record."""
    zone = lab.zone("example.net")
    zone["s1._domainkey", "TXT"] = key("ed25519").record
    zone["_dmarc", "TXT"] = dmarc or []


ALICES = signed(cake.replace("\n", "\r\n").encode(), type="ed25519")


# ---- at once, or in a thread


@pytest.fixture
def threads(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What mx1 had a thread for."""
    net, begun = lab._net, []
    real = net.in_thread

    async def counting(work: Callable[[], object], why: str = "") -> object:
        begun.append(why)
        return await real(work, why)

    monkeypatch.setattr(net, "in_thread", counting)
    return begun


def checks(lab: Lab, after: int) -> list[tuple[str, str]]:
    """What the timeline says of a check, from the first question to the verdict."""
    events = [event for event in lab.record.since(after) if event.kind in ("cached", "verdict") and event.by == MX1]
    return [(event.kind, repr(event.value)) for event in events]


def test_what_dns_said_before_needs_no_thread_and_tells_the_same(lab: Lab, threads: list[str]) -> None:
    publish(lab, "v=DMARC1; p=none")
    say(lab, at=HOME, letter=ALICES)
    assert threads.count(f"the checks of {MX1}") == 1
    seen = []
    for _ in range(2):
        before = len(lab.record)
        say(lab, at=HOME, letter=ALICES)
        seen.append(checks(lab, before))
    assert threads.count(f"the checks of {MX1}") == 1
    assert seen[0] == seen[1]
    lab._running.resolvers[MX1].flush()
    say(lab, at=HOME, letter=ALICES)
    assert threads.count(f"the checks of {MX1}") == 2
    before = len(lab.record)
    say(lab, at=HOME, letter=ALICES + b"-" * 70 + b"\r\n" + b"long\r\n" * 3000)
    assert threads.count(f"the checks of {MX1}") == 3
    kinds = [kind for kind, _ in checks(lab, before)]
    assert kinds == [kind for kind, _ in seen[0]] and kinds[-1] == "verdict" and kinds.count("cached") > 2


# ---- SPF, at each moment


@pytest.mark.parametrize(("at", "line"), [("MAIL", "mail FROM"), ("RCPT", "rcpt TO"), ("DATA", ".")])
def test_a_spoof_is_refused_with_the_reason(lab: Lab, at: str, line: str) -> None:
    lab.host(MX1).spf_at = at
    lines = say(lab)
    assert reply_to(lines, line) == FAIL
    assert [reply for reply in lines if reply.startswith("S: 5")] == [f"S: {FAIL}"]
    assert lab.mailbox(BOB) == []
    [event] = verdicts(lab)
    found = event.value
    assert isinstance(found, Verdicts if at == "DATA" else spf.Verdict)
    assert (found.spf if isinstance(found, Verdicts) else found).result == "fail"
    assert event.wire is not None and event.wire.client == MALLORY


def test_at_rcpt_the_postmaster_can_still_be_told(lab: Lab) -> None:
    lab.host(MX1).spf_at = "RCPT"
    lines = say(lab, to="postmaster@example.com")
    assert reply_to(lines, ".").startswith("250 ")
    assert verdicts(lab)[0].value.spf is None
    assert reply_to(say(lab), "rcpt").startswith("550 5.7.23 ")


def test_one_check_for_all_recipients(lab: Lab) -> None:
    lab.host(MX1).spf_at = "RCPT"
    say(lab, at=HOME, to=[BOB, "postmaster@example.com", "postmaster@example.com"])  # type: ignore[arg-type]
    assert [type(event.value) for event in verdicts(lab)] == [spf.Verdict, Verdicts]


def test_the_owner_may_explain(lab: Lab) -> None:
    lab.zone("example.net")["@", "TXT"] = "v=spf1 -all exp=why.example.net"
    lab.zone("example.net")["why", "TXT"] = "ask %{r} about %{i}"
    with lab.step(MALLORY, MX1) as step:
        lab.host(MX1).spf_at = "MAIL"
        step.say("EHLO mallory.example")
        reply = step.say(f"MAIL FROM:<{ALICE}>")
    assert repr(reply).splitlines() == [
        "550-5.7.23 SPF fail: 203.0.113.66 may not send for example.net",
        f"550 5.7.23 example.net explains: ask {MX1} about 203.0.113.66",
    ]


def test_softfail_is_a_mark_and_no_refusal(lab: Lab) -> None:
    host = lab.host(MX1)
    host.spf_at, host.check_dkim, host.check_dmarc = "MAIL", False, False
    lab.zone("example.net")["@", "TXT"] = "v=spf1 ip4:192.0.2.67 ~all"
    say(lab)
    [letter] = lab.mailbox(BOB)
    assert letter.folder == "INBOX"
    assert letter["Authentication-Results"] == "mx1.example.com; spf=softfail smtp.mailfrom=alice@example.net"
    assert [type(event.value) for event in verdicts(lab)] == [spf.Verdict]


def test_who_sends_a_report_is_judged_by_its_name(lab: Lab) -> None:
    lab.host(MX1).spf_at = "MAIL"
    with lab.at(MALLORY), smtplib.SMTP(MX1, 25) as smtp:
        smtp.ehlo(HOME)
        assert smtp.docmd("MAIL", "FROM:<>")[0] == 550
        smtp.ehlo(MALLORY)
        assert smtp.docmd("MAIL", "FROM:<>")[0] == 250


# ---- what is set


def test_only_what_is_set_is_checked_and_written(lab: Lab) -> None:
    publish(lab, "v=DMARC1; p=none")
    host = lab.host(MX1)
    seen = []
    for host.spf_at, host.check_dkim, host.check_dmarc in [
        (None, False, False),
        (None, True, False),
        ("DATA", True, False),
        (None, True, True),
    ]:
        say(lab, at=HOME, letter=ALICES)
        seen.append(lab.mailbox(BOB)[-1]["Authentication-Results"])
    dkim = "dkim=pass header.d=example.net header.s=s1"
    assert seen == [
        None,
        f"{MX1}; {dkim}",
        f"{MX1}; spf=pass smtp.mailfrom=alice@example.net; {dkim}",
        f"{MX1}; {dkim}; dmarc=pass header.from=example.net",
    ]


def test_a_setting_that_is_none(lab: Lab) -> None:
    with pytest.raises(
        LabError, match=r"spf_at of mx1.example.com is one of MAIL, RCPT, DATA, later, never, not 'mail'"
    ):
        lab.host(MX1).spf_at = "mail"
    with pytest.raises(LabError, match=r"check_dkim of mx1.example.com is true or false, not 1"):
        lab.host(MX1).check_dkim = 1
    lab.host(MX1).spf_at = "never"
    assert lab.host(MX1).spf_at is None
    lab.reset()
    assert lab.host(MX1).spf_at == "DATA"


def test_who_is_trusted_is_not_checked(lab: Lab) -> None:
    lab.host(MX1).trusted = ["203.0.113.64/28"]
    say(lab)
    assert [letter["Authentication-Results"] for letter in lab.mailbox(BOB)] == [None]
    assert verdicts(lab) == []


def test_nothing_is_checked_where_everybody_is_believed() -> None:
    with Lab("trusting") as lab:
        say(lab)
        assert [(letter.folder, letter["Authentication-Results"]) for letter in lab.mailbox(BOB)] == [("INBOX", None)]
        assert not lab.record.filter(kind="verdict")
        for host in lab.hosts.values():
            if "smtp" in lab.world.hosts[host.name].services:
                assert (host.spf_at, host.check_dkim, host.check_dmarc) == (None, False, False)


# ---- the folder


@pytest.mark.parametrize(
    ("record", "folder", "disposition"),
    [
        ("v=DMARC1; p=none", "INBOX", "none"),
        ("v=DMARC1; p=quarantine", "Junk", "quarantine"),
        ("v=DMARC1; p=quarantine; t=y", "INBOX", "none"),
        ("v=DMARC1; p=reject", "Junk", "quarantine"),  # RFC 9989 section 7.4
        ("", "INBOX", "none"),  # SPF passes, for another domain, and nobody asks for more
    ],
)
def test_mallory_in_his_own_envelope(lab: Lab, record: str, folder: str, disposition: str) -> None:
    publish(lab, record)
    say(lab, mail_from="mallory@mallory.example")
    assert [letter.folder for letter in lab.mailbox(BOB)] == [folder]
    found = verdicts(lab)[0].value
    assert (found.disposition, found.folder) == (disposition, folder)


def test_a_receiver_that_does_as_it_is_asked(lab: Lab) -> None:
    publish(lab, "v=DMARC1; p=reject")
    lab.host(MX1).reject_on_policy = True
    assert reply_to(say(lab, mail_from="mallory@mallory.example"), ".") == (
        "550 5.7.1 DMARC fail: nobody vouches for example.net in From:, "
        "and example.net asks to refuse such letters (p=reject)"
    )
    lab.zone("example.net")["_dmarc", "TXT"] = "v=DMARC1; p=reject; t=y"
    lab.clock.advance(minutes=10)
    say(lab, mail_from="mallory@mallory.example")
    assert [letter.folder for letter in lab.mailbox(BOB)] == ["Junk"]


def test_a_letter_for_which_nobody_speaks(lab: Lab) -> None:
    zone = lab.zone("example.net")
    zone["@", "TXT"], zone["_dmarc", "TXT"] = [], []
    say(lab)
    [letter] = lab.mailbox(BOB)
    assert letter.folder == "Junk"
    assert "spf=none" in str(letter["Authentication-Results"])


def test_a_pass_of_dmarc_outweighs_a_fail_of_spf(lab: Lab) -> None:
    """A forwarder keeps the envelope's sender and the letter's octets."""
    publish(lab, "v=DMARC1; p=reject")
    lab.host(MX1).reject_on_policy = True
    assert reply_to(say(lab, at="mx.alumni.example", letter=ALICES), ".").startswith("250 ")
    [letter] = lab.mailbox(BOB)
    assert letter.folder == "INBOX"
    assert letter["Authentication-Results"] == (
        f"{MX1}; spf=fail smtp.mailfrom={ALICE}; dkim=pass header.d=example.net header.s=s1;"
        " dmarc=pass header.from=example.net"
    )


def test_a_footer_breaks_dkim_and_with_it_dmarc(lab: Lab) -> None:
    """A mailing list sends under its own name, and changes the letter."""
    publish(lab, "v=DMARC1; p=quarantine")
    footer = b"-- \r\nthe bakers\r\n"
    say(lab, at=LIST, mail_from="bakers-bounces@alumni.example", letter=ALICES + footer)
    [letter] = lab.mailbox(BOB)
    assert letter.folder == "Junk"
    assert "spf=pass" in letter["Authentication-Results"]
    assert "dkim=fail" in letter["Authentication-Results"]
    assert "dmarc=fail" in letter["Authentication-Results"]
    lab.host(MX1).reject_on_policy = True
    lab.zone("example.net")["_dmarc", "TXT"] = "v=DMARC1; p=reject"
    lab.clock.advance(minutes=10)
    lines = say(lab, at=LIST, mail_from="bakers-bounces@alumni.example", letter=ALICES + footer)
    assert reply_to(lines, ".").startswith("550 5.7.1 ")


# ---- what others wrote in our name


def test_forged_results_are_not_read(lab: Lab) -> None:
    forged = (
        b"Authentication-Results: MX1.example.com; dmarc=pass header.from=example.net\r\n"
        b"Authentication-Results: mx2.example.com (quick)\r\n\t; spf=pass\r\n"
        b"Authentication-Results: mx.alumni.example; spf=pass smtp.mailfrom=alice@example.net\r\n"
    )
    publish(lab, "")
    say(lab, mail_from="mallory@mallory.example", letter=forged + cake.replace("\n", "\r\n").encode())
    [letter] = lab.mailbox(BOB)
    own, other = letter.get_all("Authentication-Results")
    assert own.startswith(f"{MX1}; spf=pass smtp.mailfrom=mallory@mallory.example;")
    assert other.startswith("mx.alumni.example; ")
    assert letter.octets.startswith(forged)
    assert lab.fetch(BOB) == letter.message


def test_results_stand_above_received_and_below_the_return_path(lab: Lab) -> None:
    say(lab, at=HOME)
    [letter] = lab.mailbox(BOB)
    assert list(letter)[:3] == ["Return-Path", "Authentication-Results", "Received"]
    assert letter.octets == cake.replace("\n", "\r\n").encode()
