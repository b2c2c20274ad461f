"""swaks, curl, msmtp and smtplib deliver. What they sent after 354, seen by a tap of our own, is what is stored."""

from __future__ import annotations

import smtplib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from labmail import Lab, cake
from labmail.store import Letter
from tests.outside.relay import Relay, relay
from tests.outside.up import BOB, HELO, SENDER, Places, Ran, run, swaks, up

MX1 = "mx1.example.com"
HEAD = (
    "From: You <you@outside.example>\n"
    "To: Bob <bob@example.com>\n"
    "Date: Mon, 01 Jun 2026 09:00:00 +0000\n"
    "Message-ID: <1@outside.example>\n"
)
LETTERS = {  # as a file of this machine: lines end with LF
    "the cake": cake.encode(),
    "dots": f"{HEAD}\n.\n..\n...\n.one\n .two\nx.\n.\n\n.three\n".encode(),
    "UTF-8": f"{HEAD}Subject: Rührkuchen 🎂\n\nGrüße\n".encode(),
    "8-bit, no UTF-8": HEAD.encode() + b"\nGr\xfc\xdfe \x80\xff\n",
    "the longest line": f"{HEAD}\n{'x' * 998}\n.{'y' * 997}\n".encode(),
    "no end of the last line": f"{HEAD}\nends here".encode(),
    "no body": HEAD.encode(),
    "empty lines at the end": f"{HEAD}\nx\n\n\n".encode(),
    "control characters": HEAD.encode() + b"\n\x01\x02\t\x0b\x0c\x1b[1m\x7f\n",
    "large": f"{HEAD}\n".encode() + b"Don't forget to bring the cake!\n" * 30_000,
}


def by_swaks(port: int, file: Path) -> Ran:
    return swaks(port, "--data", f"@{file}")


def by_swaks_pipelining(port: int, file: Path) -> Ran:
    return swaks(port, "--pipeline", "--data", f"@{file}")


def by_curl(port: int, file: Path, *options: str) -> Ran:
    words = ("--mail-from", SENDER, "--mail-rcpt", BOB, "--upload-file", str(file), *options)
    return run("curl", "--silent", "--show-error", f"smtp://127.0.0.1:{port}/{HELO}", *words)


def by_curl_converting(port: int, file: Path) -> Ran:
    return by_curl(port, file, "--crlf")


def by_msmtp(port: int, file: Path) -> Ran:
    where = ("--file=/dev/null", "--host=127.0.0.1", f"--port={port}", f"--domain={HELO}", f"--from={SENDER}")
    return run("msmtp", *where, BOB, stdin=file.read_bytes())


def by_smtplib(port: int, file: Path) -> Ran:
    with smtplib.SMTP("127.0.0.1", port, local_hostname=HELO) as smtp:
        smtp.sendmail(SENDER, BOB, file.read_bytes().replace(b"\n", b"\r\n"), ["BODY=8BITMIME"])
    return Ran("", 0)


PROGRAMS = [
    pytest.param(by_swaks, marks=pytest.mark.needs("swaks"), id="swaks"),
    pytest.param(by_swaks_pipelining, marks=pytest.mark.needs("swaks"), id="swaks --pipeline"),
    pytest.param(by_curl_converting, marks=pytest.mark.needs("curl"), id="curl"),
    pytest.param(by_msmtp, marks=pytest.mark.needs("msmtp"), id="msmtp"),
    pytest.param(by_smtplib, id="smtplib"),
]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """One for all letters of this file: each test looks at the last that came."""
    with Lab() as lab:
        yield lab


@pytest.fixture
def tap(places: Places) -> Iterator[Relay]:
    with relay(places[MX1]) as tap:
        yield tap


def arrived(lab: Lab) -> Letter:
    return lab.mailbox(BOB)[-1]


@pytest.mark.parametrize("letter", LETTERS.values(), ids=LETTERS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_what_was_sent_is_what_is_stored(
    lab: Lab, tap: Relay, tmp_path: Path, program: Callable[[int, Path], Ran], letter: bytes
) -> None:
    before = len(lab.mailbox(BOB))
    file = tmp_path / "letter.eml"
    file.write_bytes(letter)
    ran = program(tap.port, file)
    assert ran.code == 0, ran.text
    assert len(lab.mailbox(BOB)) == before + 1
    stored = arrived(lab)
    assert stored.octets == tap.letter
    assert stored.return_path == SENDER
    # and the file's own lines are in it: msmtp adds headers on top where it misses some, swaks an end of line
    lines = letter.replace(b"\n", b"\r\n")
    assert stored.octets.rstrip(b"\r\n").endswith(lines.rstrip(b"\r\n"))


RAW = {  # as they are: CR LF is the end of a line, and nothing else is
    "LF alone": b"Subject: x\r\n\r\none\ntwo\r\n",
    "CR alone": b"Subject: x\r\n\r\none\rtwo\r\r\n",
    "an end that is none": b"Subject: x\r\n\r\none\n.\ntwo\n.\r\nthree\r.\r\nfour\r\n",
    "another letter inside": b"Subject: x\r\n\r\nhi\n.\nMAIL FROM:<alice@example.net>\r\nRCPT TO:<bob@example.com>\r\n",
    "NUL": b"Subject: x\r\n\r\n\0\0\r\n",
}


@pytest.mark.needs("curl")
@pytest.mark.parametrize("letter", RAW.values(), ids=RAW)
def test_odd_octets_are_kept_or_refused_whole(lab: Lab, tap: Relay, tmp_path: Path, letter: bytes) -> None:
    before = len(lab.mailbox(BOB))
    file = tmp_path / "letter.eml"
    file.write_bytes(letter)
    ran = by_curl(tap.port, file)
    assert ran.code == 0, ran.text
    assert len(lab.mailbox(BOB)) == before + 1
    assert arrived(lab).octets == tap.letter


def test_who_comes_through_a_port_sits_outside(lab: Lab, places: Places) -> None:
    with smtplib.SMTP("127.0.0.1", places[MX1], local_hostname="wherever.example") as smtp:
        assert b"Hello wherever.example [198.51.100.200]" in smtp.ehlo()[1]
        smtp.sendmail(SENDER, BOB, cake)
    [received] = arrived(lab).get_all("Received")
    assert "[198.51.100.200]" in received
    assert "127.0.0.1" not in arrived(lab).message.decode()
    assert "127.0.0.1" not in repr(lab.conversation("outside.example", MX1))


@pytest.mark.needs("swaks")
def test_seated_elsewhere() -> None:
    with up("--as", "mallory.example") as places:
        assert "[203.0.113.66]" in swaks(places[MX1], "--quit-after", "HELO").text


@pytest.mark.needs("swaks")
def test_the_port_stays(lab: Lab, places: Places) -> None:
    port = places[MX1]
    lab.reset()
    assert swaks(port).code == 0
    lab.host(MX1).stop()
    assert swaks(port).code != 0
    lab.host(MX1).start()
    assert swaks(port).code == 0
    assert {each.host: each.port for each in lab.expose()}[MX1] == port


def test_many_letters_in_one_session(lab: Lab, tap: Relay) -> None:
    before = len(lab.mailbox(BOB))
    with smtplib.SMTP("127.0.0.1", tap.port, local_hostname=HELO) as smtp:
        for number in range(50):
            smtp.sendmail(SENDER, [BOB], f"Subject: {number}\r\n\r\n{number}\r\n")
    assert [letter["Subject"] for letter in lab.mailbox(BOB)[before:]] == [str(number) for number in range(50)]


def test_waiting_for_mail_while_it_comes(lab: Lab, places: Places) -> None:
    """The lab goes on noting while a thread waits and looks at the mailbox for each letter."""
    before = len(lab.mailbox(BOB))
    found: list[Letter] = []
    waiting = threading.Thread(target=lambda: found.extend(lab.wait_for_mail(BOB, before + 50)), daemon=True)
    waiting.start()
    with smtplib.SMTP("127.0.0.1", places[MX1], local_hostname=HELO, timeout=20) as smtp:
        for _ in range(60):
            smtp.sendmail(SENDER, [BOB], cake)
    waiting.join(20)
    assert len(found) >= before + 50
