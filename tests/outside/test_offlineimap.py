"""offlineimap keeps a Maildir and Bob's mailbox alike: new mail, flags, deletions and folders, in both directions."""

from __future__ import annotations

import imaplib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.outside.up import BOB, Places, run, up

pytestmark = pytest.mark.needs("offlineimap")

HOST = "mail.example.com"
# a Message-ID each: by it offlineimap tells letters apart that it puts into a folder
FIRST = b"From: Alice <alice@example.net>\r\nSubject: first\r\nMessage-ID: <1@example.net>\r\n\r\nbring the cake!\r\n"
SECOND = b"Subject: second\r\nMessage-ID: <2@example.org>\r\n\r\n.dot\r\nFrom here\r\n8 bits: \xc3\xbc\r\n"
THIRD = b"Subject: third\r\nMessage-ID: <3@example.org>\r\n\r\nfrom there\r\n"
FOURTH = b"Subject: fourth\r\nMessage-ID: <4@example.org>\r\n\r\nfrom here\r\n"

Far = list[tuple[bytes, frozenset[bytes]]]  # letters and their flags
Near = dict[bytes, Path]


@pytest.fixture
def places() -> Iterator[Places]:
    with up() as places:
        yield places


@pytest.fixture
def bob(places: Places) -> Iterator[imaplib.IMAP4]:
    client = imaplib.IMAP4("127.0.0.1", places.ports[HOST, "imap"])
    client.login(*places.accounts[BOB])
    for letter in (FIRST, SECOND):
        client.append("INBOX", None, None, letter)
    client.select()
    yield client
    client.logout()


@pytest.fixture
def sync(places: Places, tmp_path: Path) -> Callable[[], None]:
    user, password = places.accounts[BOB]
    config = tmp_path / "offlineimaprc"
    config.write_text(
        f"[general]\naccounts = lab\nmetadata = {tmp_path}/state\nui = basic\n"
        "[Account lab]\nlocalrepository = near\nremoterepository = far\n"
        f"[Repository near]\ntype = Maildir\nlocalfolders = {tmp_path}/mail\n"
        f"[Repository far]\ntype = IMAP\nremotehost = 127.0.0.1\nremoteport = {places.ports[HOST, 'imap']}\n"
        f"remoteuser = {user}\nremotepass = {password}\nssl = no\nstarttls = no\n"
    )

    def sync() -> None:
        done = run("offlineimap", "-o", "-c", str(config))
        assert done.code == 0, done.text
        assert "ERROR" not in done.text, done.text

    return sync


def far(bob: imaplib.IMAP4, folder: str = "INBOX") -> Far:
    """What lies there, as the server says."""
    bob.select(folder)
    rows = bob.fetch("1:*", "(FLAGS BODY.PEEK[])")[1]
    return [(row[1], frozenset(imaplib.ParseFlags(row[0])) - {b"\\Recent"}) for row in rows if isinstance(row, tuple)]


def near(folder: Path) -> Near:
    return {file.read_bytes(): file for place in ("cur", "new") for file in (folder / place).iterdir()}


def unix(letter: bytes) -> bytes:
    return letter.replace(b"\r\n", b"\n")


def flags(file: Path) -> str:
    return file.name.partition(":2,")[2]


def test_both_ways(bob: imaplib.IMAP4, sync: Callable[[], None], tmp_path: Path) -> None:
    mail = tmp_path / "mail"
    sync()
    assert {path.name for path in mail.iterdir()} == {"INBOX", "Drafts", "Sent", "Junk", "Trash", "Archive"}
    assert near(mail / "INBOX").keys() == {unix(FIRST), unix(SECOND)}

    # flags, new mail, deletions and a folder there
    bob.select()
    bob.store("1", "+FLAGS", "(\\Flagged \\Seen)")
    bob.store("2", "+FLAGS", "\\Deleted")
    bob.expunge()
    bob.append("INBOX", None, None, THIRD)
    bob.create("Cakes")
    bob.copy("1", "Cakes")
    sync()
    here = near(mail / "INBOX")
    assert {letter: flags(file) for letter, file in here.items()} == {unix(FIRST): "FS", unix(THIRD): ""}
    assert near(mail / "Cakes").keys() == {unix(FIRST)}

    # flags, new mail and deletions here
    third = here[unix(THIRD)]
    third.rename(mail / "INBOX" / "cur" / f"{third.name.partition(':')[0]}:2,RS")
    here[unix(FIRST)].unlink()
    (mail / "INBOX" / "cur" / "1.fresh.here:2,S").write_bytes(unix(FOURTH))
    sync()
    assert far(bob) == [(THIRD, {b"\\Answered", b"\\Seen"}), (FOURTH, {b"\\Seen"})]
    assert [letter for letter, _ in far(bob, "Cakes")] == [FIRST]

    # and now both sides are alike: nothing is left to do
    before = [sorted(str(path) for path in mail.rglob("*")), far(bob)]
    sync()
    assert [sorted(str(path) for path in mail.rglob("*")), far(bob)] == before
    assert near(mail / "INBOX").keys() == {unix(THIRD), unix(FOURTH)}


def test_a_wrong_password_is_named(bob: imaplib.IMAP4, sync: Callable[[], None], tmp_path: Path) -> None:
    config = tmp_path / "offlineimaprc"
    config.write_text(config.read_text().replace("remotepass = ", "remotepass = not"))
    done = run("offlineimap", "-o", "-c", str(config))
    assert done.code != 0
    assert "no mailbox opens to that name and password" in done.text
    assert len(far(bob)) == 2
