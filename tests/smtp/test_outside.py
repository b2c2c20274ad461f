"""Programs that we did not write deliver to mx1; what they sent after 354 is what is kept."""

import re
import subprocess

import pytest

from tests.smtp.exchange import HOSTS, MX1

LETTER = (
    b"From: Alice <alice@example.net>\r\nTo: Bob <bob@example.com>\r\nSubject: cake\r\n\r\n.dot\r\n..\r\n\r\nbye\r\n"
)
OUTSIDE = "outside.example"


@pytest.fixture
def door(on_sockets):
    net, office = on_sockets
    net.call(net.hosts.update, {OUTSIDE: "198.51.100.200"})
    address, port = net.run(net.expose(HOSTS[MX1], 25, OUTSIDE))
    return net, office, f"{address}:{port}"


def run(*command, letter=LETTER):
    done = subprocess.run(command, input=letter, capture_output=True, timeout=20, check=False)
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")


def sent_after_354(net):
    """What crossed the wire in the last letter, un-stuffed as RFC 5321 section 4.5.2 says."""
    heard = [event.octets for event in net.record if event.kind == "heard"]
    begin = max(index for index, line in enumerate(heard) if line.upper() == b"DATA\r\n") + 1
    end = heard.index(b".\r\n", begin)
    return re.sub(rb"(^|(?<=\r\n))\.", b"", b"".join(heard[begin:end]))


@pytest.mark.needs("swaks")
def test_swaks(door):
    net, office, place = door
    code, said = run(
        "swaks", "--server", place, "--from", "alice@example.net", "--to", "bob@example.com,user1@example.com",
        "--helo", OUTSIDE, "--data", "-", "--pipeline",
    )  # fmt: skip
    assert code == 0, said
    net.settle()
    [letter] = office.taken
    assert letter.octets == sent_after_354(net)
    assert b"\r\n.dot\r\n..\r\n\r\nbye\r\n" in letter.octets
    assert letter.recipients == ("bob@example.com", "user1@example.com")
    assert (letter.helo, letter.wire.client) == (OUTSIDE, OUTSIDE)


@pytest.mark.needs("swaks")
@pytest.mark.parametrize(("to", "code"), [("carol@example.com", b"550 5.1.1"), ("dave@example.org", b"550 5.7.1")])
def test_swaks_is_refused(door, to, code):
    _, office, place = door
    status, said = run("swaks", "--server", place, "--from", "alice@example.net", "--to", to, "--helo", OUTSIDE)
    assert status != 0
    assert code.decode() in said
    assert office.taken == []


@pytest.mark.needs("curl")
def test_curl(door):
    net, office, place = door
    code, said = run(
        "curl", "--silent", "--show-error", f"smtp://{place}/{OUTSIDE}", "--mail-from", "alice@example.net",
        "--mail-rcpt", "bob@example.com", "--upload-file", "-",
    )  # fmt: skip
    assert code == 0, said
    net.settle()
    assert [letter.octets for letter in office.taken] == [LETTER]


@pytest.mark.needs("msmtp")
def test_msmtp(door):
    net, office, place = door
    address, port = place.split(":")
    code, said = run(
        "msmtp", "--file=/dev/null", f"--host={address}", f"--port={port}", f"--domain={OUTSIDE}", "--tls=off",
        "--auth=off", "--from=alice@example.net", "bob@example.com", letter=LETTER.replace(b"\r\n", b"\n"),
    )  # fmt: skip
    assert code == 0, said
    net.settle()
    [letter] = office.taken
    assert letter.octets == sent_after_354(net)
    assert letter.octets.endswith(b"Subject: cake\r\n\r\n.dot\r\n..\r\n\r\nbye\r\n")
