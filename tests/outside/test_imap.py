"""curl, mbsync, fetchmail, mutt and neomutt read and manage mail through `labmail up`."""

from __future__ import annotations

import imaplib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.outside.up import BOB, Places, Ran, run, swaks, up

HOST = "mail.example.com"
LETTERS = (
    (
        b"From: Alice <alice@example.net>\r\nTo: bob@example.com\r\nSubject: first\r\n"
        b"Message-ID: <1@example.net>\r\n\r\nDon't forget to bring the cake!\r\n"
    ),
    (
        b"From: =?utf-8?q?J=C3=B6rg?= <joerg@example.org>\r\nTo: bob@example.com\r\nSubject: second\r\n"
        b"Message-ID: <2@example.org>\r\n\r\n.dot\r\nFrom here\r\n8 bits: \xc3\xbc\r\n"
    ),
)


@pytest.fixture
def places() -> Iterator[Places]:
    """A world of its own: what is done here stays in its mailboxes."""
    with up() as places:
        yield places


@pytest.fixture
def bob(places: Places) -> Iterator[imaplib.IMAP4]:
    """Bob's mailbox with both letters, seen with imaplib."""
    client = imaplib.IMAP4("127.0.0.1", places.ports[HOST, "imap"])
    client.login(*places.accounts[BOB])
    for letter in LETTERS:
        client.append("INBOX", None, None, letter)
    client.select()
    yield client
    client.logout()


def flags(bob: imaplib.IMAP4) -> list[tuple[bytes, ...]]:
    bob.noop()
    rows = bob.fetch("1:*", "(FLAGS)")[1]
    return [tuple(flag for flag in imaplib.ParseFlags(row) if flag != b"\\Recent") for row in rows if row]


def subjects(bob: imaplib.IMAP4, folder: str = "INBOX") -> list[bytes]:
    bob.select(folder)
    rows = bob.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1]
    return [row[1].strip().removeprefix(b"Subject: ") for row in rows if isinstance(row, tuple)]


# ---- curl


@pytest.mark.needs("curl")
def test_curl_does_its_whole_job(places: Places, bob: imaplib.IMAP4, tmp_path: Path) -> None:
    user, password = places.accounts[BOB]
    base = f"imap://127.0.0.1:{places.ports[HOST, 'imap']}"

    def curl(path: str, *words: str) -> Ran:
        return run("curl", "-sS", "--user", f"{user}:{password}", "--max-time", "20", f"{base}/{path}", *words)

    assert '* LIST (\\HasNoChildren \\Sent) "/" "Sent"' in curl("").text
    assert curl("INBOX;MAILINDEX=1").text.encode() == LETTERS[0]
    assert curl("INBOX;UID=2;SECTION=TEXT").text.encode() == LETTERS[1].partition(b"\r\n\r\n")[2]
    assert curl("INBOX?SUBJECT%20second").text.strip() == "* SEARCH 2"
    letter = tmp_path / "letter"
    letter.write_bytes(LETTERS[0])
    assert curl("Drafts", "--upload-file", str(letter)).code == 0
    assert subjects(bob, "Drafts") == [b"first"]
    assert curl("INBOX", "--request", "STORE 1 +FLAGS (\\Deleted)").code == 0
    assert curl("INBOX", "--request", "EXPUNGE").code == 0
    assert subjects(bob) == [b"second"]
    wrong = run("curl", "-sS", "--user", f"{user}:wrong", "--max-time", "20", f"{base}/INBOX")
    assert wrong.code == 67
    assert "denied" in wrong.text


# ---- mbsync


@pytest.mark.needs("mbsync")
def test_mbsync_both_ways(places: Places, bob: imaplib.IMAP4, tmp_path: Path) -> None:
    user, password = places.accounts[BOB]
    config = tmp_path / "mbsyncrc"
    config.write_text(
        f"IMAPAccount lab\nHost 127.0.0.1\nPort {places.ports[HOST, 'imap']}\nUser {user}\nPass {password}\n"
        "SSLType None\nAuthMechs *\n\nIMAPStore far\nAccount lab\n\n"
        f"MaildirStore near\nPath {tmp_path}/mail/\nInbox {tmp_path}/mail/INBOX\nSubFolders Verbatim\n\n"
        "Channel all\nFar :far:\nNear :near:\nPatterns *\nCreate Both\nRemove Both\nExpunge Both\n"
        "Sync All\nSyncState *\n"
    )
    (tmp_path / "mail").mkdir()

    def mbsync() -> None:
        done = run("mbsync", "-c", str(config), "-a")
        assert done.code == 0, done.text

    def near(folder: str = "INBOX") -> dict[bytes, Path]:
        files = [file for place in ("cur", "new") for file in (tmp_path / "mail" / folder / place).iterdir()]
        return {re.sub(rb"X-TUID: .*\n", b"", file.read_bytes()): file for file in files}  # its own mark

    mbsync()
    unix = [letter.replace(b"\r\n", b"\n") for letter in LETTERS]
    assert sorted(near()) == sorted(unix)
    assert {path.name for path in (tmp_path / "mail").iterdir()} >= {"INBOX", "Sent", "Trash"}

    # flags, new mail and deletions there
    bob.store("1", "+FLAGS", "(\\Flagged \\Seen)")
    bob.append("INBOX", None, None, b"Subject: third\r\n\r\nhi\r\n")
    bob.store("2", "+FLAGS", "\\Deleted")
    bob.expunge()
    mbsync()
    assert sorted(near()) == sorted([unix[0], b"Subject: third\n\nhi\n"])
    assert near()[unix[0]].name.endswith(":2,FS")

    # flags, new mail and deletions here
    third = near()[b"Subject: third\n\nhi\n"]
    third.rename(tmp_path / "mail" / "INBOX" / "cur" / f"{third.name.partition(':')[0]}:2,R")
    near()[unix[0]].unlink()
    (tmp_path / "mail" / "INBOX" / "cur" / "1.fresh.here:2,S").write_bytes(b"Subject: fourth\n\nfrom here\n")
    mbsync()
    assert subjects(bob) == [b"third", b"fourth"]
    assert [set(each) for each in flags(bob)] == [{b"\\Answered"}, {b"\\Seen"}]
    mbsync()
    assert len(near()) == 2


# ---- fetchmail


@pytest.mark.needs("fetchmail")
def test_fetchmail_takes_all_and_leaves_nothing(places: Places, bob: imaplib.IMAP4, tmp_path: Path) -> None:
    user, password = places.accounts[BOB]
    config, out = tmp_path / "fetchmailrc", tmp_path / "taken"
    config.write_text(
        f"set no bouncemail\npoll 127.0.0.1 protocol imap port {places.ports[HOST, 'imap']} auth password\n"
        f'  user "{user}" password "{password}" sslproto "" mda "cat >> {out}" no rewrite fetchall\n'
    )
    config.chmod(0o600)
    done = run("fetchmail", "--fetchmailrc", str(config), "--pidfile", str(tmp_path / "pid"), "--nosyslog")
    assert done.code == 0, done.text
    taken = out.read_bytes()
    for letter in LETTERS:
        assert letter.partition(b"\r\n\r\n")[2].replace(b"\r\n", b"\n") in taken
    assert subjects(bob) == []


# ---- mutt


@pytest.mark.parametrize("program", [pytest.param(name, marks=pytest.mark.needs(name)) for name in ("mutt", "neomutt")])
def test_mutt_reads_and_moves(places: Places, bob: imaplib.IMAP4, tmp_path: Path, program: str) -> None:
    user, password = places.accounts[BOB]
    config = tmp_path / "muttrc"
    config.write_text(
        f'set folder="imap://{user}@127.0.0.1:{places.ports[HOST, "imap"]}"\nset imap_user="{user}"\n'
        f'set imap_pass="{password}"\nset spoolfile="+INBOX"\nset ssl_starttls=no\nset ssl_force_tls=no\n'
        "set move=no\nset delete=yes\nset confirmappend=no\nset confirmcreate=no\nset sort=threads\nunset wait_key\n"
        "unset mark_old\nset quit=yes\nset sleep_time=0\nset pager_stop=yes\nunset help\n"
        'push "<first-entry><display-message><exit><save-message>=Archive<enter><quit>"\n'
    )
    done = run("script", "-qec", f"env TERM=xterm HOME={tmp_path} {program} -n -F {config}", "/dev/null")
    assert done.code == 0, done.text
    assert subjects(bob) == [b"second"]
    assert subjects(bob, "Archive") == [b"first"]
    assert b"\\Seen" in flags(bob)[0]


# ---- together


@pytest.mark.needs("swaks", "curl")
def test_what_swaks_sends_curl_reads(places: Places) -> None:
    user, password = places.accounts[BOB]
    assert swaks(places["mx1.example.com"], "--header", "Subject: by the way").code == 0
    base = f"imap://127.0.0.1:{places.ports[HOST, 'imap']}"
    answer = run(
        "curl", "-sS", "--user", f"{user}:{password}", f"{base}/INBOX;MAILINDEX=1;SECTION=HEADER.FIELDS%20(SUBJECT)"
    )
    assert "Subject: by the way" in answer.text
