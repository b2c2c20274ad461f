"""curl, fetchmail, mpop and getmail read by POP3: what they wrote to this machine is what lay in the mailbox."""

from __future__ import annotations

import poplib
import re
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from labmail import Lab
from tests.outside.up import BOB, Places, Ran, run

HOST = "mail.example.com"
LETTERS = tuple(
    f"From: Alice <alice@example.net>\nTo: Bob <bob@example.com>\nDate: Mon, 01 Jun 2026 09:00:00 +0000\n"
    f"Message-ID: <{number}@example.net>\nSubject: letter {number}\n\n{body}"
    for number, body in enumerate(("Hi Bob\n", ".\n..\n.dot\n", "Grüße 🎂\n", "x" * 990 + "\n", "the end"), 1)
)


@pytest.fixture
def letters(lab: Lab) -> list[bytes]:
    """What lies in Bob's mailbox, with the line ends of this machine."""
    for text in LETTERS:
        lab.send(text, BOB)
    messages = [letter.message for letter in lab.mailbox(BOB)]
    assert len(messages) == len(LETTERS)
    return [message.replace(b"\r\n", b"\n").rstrip(b"\n") for message in messages]


@pytest.fixture
def port(places: Places) -> int:
    return places.ports[HOST, "pop3"]


@pytest.fixture
def password(places: Places) -> str:
    assert places.accounts[BOB][0] == "bob"
    return places.accounts[BOB][1]


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    return tmp_path / "mail"


def arrived(maildir: Path) -> list[bytes]:
    """The letters in a Maildir."""
    return by_subject(file.read_bytes() for name in ("new", "cur") for file in (maildir / name).iterdir())


def by_subject(found: Iterable[bytes]) -> list[bytes]:
    texts = [text.rstrip(b"\n") for text in found]
    return sorted(texts, key=lambda text: re.search(rb"^Subject: .*$", text, re.MULTILINE)[0])


def own(texts: list[bytes]) -> list[bytes]:
    """From the first header that Alice wrote: programs put theirs on top, and may take Return-Path for themselves."""
    return [text[text.index(b"From: Alice") :] for text in texts]


@pytest.fixture
def catcher(tmp_path: Path) -> Path:
    """A delivery agent: it writes each letter to a file of its own."""
    (tmp_path / "got").mkdir()
    script = tmp_path / "catch.sh"
    script.write_text(f"cat > {tmp_path}/got/$$\n")
    return script


def caught(catcher: Path) -> list[bytes]:
    return by_subject(file.read_bytes() for file in (catcher.parent / "got").iterdir())


# ---- curl


def curl(port: int, password: str, path: str = "", *options: str) -> Ran:
    return run("curl", "--silent", "--show-error", "-u", f"bob:{password}", f"pop3://127.0.0.1:{port}/{path}", *options)


@pytest.mark.needs("curl")
def test_curl_lists_and_reads(port: int, password: str, letters: list[bytes], tmp_path: Path) -> None:
    listed = curl(port, password)
    assert listed.code == 0
    assert [line.split()[0] for line in listed.text.splitlines()] == ["1", "2", "3", "4", "5"]
    for number, letter in enumerate(letters, 1):
        file = tmp_path / str(number)
        assert curl(port, password, str(number), "-o", str(file)).code == 0
        assert file.read_bytes().replace(b"\r\n", b"\n").rstrip(b"\n") == letter
    assert curl(port, password, "", "-X", "UIDL").text.splitlines() == [f"{n} {n}" for n in range(1, 6)]


@pytest.mark.needs("curl")
@pytest.mark.parametrize("options", [(), ("--sasl-ir",)])
def test_curl_logs_in_by_sasl(
    lab: Lab, port: int, password: str, letters: list[bytes], options: tuple[str, ...]
) -> None:
    assert curl(port, password, "1", *options).code == 0
    verbs = [event.octets.split()[0] for event in lab.record.filter(kind="heard", protocol="pop3")]
    assert len(verbs) == (4 if options else 5)  # CAPA, AUTH, its response unless it came at once, RETR, QUIT
    assert verbs[:2] == [b"CAPA", b"AUTH"]


@pytest.mark.needs("curl")
def test_curl_deletes(lab: Lab, port: int, password: str, letters: list[bytes]) -> None:
    assert curl(port, password, "2", "-X", "DELE", "-l").code == 0
    assert [letter["Subject"] for letter in lab.mailbox(BOB)] == [f"letter {n}" for n in (1, 3, 4, 5)]


@pytest.mark.needs("curl")
def test_curl_with_a_wrong_password(lab: Lab, port: int, password: str, letters: list[bytes]) -> None:
    assert curl(port, "teaching-bob").code == 67  # login denied: curl(1)
    assert curl(port, password).code == 0
    assert len(lab.mailbox(BOB)) == 5


# ---- fetchmail


def fetchmail(folder: Path, port: int, password: str, *options: str) -> Ran:
    rc = folder / "fetchmailrc"
    rc.write_text(
        f"poll 127.0.0.1 service {port} protocol pop3 auth password uidl\n"
        f'  user "bob" password "{password}" sslproto "" is bob here\n'
        f'  mda "sh {folder}/catch.sh"\n'
    )
    rc.chmod(0o600)
    files = ("-f", str(rc), "-i", str(folder / "ids"), "--pidfile", str(folder / "pid"), "--nosyslog", "--nodetach")
    return run("fetchmail", *files, *options)


@pytest.mark.needs("fetchmail")
def test_fetchmail_keeps_and_then_takes(
    lab: Lab, tmp_path: Path, catcher: Path, port: int, password: str, letters: list[bytes]
) -> None:
    ran = fetchmail(tmp_path, port, password, "--keep")
    assert ran.code == 0, ran.text
    assert len(lab.mailbox(BOB)) == 5
    assert own(caught(catcher)) == own(letters)
    assert fetchmail(tmp_path, port, password, "--keep").code == 1  # nothing new: it knows the unique ids
    lab.send(LETTERS[0], BOB)
    assert fetchmail(tmp_path, port, password, "--keep").code == 0
    assert len(caught(catcher)) == 6
    assert fetchmail(tmp_path, port, password, "--all", "--nokeep").code == 0
    assert lab.mailbox(BOB) == []


@pytest.mark.needs("fetchmail")
def test_fetchmail_is_told_that_the_password_is_wrong(lab: Lab, tmp_path: Path, port: int) -> None:
    ran = fetchmail(tmp_path, port, "teaching-bob")
    assert ran.code == 3  # an authentication failure: fetchmail(1)


@pytest.mark.needs("fetchmail")
def test_fetchmail_waits_its_turn(
    lab: Lab, tmp_path: Path, catcher: Path, port: int, password: str, letters: list[bytes]
) -> None:
    first = poplib.POP3("127.0.0.1", port, timeout=20)
    first.user("bob")
    first.pass_(password)
    assert fetchmail(tmp_path, port, password).code != 0
    first.quit()
    assert fetchmail(tmp_path, port, password).code == 0
    assert own(caught(catcher)) == own(letters)
    assert lab.mailbox(BOB) == []


# ---- mpop


def mpop(folder: Path, maildir: Path, port: int, password: str, *options: str) -> Ran:
    rc = folder / "mpoprc"
    rc.write_text(
        f"account bob\nhost 127.0.0.1\nport {port}\nuser bob\npassword {password}\ntls off\n"
        f"delivery maildir {maildir}\nuidls_file {folder}/uidls\nauth user\n"
    )
    rc.chmod(0o600)
    return run("mpop", f"--file={rc}", *options, "bob")


@pytest.mark.needs("mpop")
@pytest.mark.parametrize("login", ["--auth=user", "--auth=plain"])
@pytest.mark.parametrize("pipelining", ["on", "off"])
def test_mpop(
    lab: Lab, tmp_path: Path, maildir: Path, port: int, password: str, letters: list[bytes], login: str, pipelining: str
) -> None:
    options = (login, f"--pipelining={pipelining}", "--received-header=off")
    ran = mpop(tmp_path, maildir, port, password, *options, "--keep=on")
    assert ran.code == 0, ran.text
    assert len(lab.mailbox(BOB)) == 5
    assert arrived(maildir) == letters
    assert mpop(tmp_path, maildir, port, password, *options, "--keep=off").code == 0
    assert arrived(maildir) == letters  # none came twice
    assert lab.mailbox(BOB) == []


@pytest.mark.needs("mpop")
def test_mpop_is_shown_what_the_server_can(port: int, tmp_path: Path, maildir: Path) -> None:
    ran = mpop(tmp_path, maildir, port, "x", "--serverinfo")
    assert ran.code == 0, ran.text
    for word in ("CAPA", "PIPELINING", "TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "USER", "PLAIN"):
        assert word in ran.text


# ---- getmail


def getmail(folder: Path, port: int, password: str, *, delete: bool) -> Ran:
    rc = folder / "getmailrc"
    rc.write_text(
        f"[retriever]\ntype = SimplePOP3Retriever\nserver = 127.0.0.1\nport = {port}\nusername = bob\n"
        f"password = {password}\n[destination]\ntype = MDA_external\npath = /bin/sh\n"
        f'arguments = ("{folder}/catch.sh",)\nunixfrom = false\nallow_root_commands = true\n'
        f"[options]\nread_all = false\ndelete = {delete}\ndelivered_to = false\nreceived = false\n"
    )
    rc.chmod(0o600)
    return run("getmail", f"--getmaildir={folder}", f"--rcfile={rc}")


@pytest.mark.needs("getmail")
def test_getmail(lab: Lab, tmp_path: Path, catcher: Path, port: int, password: str, letters: list[bytes]) -> None:
    ran = getmail(tmp_path, port, password, delete=False)
    assert ran.code == 0, ran.text
    assert own(caught(catcher)) == own(letters)
    assert len(lab.mailbox(BOB)) == 5
    ran = getmail(tmp_path, port, password, delete=True)
    assert ran.code == 0, ran.text
    assert len(caught(catcher)) == 5  # none came twice
    assert lab.mailbox(BOB) == []


# ---- poplib and raw sockets against `labmail up`


@pytest.fixture
def client(base: Places) -> Iterator[poplib.POP3]:
    user, password = base.accounts[BOB]
    client = poplib.POP3("127.0.0.1", base.ports[HOST, "pop3"], timeout=20)
    client.user(user)
    client.pass_(password)
    yield client
    client.close()


def test_a_second_session_is_refused(base: Places, client: poplib.POP3) -> None:
    user, password = base.accounts[BOB]
    second = poplib.POP3("127.0.0.1", base.ports[HOST, "pop3"], timeout=20)
    second.user(user)
    with pytest.raises(poplib.error_proto, match=r"\[IN-USE\]"):
        second.pass_(password)
    second.quit()
    assert client.noop().startswith(b"+OK")


def test_a_teaching_password_opens_nothing_from_outside(base: Places) -> None:
    client = poplib.POP3("127.0.0.1", base.ports[HOST, "pop3"], timeout=20)
    client.user("bob")
    with pytest.raises(poplib.error_proto, match=r"\[AUTH\]"):
        client.pass_("teaching-bob")
    client.quit()


def test_a_dropped_connection_deletes_nothing(lab: Lab, port: int, password: str, letters: list[bytes]) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as sock, sock.makefile("rwb", 0) as file:
        for line in (b"USER bob", b"PASS " + password.encode(), b"DELE 1", b"DELE 2"):
            assert file.readline().startswith(b"+OK")
            file.write(line + b"\r\n")
        assert file.readline().startswith(b"+OK")
    again = poplib.POP3("127.0.0.1", port, timeout=20)
    again.user("bob")
    again.pass_(password)
    assert again.stat()[0] == 5
    again.quit()
    assert len(lab.mailbox(BOB)) == 5
