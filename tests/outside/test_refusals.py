"""What a mail server refuses, and that the connection is kept; and what comes to a port that is no mail at all."""

from __future__ import annotations

import random
import re
import smtplib
import socket
from pathlib import Path

import pytest

from labmail import Lab, cake
from tests.outside.up import BOB, HELO, SENDER, Places, dig, run, status, swaks

MX1, NS = "mx1.example.com", "ns.example"


def refusals(text: str) -> list[str]:
    """The replies that swaks marks as a refusal, without what follows code and enhanced code."""
    return re.findall(r"^<(?:\*\*|\*\*\*)\s+(\d{3}(?: \d\.\d\.\d+)?)", text, re.MULTILINE)


REFUSED = {
    "a foreign domain": (("--to", "alice@example.net"), "550 5.7.1"),
    "a foreign domain that does not exist": (("--to", "nobody@labmail.invalid"), "550 5.7.1"),
    "an unknown user": (("--to", "carol@example.com"), "550 5.1.1"),
    "no address to write to": (("--to", "two words@example.com"), "501 5.1.3"),
    "no address to write from": (("--from", "two words@example.com"), "501 5.1.7"),
    "no name of a host": (("--helo", "two words"), "501"),
}


@pytest.mark.needs("swaks")
@pytest.mark.parametrize(("words", "reply"), REFUSED.values(), ids=REFUSED)
def test_refused_and_goodbye(base: Places, words: tuple[str, ...], reply: str) -> None:
    ran = swaks(base[MX1], *words)
    assert ran.code != 0
    assert refusals(ran.text)[0] == reply
    assert ran.text.rstrip().splitlines()[-2].startswith("<-  221")  # the connection was kept, and ended in peace


@pytest.mark.needs("swaks")
def test_one_refused_of_two(lab: Lab, places: Places) -> None:
    ran = swaks(places[MX1], to=f"carol@example.com,{BOB}")
    assert refusals(ran.text) == ["550 5.1.1"]
    assert ran.code == 0
    assert len(lab.mailbox(BOB)) == 1


@pytest.mark.needs("swaks")
def test_one_refused_of_two_pipelined(lab: Lab, places: Places) -> None:
    ran = swaks(places[MX1], "--pipeline", to=f"carol@example.com,{BOB}")
    assert "550 5.1.1" in ran.text
    assert ran.code == 0
    assert len(lab.mailbox(BOB)) == 1


@pytest.mark.needs("swaks", "curl")
def test_oversize(lab: Lab, places: Places, tmp_path: Path) -> None:
    lab.host(MX1).size_max_octets = 1000
    letter = tmp_path / "letter.eml"
    letter.write_text(cake + "x" * 60 + "\n" + "y" * 800 + "\n")
    after_the_letter = swaks(places[MX1], "--data", f"@{letter}")
    assert (refusals(after_the_letter.text), after_the_letter.code) == (["552 5.3.4"], 26)
    assert after_the_letter.text.rstrip().splitlines()[-2].startswith("<-  221")
    words = ("--verbose", "--silent", "--mail-from", SENDER, "--mail-rcpt", BOB, "--upload-file", str(letter))
    at_mail = run("curl", *words, f"smtp://127.0.0.1:{places[MX1]}/{HELO}")  # it says SIZE= after MAIL
    assert "< 552 5.3.4" in at_mail.text
    assert "> RCPT" not in at_mail.text
    assert lab.mailbox(BOB) == []


CLUMSY = [  # code and line, all in one session
    (503, "MAIL FROM:<you@outside.example>"),
    (500, "BAKE cake"),
    (500, ""),
    (501, "HELO"),
    (250, "HELO outside.example"),
    (503, "RCPT TO:<bob@example.com>"),
    (503, "DATA"),
    (501, "MAIL"),
    (501, "MAIL FROM you"),
    (500, "x" * 600),
    (250, "MAIL FROM:<you@outside.example>"),
    (503, "MAIL FROM:<you@outside.example>"),
    (503, "DATA"),
    (501, "RCPT TO:<bob>"),
    (550, "RCPT TO:<carol@example.com>"),
    (250, "RCPT TO:<bob@example.com>"),
    (501, "DATA now"),
    (501, "QUIT now"),
    (503, "STARTTLS"),
    (250, "RSET"),
    (250, "NOOP"),
]


def test_bad_commands_keep_the_connection(base: Places) -> None:
    with smtplib.SMTP("127.0.0.1", base[MX1], local_hostname=HELO) as smtp:
        assert [(smtp.docmd(line)[0], line) for _, line in CLUMSY] == CLUMSY
        smtp.sendmail(SENDER, BOB, cake)


# ---- what is no mail

HEAD = b"HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n"
NONSENSE = {
    "a web browser": b"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: x\r\n\r\n",
    "TLS": bytes.fromhex("1603010200010001fc0303") + bytes(range(256)) * 2,
    "zeros": b"\0" * 200_000,
    "one endless line": b"x" * 300_000,
    "line ends": b"\n" * 1000 + b"\r" * 1000 + b"\r\n" * 1000,
    "chance": random.Random(3).randbytes(100_000),
    "half a command": b"MAIL FROM:<you@",
    "a letter without its end": HEAD + b"Subject: x\r\n\r\nx\r\n.",
    "all at once, and more": HEAD + b"x\r\n.\r\nQUIT\r\nNOOP\r\n",
}


def pour(port: int, octets: bytes) -> bytes:
    """What netcat would do: say all of it, then listen to the end."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as sock:
        answer = bytearray()
        try:
            sock.sendall(octets)
            sock.shutdown(socket.SHUT_WR)
            while piece := sock.recv(65_536):
                answer += piece
        except ConnectionError:  # cut off by the other side: it has heard enough
            pass
        return bytes(answer)


@pytest.mark.parametrize("octets", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_on_a_mail_port(lab: Lab, places: Places, octets: bytes) -> None:
    answer = pour(places[MX1], octets)
    assert answer.startswith(b"220 mx1.example.com ")
    assert all(re.match(rb"[2-5]\d\d[ -][ -~]*$", line) for line in answer.splitlines())
    assert len(lab.mailbox(BOB)) == (octets is NONSENSE["all at once, and more"])
    assert not lab.record.filter(kind="fault")
    with smtplib.SMTP("127.0.0.1", places[MX1], local_hostname=HELO) as smtp:  # and the next one is served
        smtp.sendmail(SENDER, BOB, cake)


@pytest.mark.needs("dig")
@pytest.mark.parametrize("octets", [*NONSENSE.values(), b"\0\0", b"\xff\xff" + b"\0" * 12])
def test_nonsense_on_the_name_server(lab: Lab, places: Places, octets: bytes) -> None:
    port = places[NS]
    pour(port, octets)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(octets[:60_000], ("127.0.0.1", port))
        sock.sendto(b"", ("127.0.0.1", port))
    assert status(dig(port, "example.com", "MX")) == "NOERROR"
    assert status(dig(port, "+tcp", "example.com", "MX")) == "NOERROR"
    assert not lab.record.filter(kind="fault")


def test_a_hundred_who_say_nothing(lab: Lab, places: Places) -> None:
    before = descriptors()
    silent = [socket.create_connection(("127.0.0.1", places[MX1]), timeout=20) for _ in range(100)]
    assert all(sock.recv(3) == b"220" for sock in silent)
    with smtplib.SMTP("127.0.0.1", places[MX1], local_hostname=HELO) as smtp:
        smtp.sendmail(SENDER, BOB, cake)
    for sock in silent:
        sock.close()
    lab.reset()
    assert descriptors() <= before


def descriptors() -> int:
    return len(list(Path("/dev/fd").iterdir()))
