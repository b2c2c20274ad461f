"""Folders, copies and subscriptions; and whoever watches hears what was committed, and nothing else."""

import pytest

from labmail.clock import FIRST_MINUTE
from labmail.errors import LabError
from labmail.store import ADDED, FLAGS, INBOX, REMOVED, Change, Store
from labmail.store.base import LOOSE_MAX

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
    with pytest.raises(LabError, match="a letter is gone; everything stays where it was"):
        store.copy(inbox.id, [1, 2, 3], archive.id)
    assert (len(store.letters(BOB, "Archive")), store.uid_next(archive.id)) == (1199, 1200)
    assert store.copy(inbox.id, [1, 2], inbox.id) == [1201, 1202]
    with pytest.raises(LabError, match="the folder is gone"):
        store.copy(inbox.id, [1], 999)


def test_moved_letters_are_the_same_letters(store):
    for number in range(700):
        add(store, b"%d" % number)
    inbox, archive = store.folder(BOB, INBOX).id, store.create(BOB, "Archive").id
    before = [(letter.number, letter.octets) for letter in store.letters(BOB)]
    heard = []
    for folder in (inbox, archive):
        store.watch(folder, lambda change: heard.append((change.kind, change.folder, list(change.letters))))
    assert store.move(inbox, range(3, 701), archive) == list(range(1, 699))
    assert [(letter.number, letter.octets) for letter in store.letters(BOB)] == before
    assert [uid for uid, _ in store.index(inbox)] == [1, 2]
    assert heard == [(ADDED, archive, list(range(1, 699))), (REMOVED, inbox, list(range(3, 701)))]
    with pytest.raises(LabError, match="a letter is gone; everything stays where it was"):
        store.move(inbox, [1, 2, 3], archive)
    assert [uid for uid, _ in store.index(inbox)] == [1, 2]
    assert store.move(inbox, [1], inbox) == [701]
    assert [letter.octets for letter in store.letters(BOB, INBOX)] == [b"0", b"1"]


def test_sizes_are_those_of_the_messages(store):
    add(store, "Käse".encode(), return_path="jörg@b", trace=b"X: y\r\n")
    add(store, b"", return_path="")
    add(store, b"x")
    inbox = store.folder(BOB, INBOX)
    assert store.sizes(inbox.id) == {letter.uid: len(letter.message) for letter in store.letters(BOB)}
    assert [brief.size_octets for brief in store.briefs(BOB, INBOX)] == list(store.sizes(inbox.id).values())
    assert store.arrivals(inbox.id) == dict.fromkeys([1, 2, 3], FIRST_MINUTE)


def test_recent_is_claimed_once(store):
    add(store)
    inbox = store.folder(BOB, INBOX).id
    assert (store.recent_from(inbox), store.claim_recent(inbox), store.claim_recent(inbox)) == (1, 1, 2)


def test_who_watches_a_folder_hears_what_was_committed_there(store):
    heard = []
    inbox, other = store.create(BOB, INBOX).id, store.create(BOB, "Other").id
    leave = store.watch(inbox, heard.append)
    letter = add(store, flags=frozenset({"cake"}))
    add(store, folder="Other")
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
        Change(kind=ADDED, folder=inbox, letters={1: frozenset({"cake"})}),
        Change(kind=FLAGS, folder=inbox, letters={1: frozenset()}),
        Change(kind=FLAGS, folder=inbox, letters={1: frozenset({"\\Seen"})}),
        Change(kind=ADDED, folder=inbox, letters={2: frozenset()}),
        Change(kind=REMOVED, folder=inbox, letters={1: frozenset(), 2: frozenset()}),
    ]
    leave()
    add(store)
    store.copy(inbox, [3], other)
    assert len(heard) == 5


def test_what_happens_to_many_is_one_change(store):
    inbox, archive = store.create(BOB, INBOX).id, store.create(BOB, "Archive").id
    for _ in range(700):
        add(store, flags=frozenset({"cake"}))
    heard = []
    store.watch(inbox, heard.append)
    store.watch(archive, heard.append)
    with store.together():
        for uid in (5, 3):
            store.mark(inbox, uid, frozenset())
    store.copy(inbox, range(3, 701), archive)
    store.take_out(inbox, range(1, 800))
    assert [(change.kind, change.folder, len(change.letters)) for change in heard] == [
        (FLAGS, inbox, 2), (ADDED, archive, 698), (REMOVED, inbox, 700),
    ]  # fmt: skip
    assert heard[1].letters == dict(store.index(archive))


def test_a_watcher_may_write(store):
    inbox = store.create(BOB, INBOX).id
    heard = []

    def hear(change):
        heard.append(change.kind)
        if change.kind == ADDED:
            for uid in change.letters:
                store.mark(inbox, uid, frozenset({"\\Seen"}))

    store.watch(inbox, hear)
    add(store)
    assert heard == [ADDED, FLAGS]
    assert store.index(inbox) == [(1, {"\\Seen"})]


def kept(store):
    return [row[0] for row in store._db.execute("SELECT octets FROM messages ORDER BY number")]


def test_copies_share_a_message_and_the_last_takes_it_along(store):
    archive, inbox = store.create(BOB, "Archive").id, store.create(BOB, INBOX).id
    add(store, b"cake")
    add(store, b"pie")
    assert store.copy(inbox, [1, 2], archive) == [1, 2]
    store.take_out(inbox, [1, 2])
    assert kept(store) == [b"cake", b"pie"]
    store.take_out(archive, [1])
    assert kept(store) == [b"pie"]
    store.delete(store.folder(BOB, "Archive"))
    assert kept(store) == []


def test_many_are_thrown_away_a_little_with_each_commit(store):
    for number in range(2 * LOOSE_MAX + 1):
        add(store, b"%d" % number)
    store.remove(store.letters(BOB))
    assert store.letters(BOB) == []
    assert len(kept(store)) == LOOSE_MAX + 1
    add(store, b"a")
    assert len(kept(store)) == 2
    add(store, b"b")
    assert kept(store) == [b"a", b"b"]
