"""The store keeps letters octet for octet, commits before it returns, and belongs to one lab at a time."""

import json
import sqlite3
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labmail.clock import FIRST_MINUTE
from labmail.errors import LabError
from labmail.store import INBOX, Store

BOB = "bob@example.com"
CAKE = b"From: Alice <alice@example.net>\r\nSubject: Re: The Cake\r\n\r\nDon't forget to bring the cake!\r\n"
TRACE = b"Received: from mail.example.net ([192.0.2.67])\r\n\tby mx1.example.com; Mon, 01 Jun 2026 09:00:00 +0000\r\n"


@pytest.fixture
def store():
    store = Store()
    yield store
    store.close()


def add(store, octets=CAKE, folder=INBOX, address=BOB, **more):
    return store.add(address, folder, octets, at=FIRST_MINUTE, **more)


def test_a_letter_comes_back_as_it_came(store):
    kept = add(store, return_path="alice@example.net", trace=TRACE, recipient="Bob@Example.com")
    [letter] = store.letters(BOB)
    assert letter == kept
    assert (letter.octets, letter.trace, letter.return_path, letter.recipient) == (
        CAKE, TRACE, "alice@example.net", "Bob@Example.com",
    )  # fmt: skip
    assert (letter.folder, letter.uid, letter.at, letter.flags) == (INBOX, 1, FIRST_MINUTE, frozenset())
    assert letter.message == b"Return-Path: <alice@example.net>\r\n" + TRACE + CAKE
    assert repr(letter) == (
        "<Letter 1 in INBOX of bob@example.com: 'Re: The Cake', from <alice@example.net>, 91 octets>"
    )


def test_headers_by_name(store):
    letter = add(store, return_path="", trace=TRACE * 2)
    assert letter["subject"] == "Re: The Cake"
    assert letter["Return-Path"] == "<>"
    assert letter["Reply-To"] is None
    assert "From" in letter
    assert list(letter) == ["Return-Path", "Received", "Received", "From", "Subject"]
    assert len(letter.get_all("received")) == 2
    assert letter.get_all("received")[0].startswith("from mail.example.net ([192.0.2.67])")


def test_without_an_envelope_there_is_no_return_path(store):
    letter = add(store)
    assert letter.message == CAKE
    assert letter["Return-Path"] is None
    assert "no envelope" in repr(letter)


def test_uids_are_per_folder_and_order_is_that_of_arrival(store):
    first, junk, second = add(store), add(store, folder="Junk"), add(store)
    other = add(store, address="carol@example.com")
    assert [(letter.folder, letter.uid) for letter in (first, junk, second, other)] == [
        (INBOX, 1), ("Junk", 1), (INBOX, 2), (INBOX, 1),
    ]  # fmt: skip
    assert store.letters(BOB) == [first, junk, second]
    assert store.letters(BOB, INBOX) == [first, second]
    assert store.letters("BOB@Example.com", "Junk") == [junk]
    assert store.letter(BOB, INBOX, 2) == second
    assert store.folders(BOB) == [INBOX, "Junk"]
    assert store.letters("nobody@example.com") == []
    assert store.folders("nobody@example.com") == [INBOX]
    with pytest.raises(LabError, match="no letter 3 lies in INBOX of bob@example.com"):
        store.letter(BOB, INBOX, 3)


def test_flags(store):
    letter = store.set_flags(add(store), frozenset({"\\Seen", "cake"}))
    assert letter.flags == {"\\Seen", "cake"}
    assert store.letters(BOB) == [letter]
    assert store.set_flags(letter, frozenset()).flags == set()


def test_together_is_all_or_nothing(store):
    add(store)
    with pytest.raises(ZeroDivisionError), store.together():
        add(store)
        with store.together():
            add(store, folder="Junk")
        raise ZeroDivisionError
    assert len(store.letters(BOB)) == 1
    assert store.folders(BOB) == [INBOX]
    assert add(store).uid == 2


@given(st.binary(), st.binary(max_size=60))
def test_hostile_octets(octets, trace):
    store = Store()
    letter = add(store, octets, trace=trace)
    assert store.letters(BOB)[0].octets == octets
    assert letter.message == trace + octets
    assert all(isinstance(value, str) for name in letter for value in letter.get_all(name))
    assert len(repr(letter).encode()) < 400
    store.close()


def test_every_hostile_message(store, conformance):
    folder = conformance("messages")
    names = [entry["file"] for entry in json.loads((folder / "manifest.json").read_text())]
    for name in names:
        octets = (folder / name).read_bytes()
        letter = add(store, octets, return_path="a@example.net", trace=TRACE)
        assert letter.octets == octets
        for header in letter:
            assert all(isinstance(value, str) for value in letter.get_all(header))
        assert "\n" not in repr(letter)
    assert [letter.uid for letter in store.letters(BOB)] == list(range(1, len(names) + 1))


HOSTILE_HEADERS = {
    b"Date: not a date\r\n": "not a date",
    b"From: =?utf-8?q?J=C3=B6rg?= <j@example.net>\r\n": "Jörg <j@example.net>",
    b"Subject: \xff\xfe\r\n": "\ufffd\ufffd",
    b"Subject: J\xc3\xb6rg\r\n": "Jörg",
    b'To: <<<@@>>>,,,;:"\r\n': None,
    b"Content-Type: ; ; ==\r\n": None,
    b"Message-ID: <a@b@[c]\r\n": None,
}


@pytest.mark.parametrize(("header", "value"), HOSTILE_HEADERS.items(), ids=str)
def test_hostile_headers_have_a_value(store, header, value):
    letter = add(store, header + b"\r\nhi\r\n")
    name = header.split(b":")[0].decode()
    assert isinstance(letter[name], str)
    assert value is None or letter[name] == value


def test_a_file_keeps_what_was_committed(tmp_path):
    file = tmp_path / "bob.db"
    store = Store(file)
    letter = add(store, return_path="")
    store.close()
    store.close()
    again = Store(str(file))
    assert again.letters(BOB) == [letter]
    assert add(again).uid == 2
    again.close()
    assert [path.name for path in tmp_path.iterdir()] == ["bob.db"]


def test_committed_before_it_returns(tmp_path):
    """A process that is killed right after add loses nothing."""
    file = tmp_path / "bob.db"
    code = (
        "import os, sys; from labmail.store import Store; from labmail.clock import FIRST_MINUTE; "
        f"Store(sys.argv[1]).add({BOB!r}, 'INBOX', b'cake', at=FIRST_MINUTE); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code, file], check=False).returncode == 9
    store = Store(file)
    assert [letter.octets for letter in store.letters(BOB)] == [b"cake"]
    store.close()


def test_one_lab_at_a_time(tmp_path):
    file = tmp_path / "bob.db"
    store = Store(file)
    with pytest.raises(LabError, match=r"bob.db is in use by another lab; stop that one, or name another file"):
        Store(file)
    code = "import sys; from labmail.store import Store; Store(sys.argv[1])"
    other = subprocess.run([sys.executable, "-c", code, file], capture_output=True, text=True, check=False)
    assert other.stderr.splitlines()[-1].endswith("is in use by another lab; stop that one, or name another file")
    add(store)
    store.close()
    Store(file).close()


def test_a_file_that_is_no_store(tmp_path):
    text, database = tmp_path / "cake.txt", tmp_path / "other.db"
    text.write_text("a cake, a cake, my kingdom for a cake" * 50)
    with sqlite3.connect(database) as db:
        db.execute("CREATE TABLE cakes (name)")
    db.close()
    for file in (text, database):
        before = file.read_bytes()
        with pytest.raises(LabError, match=f"{file.name}.* no store of .*labmail.*; name another file"):
            Store(file)
        assert file.read_bytes() == before
    with pytest.raises(LabError, match="there is no folder"):
        Store(tmp_path / "nowhere" / "bob.db")
    with pytest.raises(LabError, match="cannot be opened"):
        Store(tmp_path)


def test_made_on_one_thread_and_used_on_another(store):
    letters = []
    thread = threading.Thread(target=lambda: letters.append(add(store)))
    thread.start()
    thread.join()
    assert store.letters(BOB) == letters


def test_lab_time_survives(store):
    at = FIRST_MINUTE + timedelta(days=3, seconds=5)
    store.add(BOB, INBOX, CAKE, at=at)
    assert store.letters(BOB)[0].at == at
