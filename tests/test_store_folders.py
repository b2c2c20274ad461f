"""Folders, copies and subscriptions; and whoever watches hears what was committed, and nothing else."""

import pytest

from labmail.clock import FIRST_MINUTE
from labmail.errors import LabError
from labmail.store import ADDED, FLAGS, INBOX, REMOVED, Change, Store

BOB = "bob@example.com"


@pytest.fixture
def store():
    store = Store()
    yield store
    store.close()


def add(store, octets=b"cake", folder=INBOX, **more):
    return store.add(BOB, folder, octets, at=FIRST_MINUTE, **more)


def test_furnished_once(store):
    add(store)
    store.furnish(BOB)
    assert store.folders(BOB) == [INBOX, "Drafts", "Sent", "Junk", "Trash", "Archive"]
    assert store.subscribed(BOB) == store.folders(BOB)
    store.delete(store.folder(BOB, "Trash"))
    store.unsubscribe(BOB, "Trash")
    store.furnish(BOB)
    assert "Trash" not in store.folders(BOB) + store.subscribed(BOB)
    assert store.folders("carol@example.com") == [INBOX]


def test_an_id_is_never_given_again(store):
    first = store.create(BOB, "Cakes")
    store.delete(first)
    again = store.create(BOB, "Cakes")
    assert again.id > first.id
    with pytest.raises(LabError, match="has a folder Cakes already"):
        store.create(BOB, "Cakes")
    store.create(BOB, "Pies")
    with pytest.raises(LabError, match="has a folder Pies already"):
        store.rename(again, "Pies")


def test_a_renamed_folder_keeps_id_and_uids(store):
    letter = add(store, folder="Cakes")
    folder = store.folder(BOB, "Cakes")
    store.rename(folder, "Pies")
    assert store.folder(BOB, "Cakes") is None
    assert store.folder(BOB, "Pies").id == folder.id
    assert store.read(folder.id, letter.uid).octets == b"cake"
    assert store.read(folder.id, 9) is None


def test_copies(store):
    for number in range(1200):
        add(
            store,
            b"%d" % number,
            return_path="a@b",
            trace=b"Received: x\r\n",
            flags=frozenset({"cake"} if number % 2 else ()),
        )
    store.furnish(BOB)
    inbox, archive = store.folder(BOB, INBOX), store.folder(BOB, "Archive")
    store.take_out(inbox.id, [3])
    uids = [uid for uid, _ in store.index(inbox.id)]
    assert store.copy(inbox.id, uids, archive.id) == list(range(1, 1200))
    originals, copies = store.letters(BOB, INBOX), store.letters(BOB, "Archive")
    assert [(letter.message, letter.flags, letter.at) for letter in copies] == [
        (letter.message, letter.flags, letter.at) for letter in originals
    ]
    assert store.uid_next(archive.id) == 1200
    with pytest.raises(LabError, match="a letter is gone; nothing was copied"):
        store.copy(inbox.id, [1, 2, 3], archive.id)
    assert (len(store.letters(BOB, "Archive")), store.uid_next(archive.id)) == (1199, 1200)
    assert store.copy(inbox.id, [1, 2], inbox.id) == [1201, 1202]
    with pytest.raises(LabError, match="the folder is gone"):
        store.copy(inbox.id, [1], 999)


def test_sizes_are_those_of_the_messages(store):
    add(store, "Käse".encode(), return_path="jörg@b", trace=b"X: y\r\n")
    add(store, b"", return_path="")
    add(store, b"x")
    inbox = store.folder(BOB, INBOX)
    assert store.sizes(inbox.id, [1, 2, 3, 4]) == {letter.uid: len(letter.message) for letter in store.letters(BOB)}


def test_recent_is_claimed_once(store):
    add(store)
    inbox = store.folder(BOB, INBOX).id
    assert (store.recent_from(inbox), store.claim_recent(inbox), store.claim_recent(inbox)) == (1, 1, 2)


def test_who_watches_hears_what_was_committed(store):
    heard = []
    leave = store.watch(heard.append)
    letter = add(store, flags=frozenset({"cake"}))
    inbox = store.folder(BOB, INBOX).id
    store.set_flags(letter, frozenset())
    assert store.mark(inbox, 1, frozenset({"\\Seen"}))
    assert not store.mark(inbox, 2, frozenset())
    with pytest.raises(ZeroDivisionError), store.together():
        add(store)
        store.take_out(inbox, [1])
        raise ZeroDivisionError
    with store.together():
        add(store)
        before = len(heard)
        store.remove(store.letters(BOB))
        assert len(heard) == before  # not yet
    assert heard == [
        Change(kind=ADDED, folder=inbox, uid=1, flags=frozenset({"cake"})),
        Change(kind=FLAGS, folder=inbox, uid=1),
        Change(kind=FLAGS, folder=inbox, uid=1, flags=frozenset({"\\Seen"})),
        Change(kind=ADDED, folder=inbox, uid=2),
        Change(kind=REMOVED, folder=inbox, uid=1),
        Change(kind=REMOVED, folder=inbox, uid=2),
    ]
    leave()
    add(store)
    assert len(heard) == 6


def test_a_watcher_may_write(store):
    inbox = store.create(BOB, INBOX).id
    heard = []

    def hear(change):
        heard.append(change.kind)
        if change.kind == ADDED:
            store.mark(inbox, change.uid, frozenset({"\\Seen"}))

    store.watch(hear)
    add(store)
    assert heard == [ADDED, FLAGS]
    assert store.index(inbox) == [(1, {"\\Seen"})]
