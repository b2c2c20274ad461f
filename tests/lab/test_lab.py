"""The lab as a learner holds it: what it does, how it ends, and what it says to a mistake."""

import gc
import smtplib
import socket
import subprocess
import sys
import threading
import time
import weakref

import pytest

from labmail import Lab, LabError, cake
from labmail.errors import LabStopped, UnknownHost
from labmail.smtp.client import HungUp
from tests import leaks

ALICE, BOB, MX1, MX2 = "alice@example.net", "bob@example.com", "mx1.example.com", "mx2.example.com"
PROVIDER = "mail.example.net"


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


@pytest.fixture
def nothing_left():
    Lab().stop()  # what a first lab loads stays loaded
    with leaks.nothing_left():
        yield


def say_with_smtplib(lab, host=PROVIDER, server=MX1, to=BOB):
    with lab.at(host), smtplib.SMTP(server, 25) as smtp:
        return smtp.sendmail(ALICE, [to], cake)


# ---- a letter


def test_the_seeds_dialog_with_unmodified_smtplib():
    with Lab("01-smtp-dialog") as lab:
        with lab.at(PROVIDER), smtplib.SMTP(MX1, 25) as smtp:
            smtp.helo()
            smtp.mail(ALICE)
            smtp.rcpt(BOB)
            smtp.data(cake)
        dialog = repr(lab.conversation(PROVIDER, MX1))
        for small, capital in ("mail from:", "mail FROM:"), ("rcpt to:", "rcpt TO:"):  # small since Python 3.13
            dialog = dialog.replace(small, capital)
        assert dialog.splitlines() == [
            "mail.example.net [192.0.2.67] to mx1.example.com [198.51.100.1] port 25",
            "S: 220 mx1.example.com SMTP server ready",
            "C: helo mail.example.net",
            "S: 250 mx1.example.com Hello mail.example.net [192.0.2.67]",
            "C: mail FROM:<alice@example.net>",
            "S: 250 OK",
            "C: rcpt TO:<bob@example.com>",
            "S: 250 Accepted",
            "C: data",
            'S: 354 Enter message, ending with "." on a line by itself',
            "C: From: Alice <alice@example.net>",
            "C: To: Bob <bob@example.com>",
            "C: Date: Mon, 01 Jun 2026 09:00:00 +0000",
            "C: Subject: Re: The Cake",
            "C:",
            "C: Don't forget to bring the cake!",
            "C: .",
            "S: 250 OK",
            "C: QUIT",
            "S: 221 closing connection",
        ]


def test_lab_send_asks_for_the_mx_and_delivers(lab):
    assert lab.send(cake, BOB).delivered == (BOB,)
    (letter,) = lab.wait_for_mail(BOB)
    assert letter.octets.endswith(cake.replace("\n", "\r\n").encode())
    assert letter["Subject"] == "Re: The Cake"
    assert letter.folder == "INBOX"
    assert letter["Received"].startswith("from mail.example.net ([192.0.2.67])")
    kinds = [(event.kind, event.by) for event in lab.record if event.kind in ("chose", "stored")]
    assert kinds == [("chose", PROVIDER), ("stored", MX1)]


def test_it_is_stored_before_250_is_said(lab):
    lab.send(cake, BOB)
    stored = lab.record.filter(kind="stored")[0].number
    dot = next(event.number for event in lab.record if event.octets == b".\r\n")
    yes = next(event for event in lab.record if event.number > stored and event.kind == "said")
    assert dot < stored
    assert yes.octets.startswith(b"250")


def test_it_falls_back_to_the_next_server(lab):
    lab.host(MX1).stop()
    assert "connection refused" in repr(lab.send(cake, BOB))
    assert lab.conversation(PROVIDER, MX2).open is False
    lab.host(MX1).start()
    assert lab.send(cake, BOB).attempts[-1].server == MX1


def test_pulling_a_plug_is_an_event_and_only_when_it_changes_something(lab):
    for act in ("start", "stop", "stop", "start", "start", "stop"):
        getattr(lab.host(MX1), act)()
    lab.host("laptop.example.net").stop()  # it offers nothing
    noted = [(event.kind, event.by, event.value) for event in lab.record]
    assert noted == [(kind, MX1, "198.51.100.1") for kind in ("stopped", "started", "stopped")]
    lab.reset()  # a new first minute, with all plugged in
    assert lab.host(MX1).up
    assert len(lab.record) == 0


def test_a_plug_that_is_pulled_comes_before_the_wires_that_it_cuts(lab):
    with lab.at(PROVIDER), smtplib.SMTP(MX1, 25):
        lab.host(MX1).stop()
        kinds = [event.kind for event in lab.record]
    assert kinds[kinds.index("stopped") + 1 :].count("close") == 1


def test_from_home_port_25_is_filtered(lab):
    with lab.at("laptop.example.net"), pytest.raises(TimeoutError, match="within 300 s of lab time"):
        smtplib.SMTP(MX1, 25)
    lab.host(MX1).spf_at = None
    say_with_smtplib(lab, host="vps.example")  # the seed's way around it


def test_relaying_is_refused(lab):
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        say_with_smtplib(lab, to="info@example.org")
    code, text = refused.value.recipients["info@example.org"]
    assert code == 550
    assert text.startswith(b"5.7.1 ")


def test_a_step_knows_where_the_server_is(lab):
    with lab.step(PROVIDER, MX1) as step:
        assert step.say("MAIL FROM:<alice@example.net>").code == 503
        step.say("HELO mail.example.net")
        step.say("MAIL FROM:<alice@example.net>")
        assert step.state == "sender"
        assert step.say("RCPT TO:<carol@example.com>").code == 550
        assert step.state == "sender"
        step.say("QUIT")
        with pytest.raises(HungUp, match=r"lab.step\(...\) opens another"):
            step.say("NOOP")


def test_every_domain_has_a_postmaster(lab):
    with lab.at(PROVIDER), smtplib.SMTP(MX1, 25) as smtp:
        smtp.helo()
        smtp.mail("")
        for recipient in ("<Postmaster>", "POSTMASTER@example.com", '"bob"@Example.COM'):
            assert smtp.rcpt(recipient)[0] == 250
        smtp.data(cake)
    assert len(lab.mailbox("postmaster@example.com")) == 2
    assert [letter["Subject"] for letter in lab.mailbox(BOB)] == ["Re: The Cake"]


# ---- names


def test_names_are_looked_up_in_the_labs_own_dns(lab):
    lab.zone("example.com")["mx1", "A"] = "198.51.100.2"  # the learner moves it
    say_with_smtplib(lab)
    assert lab.conversations()[0].wire.server == MX2
    with (
        lab.at(PROVIDER),
        pytest.raises(socket.gaierror, match=r"nosuch.example.com does not exist, says the lab's DNS"),
    ):
        smtplib.SMTP("nosuch.example.com", 25)


def test_each_host_has_its_own_cache_and_lab_time_empties_it(lab):
    lab.dig("example.com", "MX")
    assert lab.resolver.cache
    with lab.at(PROVIDER):
        assert not lab.resolver.cache
        lab.dig("example.com", "MX")
        lab.zone("example.com")["@", "MX"] = "5 mx2"
        assert lab.dig("example.com", "MX").records == ("10 mx1.example.com.", "20 mx2.example.com.")
        lab.clock.advance(minutes=5)
        assert lab.dig("example.com", "MX").records == ("5 mx2.example.com.",)


def test_a_silent_name_server_takes_lab_time_and_not_ours(lab):
    lab.name_server.fail("example.com", "MX", "timeout")
    began = time.monotonic()
    sent = lab.send(cake, BOB)
    assert time.monotonic() - began < 5
    assert sent.deferred == (BOB,)
    assert lab.clock.now.isoformat() > "2026-06-01T09:00:04"


def test_the_real_dns_is_never_asked_for_a_lab_name(lab):
    for name in ("example.com", "mx9.example.com", "anything.test", "MX1.EXAMPLE.COM."):
        with pytest.raises(OSError, match="you sit at no host"):
            socket.create_connection((name, 25))
    assert not lab._running.is_lab_name("iana.org")


# ---- mistakes


MISTAKES = {
    "an unknown host": (lambda lab: lab.host("mx3.example.com"), "mx3.example.com is no host of this lab"),
    "a seat nowhere": (lambda lab: lab.at("mx3.example.com").__enter__(), "is no host of this lab"),
    "an unknown mailbox": (lambda lab: lab.mailbox("bop@example.com"), "did you mean bob@example.com"),
    "an unknown zone": (lambda lab: lab.zone("exmaple.com"), "did you mean example.com"),
    "a setting misspelt": (lambda lab: lab.host(MX1).enhanced_code, "did you mean enhanced_codes"),
    "a setting of the wrong kind": (
        lambda lab: setattr(lab.host(MX1), "enhanced_codes", "off"),
        "enhanced_codes of mx1.example.com is true or false, not 'off'",
    ),
    "a setting set and misspelt": (lambda lab: setattr(lab.host(MX1), "sise", 1), "it has enhanced_codes"),
    "a dialog that was not": (lambda lab: lab.conversation(MX1, MX2), "have not spoken yet"),
    "a clock turned back": (lambda lab: lab.clock.advance(hours=-1), "the clock runs forward only"),
    "a letter with no sender": (lambda lab: lab.send("Subject: x\n\n", BOB), "no single address in From:"),
    "a recipient that is none": (lambda lab: lab.send(cake, "bob"), "bob"),
    "mail that does not come": (lambda lab: lab.wait_for_mail(BOB, 1, timeout_s=0.05), "holds 0 of 1 letters"),
    "an event that is not there": (lambda lab: lab.record[99], "event 99 is not in the record"),
}


@pytest.mark.parametrize(("mistake", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_gets_a_sentence(lab, mistake, sentence):
    with pytest.raises(LabError, match=sentence) as caught:
        mistake(lab)
    assert "\n" not in str(caught.value)


def test_no_such_host_is_an_unknown_host(lab):
    with pytest.raises(UnknownHost):
        lab.wire(PROVIDER, "nowhere.example")


# ---- its life


def test_stop_twice_and_what_is_in_hand_stays_readable(nothing_left):
    lab = Lab()
    lab.send(cake, BOB)
    conversation, record = lab.conversation(PROVIDER, MX1), lab.record
    lab.stop()
    lab.stop()
    assert "250 2.0.0 OK" in repr(conversation)
    assert len(record) == len(lab.record)
    assert repr(lab) == "Lab base: 13 hosts, stopped"
    with pytest.raises(LabStopped, match=r"make a new one with Lab\(\)"):
        lab.send(cake, BOB)


def test_the_set_up_cell_run_twice_ends_the_first_lab(nothing_left):
    lab = Lab()
    first = weakref.ref(lab)
    lab = Lab()
    gc.collect()
    assert first() is None
    lab.send(cake, BOB)
    lab.stop()


def test_a_hundred_starts_and_stops_leave_nothing(nothing_left):
    for _ in range(100):
        Lab().stop()


def test_a_hundred_resets_while_clients_talk(nothing_left):
    lab, done = Lab(), threading.Event()

    def chatter():
        while not done.is_set():
            try:
                say_with_smtplib(lab)
            except (OSError, LabError, smtplib.SMTPException):
                continue

    threads = [threading.Thread(target=chatter) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(100):
        lab.reset()
    done.set()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
    lab.reset()
    assert lab.mailbox(BOB) == []
    lab.send(cake, BOB)
    assert len(lab.mailbox(BOB)) == 1
    lab.stop()


def test_reset_gives_the_first_minute_again(lab):
    mx1 = lab.host(MX1)
    lab.send(cake, BOB)
    first = [(e.number, e.kind, e.by, e.octets, e.at) for e in lab.record]
    old = lab.record
    mx1.enhanced_codes = False
    lab.zone("example.com")["@", "MX"] = []
    lab.host(MX2).stop()
    lab.wire(PROVIDER, MX1).drop()
    lab.clock.advance(days=2)
    lab.reset()
    assert (mx1.enhanced_codes, lab.mailbox(BOB), lab.host(MX2).up) == (True, [], True)
    assert old.over == "reset"
    lab.send(cake, BOB)
    assert [(e.number, e.kind, e.by, e.octets, e.at) for e in lab.record] == first


def test_a_file_keeps_the_letters(tmp_path):
    with Lab(file=tmp_path / "mail.sqlite") as lab:
        lab.send(cake, BOB)
        lab.reset()
        assert len(lab.mailbox(BOB)) == 1  # a reset touches no file that the user named
    with Lab(file=tmp_path / "mail.sqlite") as lab:
        assert [letter["Subject"] for letter in lab.mailbox(BOB)] == ["Re: The Cake"]


def test_a_lab_that_could_not_start_holds_no_file(tmp_path):
    broken = tmp_path / "mail-mallory.example.sqlite"  # the last of its providers
    broken.write_text("This is no database, and long enough to be looked at as one.\n" * 20)
    with pytest.raises(LabError, match="mallory.example") as caught:
        Lab(file=tmp_path / "mail.sqlite")
    broken.unlink()
    with Lab(file=tmp_path / "mail.sqlite") as lab:
        assert lab.mailbox(BOB) == []
    assert caught.tb  # its frames, and what they hold, were still there


def test_labs_are_apart():
    with Lab() as one, Lab("trusting") as two:
        one.send(cake, BOB)
        with one.at(PROVIDER), two.at("vps.example"):
            say_with_smtplib(two, host="vps.example")
        assert [letter["Received"][:24] for letter in two.mailbox(BOB)] == ["from vps.example ([198.5"]
        assert len(one.mailbox(BOB)) == 1


def test_the_same_lab_in_memory_opens_no_socket(nothing_left):
    before = leaks.descriptors()
    with Lab(memory=True) as lab:
        opened = leaks.descriptors() - before
        assert lab.send(cake, BOB).delivered == (BOB,)
        with lab.step(PROVIDER, MX1) as step:
            assert step.say("NOOP").code in (250, 503)
        with lab.at(PROVIDER), pytest.raises(LabError, match="lives in memory and has no socket for mx1.example.com"):
            smtplib.SMTP(MX1, 25)
        assert opened <= 3  # the loop's own selector and its wake-up pair


def test_an_interrupt_during_a_held_reply_comes_through(lab, interrupt_soon):
    lab.wire(PROVIDER, MX1).hold()
    step = lab.step(PROVIDER, MX1)
    interrupt_soon()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        step.reply()
    assert time.monotonic() - began < 5  # a limit against hanging, on a machine that does other things too
    assert "held on the wire from mx1.example.com to mail.example.net" in lab.why()
    lab.wire(PROVIDER, MX1).clear()
    assert step.reply().code == 220
    step.close()


def test_import_is_light():
    script = "import sys, labmail; print(sorted({'aiosmtpd', 'dns', 'ipywidgets', 'matplotlib'} & set(sys.modules)))"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30)
    assert ended.stdout.strip() == "[]"
    script = "import sys; from labmail import Lab; Lab().stop(); print('ipywidgets' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30)
    assert ended.stdout.strip() == "False"


def test_an_old_python_gets_a_sentence():
    import labmail

    assert labmail.__version__
    with pytest.raises(AttributeError, match="labmail has no Lap; it offers Lab"):
        _ = labmail.Lap
