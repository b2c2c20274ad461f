"""What happens after the dialog: DNS is down and comes back, a letter is checked after 250, others pass it on."""

from __future__ import annotations

import smtplib

import pytest

from labmail import Lab, cake
from tests.mta.receiving.test_servers import ALICE, BOB, FAIL, HOME, MALLORY, MX1, reply_to, say, verdicts

NS = "ns.example"


def found(lab: Lab) -> list[str]:
    return [str(letter["Authentication-Results"]) for letter in lab.mailbox(BOB)]


# ---- DNS is down


def test_without_dns_the_letter_stays_with_its_sender_and_arrives_when_dns_is_back(lab: Lab) -> None:
    with lab.at(HOME):
        lab.dig("example.com", "MX")  # so it knows where to
        lab.dig(MX1, "A")
    lab.host(NS).stop()
    with lab.at("laptop.example.net"), smtplib.SMTP("192.0.2.67", 587) as smtp:
        smtp.starttls()
        smtp.login("alice", "teaching-alice")
        smtp.sendmail(ALICE, BOB, cake)
    lines = lab.conversation(HOME, MX1).lines
    assert [line for line in lines if line.startswith("S: 4")] == [
        "S: 451 4.7.24 SPF temperror: no answer came to the question for TXT of example.net, try again later"
    ]
    assert lines[lines.index("C: .") + 1].startswith("S: 451 ")
    assert lab.mailbox(BOB) == []
    assert [event.value.disposition for event in verdicts(lab)] == ["defer"]
    lab.clock.advance(minutes=29)
    assert lab.mailbox(BOB) == []
    lab.host(NS).start()
    lab.clock.advance(minutes=2)
    [letter] = lab.mailbox(BOB)
    assert letter.folder == "INBOX"
    assert f"spf=pass smtp.mailfrom={ALICE}" in found(lab)[0]
    assert [event.value.disposition for event in verdicts(lab)] == ["defer", "none"]
    assert lab.mailbox(ALICE) == []


@pytest.mark.parametrize("at", ["MAIL", "RCPT"])
def test_an_early_check_is_put_off_as_early(lab: Lab, at: str) -> None:
    lab.host(MX1).spf_at = at
    with lab.step(HOME, MX1) as step:
        lab.host(NS).stop()
        step.say("EHLO mail.example.net")
        replies = {"MAIL": step.say(f"MAIL FROM:<{ALICE}>")}
        replies["RCPT"] = step.say(f"RCPT TO:<{BOB}>")
        assert (replies[at].code, replies[at].enhanced) == (451, "4.7.24")
        lab.host(NS).start()
        assert step.say(f"MAIL FROM:<{ALICE}>").code == (250 if at == "MAIL" else 503)
        assert step.say(f"RCPT TO:<{BOB}>").code == 250


# ---- 250 first


def test_a_check_that_comes_too_late_hits_whoever_was_forged(lab: Lab) -> None:
    lab.host(MX1).spf_at = "later"
    assert reply_to(say(lab), ".") == "250 2.0.0 OK"
    [report] = lab.wait_for_mail(ALICE, 1)
    assert lab.mailbox(BOB) == []
    assert report.return_path == ""
    assert b"Status: 5.7.23" in report.octets
    assert FAIL.encode() in b" ".join(report.octets.split())
    assert [(wire.wire.client, wire.wire.server) for wire in lab.conversations()] == [(MALLORY, MX1), (MX1, HOME)]
    assert repr(lab.conversations()).splitlines()[1:] == [
        "1  mallory.example  mx1.example.com   <alice@example.net>  <bob@example.com>    250 accepted",
        "2  mx1.example.com  mail.example.net  <>                   <alice@example.net>  250 accepted",
    ]


def test_what_passes_later_arrives_later(lab: Lab) -> None:
    lab.host(MX1).spf_at = "later"
    say(lab, at=HOME)
    assert "spf=pass" in found(lab)[0]
    [verdict], [stored] = verdicts(lab), lab.record.filter(kind="stored", by=MX1)
    [yes] = [event for event in lab.record.filter(kind="said", by=MX1) if event.octets == b"250 2.0.0 OK\r\n"]
    assert yes.number < verdict.number < stored.number
    assert lab.mailbox(ALICE) == []


def test_no_report_about_a_report(lab: Lab) -> None:
    lab.host(MX1).spf_at = "later"
    with lab.at(MALLORY), smtplib.SMTP(MX1, 25) as smtp:
        smtp.ehlo(HOME)  # it is not: SPF of that name fails
        smtp.sendmail("", BOB, cake)
    assert lab.mailbox(BOB) == []
    assert verdicts(lab)[0].value.spf.result == "fail"
    assert [each.wire.client for each in lab.conversations()] == [MALLORY]
    assert not [letter for box in (ALICE, BOB, f"postmaster@{MX1.partition('.')[2]}") for letter in lab.mailbox(box)]


def test_later_there_is_nobody_to_ask_again(lab: Lab) -> None:
    lab.host(MX1).spf_at = "later"
    with lab.at(HOME), smtplib.SMTP(MX1, 25) as smtp:
        lab.host(NS).stop()
        smtp.helo(HOME)
        smtp.sendmail(ALICE, BOB, cake)
    [letter] = lab.mailbox(BOB)
    assert "spf=temperror" in found(lab)[0]
    assert letter.folder == "INBOX"


# ---- others pass it on: Alice writes, her provider signs


def submitted(lab: Lab, to: str) -> str:
    """The results that Bob's server wrote about what came of it, and the folder."""
    lab.submit(cake.replace(BOB, to), to)
    [letter] = lab.mailbox(BOB)
    own = letter.get_all("Authentication-Results")[0]
    assert own.startswith(f"{MX1}; ")
    return f"{letter.folder}: {own.removeprefix(f'{MX1}; ')}"


def test_a_forwarder_breaks_spf_and_dkim_saves_the_letter(lab: Lab) -> None:
    lab.host(MX1).reject_on_policy = True
    assert submitted(lab, "bob@alumni.example") == (
        f"INBOX: spf=fail smtp.mailfrom={ALICE}; dkim=pass header.d=example.net header.s=s1;"
        " dmarc=pass header.from=example.net"
    )


def test_without_the_signature_a_forwarded_letter_is_a_spoof(lab: Lab) -> None:
    lab.host(HOME).sign = False
    lab.submit(cake.replace(BOB, "bob@alumni.example"), "bob@alumni.example")
    assert lab.mailbox(BOB) == []
    assert "S: 550 5.7.23 SPF fail: 198.51.100.44 may not send for example.net" in (
        lab.conversation("mx.alumni.example", MX1).lines
    )
    [report] = lab.wait_for_mail(ALICE)
    assert b"Status: 5.7.23" in report.octets


def test_the_footer_of_a_mailing_list_breaks_dkim_and_dmarc(lab: Lab) -> None:
    assert submitted(lab, "bakers@alumni.example") == (
        "Junk: spf=pass smtp.mailfrom=bakers-bounces@alumni.example;"
        " dkim=pass header.d=alumni.example header.s=s1; dkim=fail header.d=example.net header.s=s1;"
        " dmarc=fail header.from=example.net"
    )


def test_who_rejects_on_policy_hurts_the_mailing_list(lab: Lab) -> None:
    lab.host(MX1).reject_on_policy = True
    lab.submit(cake.replace(BOB, "bakers@alumni.example"), "bakers@alumni.example")
    assert lab.mailbox(BOB) == []
    refused = [line for line in lab.conversation("list.alumni.example", MX1).lines if line.startswith("S: 550")]
    says = "DMARC fail: nobody vouches for example.net in From:, and example.net asks to refuse such letters"
    assert refused == [f"S: 550 5.7.1 {says} (p=reject)"]


def test_what_somebody_forged_in_a_forwarders_name_does_not_go_on(lab: Lab) -> None:
    forged = "Authentication-Results: mx.alumni.example; dmarc=pass header.from=example.com\n"
    other = "Authentication-Results: mail.example.net; none\n"
    lab.host(MX1).refuse_spf_fail = False
    with lab.at(HOME), smtplib.SMTP("mx.alumni.example", 25) as smtp:
        smtp.sendmail("postmaster@mail.example.net", "bob@alumni.example", forged + other + cake)
    [letter] = lab.wait_for_mail(BOB)
    mine, theirs, last = letter.get_all("Authentication-Results")
    assert mine.startswith(f"{MX1}; spf=fail")
    assert theirs.startswith("mx.alumni.example; spf=pass")
    assert last == "mail.example.net; none"
    assert b"from=example.com" not in letter.octets
