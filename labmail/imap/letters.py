"""The commands on the letters of the selected mailbox, by number or by UID. RFC 3501 section 6.4."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from labmail.errors import LabError
from labmail.imap.fetch import Item, Opened, read_items
from labmail.imap.folders import find
from labmail.imap.grammar import Cursor
from labmail.imap.names import name_of
from labmail.imap.search import Candidate, read_search
from labmail.imap.view import View
from labmail.imap.words import No, pause, say
from labmail.record import Event

if TYPE_CHECKING:
    from labmail.imap.session import Session

__all__ = ["HANDLERS"]

SLICE = 200  # letters that are changed as one, before others get their turn
LOOK = 20  # letters that are searched before others get their turn
FLAGS_MAX = 100  # ours: of one letter

Work = Generator[Event, None, str | None]
GONE = "EXPUNGEISSUED", "some of these letters are gone: another client has removed them"


def _view(session: Session) -> View:
    assert session.view is not None  # the table says so
    return session.view


def _writable(session: Session) -> View:
    view = _view(session)
    if view.read_only:
        raise No("the mailbox was opened with EXAMINE, for reading alone", "READ-ONLY")
    return view


def _picked(session: Session, cursor: Cursor, by_uid: bool) -> list[int]:
    cursor.space()
    return _view(session).pick(cursor.sequence_set(), by_uid=by_uid)


def _check_gone(gone: Sequence[int], by_uid: bool) -> None:
    if gone and not by_uid:
        raise No(GONE[1], GONE[0])


# ---- the mailbox as a whole


def handle_CHECK(session: Session, cursor: Cursor) -> Work:
    cursor.end()
    yield from ()
    return "CHECK completed"


def handle_CLOSE(session: Session, cursor: Cursor) -> Work:  # section 6.4.2
    cursor.end()
    yield from ()
    view = _view(session)
    session.deselect()
    if not view.read_only:
        _remove_deleted(session, view)
    return "CLOSE completed"


def handle_UNSELECT(session: Session, cursor: Cursor) -> Work:  # RFC 3691 section 2
    cursor.end()
    yield from ()
    session.deselect()
    return "UNSELECT completed"


def handle_EXPUNGE(session: Session, cursor: Cursor) -> Work:
    cursor.end()
    yield from ()
    _remove_deleted(session, _writable(session))
    return "EXPUNGE completed"


def handle_UID_EXPUNGE(session: Session, cursor: Cursor) -> Work:  # RFC 4315 section 2.1
    uids = _picked(session, cursor, by_uid=True)
    cursor.end()
    yield from ()
    _remove_deleted(session, _writable(session), uids)
    return "UID EXPUNGE completed"


def _remove_deleted(session: Session, view: View, among: Sequence[int] | None = None) -> None:
    wanted = view.flags if among is None else among
    session.store.take_out(view.folder, [uid for uid in wanted if "\\Deleted" in view.flags.get(uid, ())])


# ---- SEARCH


def _search(by_uid: bool, session: Session, cursor: Cursor) -> Work:
    cursor.space()
    view = _view(session)
    test = read_search(cursor, view)
    found = []
    for number, uid in enumerate(list(view.uids), 1):
        if number % LOOK == 0:
            yield pause()
        if test(Candidate(view, uid)):
            found.append(uid if by_uid else number)
    yield from say(" ".join(["SEARCH", *map(str, found)]).encode())
    return "SEARCH completed"


# ---- FETCH


def _fetch(by_uid: bool, session: Session, cursor: Cursor) -> Work:
    uids = _picked(session, cursor, by_uid)
    cursor.space()
    items = read_items(cursor)
    cursor.end()
    if by_uid and not any(item.name == "UID" for item in items):
        items.insert(0, Item(name="UID"))
    view = _view(session)
    gone, unsayable = [], []
    for uid in uids:
        said = _answer(view, uid, items)
        if said is None:
            gone.append(uid)
            continue
        if len(said) < len(items):
            unsayable.append(view.number(uid))
        yield from _told(view, uid, said)
    if unsayable:
        raise No(f"letter {unsayable[0]} holds a NUL, which IMAP4rev1 cannot carry (RFC 3501 section 4.3)")
    _check_gone(gone, by_uid)
    return "FETCH completed"


Said = list[tuple[Item, bytes]]


def _answer(view: View, uid: int, items: Sequence[Item]) -> Said | None:
    """What can be said of a letter: not what holds a NUL. None: it is gone."""
    if view.is_gone(uid):
        return None
    opened = None
    if any(item.say for item in items):
        letter = view.read(uid)
        if letter is None:
            return None
        opened = Opened(letter)
    said = [(item, item.say(opened) if item.say and opened else b"") for item in items]
    said = [(item, value) for item, value in said if b"\0" not in value]
    if not view.read_only and any(item.seen for item, _ in said):
        view.see(uid)
    return said


def _told(view: View, uid: int, said: Said) -> Generator[Event, None, None]:
    """The data, if any is left to say; with the flags where they have changed."""
    asked = any(item.name == "FLAGS" for item, _ in said)
    changed = not asked and view.is_untold(uid)
    if asked or changed:
        for line in view.new_keywords(view.flags.get(uid, frozenset())):
            yield from say(line)
        view.told(uid)
    pairs = [
        item.label + b" " + (view.shown(uid) if item.name == "FLAGS" else b"%d" % uid if item.name == "UID" else value)
        for item, value in said
    ]
    pairs += [b"FLAGS " + view.shown(uid)] * changed
    if pairs:
        yield from say(b"%d FETCH (%b)" % (view.number(uid), b" ".join(pairs)))


# ---- STORE


def _store(by_uid: bool, session: Session, cursor: Cursor) -> Work:  # section 6.4.6
    uids = _picked(session, cursor, by_uid)
    cursor.space()
    word = cursor.store_word()
    cursor.space()
    flags = cursor.flags()
    cursor.end()
    view = _writable(session)
    sign, silent = word[:1], word.endswith(".SILENT")
    given = view.spell(flags)
    gone = []
    for start in range(0, len(uids), SLICE):
        part = [uid for uid in uids[start : start + SLICE] if not view.is_gone(uid)]
        gone += [uid for uid in uids[start : start + SLICE] if view.is_gone(uid)]
        untold = {uid for uid in part if view.is_untold(uid)}  # what others did must be told, silent or not
        with session.store.together():
            for uid in part:
                _mark(session, view, uid, sign, given)
        for uid in part:
            if not (silent and uid in untold):
                yield from _stored(view, uid, by_uid=by_uid, silent=silent)
        yield pause()
    _check_gone(gone, by_uid)
    return "STORE completed"


def _mark(session: Session, view: View, uid: int, sign: str, given: frozenset[str]) -> None:
    old = view.flags[uid]
    new = old | given if sign == "+" else old - given if sign == "-" else given
    if len(new) > FLAGS_MAX:
        raise No(f"a letter has {FLAGS_MAX} flags at most", "LIMIT")
    if new != old:
        session.store.mark(view.folder, uid, new)


def _stored(view: View, uid: int, *, by_uid: bool, silent: bool) -> Generator[Event, None, None]:
    for line in view.new_keywords(view.flags.get(uid, frozenset())):
        yield from say(line)
    view.told(uid)
    if not silent and not view.is_gone(uid):
        own = b"UID %d " % uid if by_uid else b""
        yield from say(b"%d FETCH (%bFLAGS %b)" % (view.number(uid), own, view.shown(uid)))


# ---- COPY, MOVE


def _copy(by_uid: bool, session: Session, cursor: Cursor) -> Work:  # section 6.4.7
    uids = _picked(session, cursor, by_uid)
    code = _put(session.store.copy, session, cursor, uids, by_uid)
    yield from ()
    return f"{code}COPY completed"


def _move(by_uid: bool, session: Session, cursor: Cursor) -> Work:  # RFC 6851 section 3
    uids = _picked(session, cursor, by_uid)
    _writable(session)
    code = _put(session.store.move, session, cursor, uids, by_uid)
    if code:
        yield from say(f"OK {code}they are there; now they leave here".encode())  # section 4.3
    return "MOVE completed"


def _put(
    act: Callable[[int, list[int], int], list[int]], session: Session, cursor: Cursor, uids: list[int], by_uid: bool
) -> str:
    """All of them into another mailbox, or none: the code that says where they are now."""
    cursor.space()
    name = name_of(cursor.astring("the name of a mailbox"))
    cursor.end()
    target, view = find(session, name, "TRYCREATE"), _view(session)
    _check_gone([uid for uid in uids if view.is_gone(uid)], by_uid)
    present = [uid for uid in uids if not view.is_gone(uid)]
    if not present:
        return ""
    try:
        put = act(view.folder, present, target.id)
    except LabError as fault:
        raise No(str(fault)) from None
    return f"[COPYUID {target.id} {_runs(present)} {_runs(put)}] "  # RFC 4315 section 3


def _runs(uids: Sequence[int]) -> str:
    """UIDs in rising order as a set: 3:5,9."""
    runs: list[list[int]] = []
    for uid in uids:
        if runs and uid == runs[-1][1] + 1:
            runs[-1][1] = uid
        else:
            runs.append([uid, uid])
    return ",".join(f"{first}:{last}" if last > first else str(first) for first, last in runs)


HANDLERS: dict[str, Callable[[Session, Cursor], Work]] = {
    **{
        name.removeprefix("handle_").replace("_", " "): handler
        for name, handler in globals().items()
        if name.startswith("handle_")
    },
    **{
        f"{'UID ' * by_uid}{verb}": partial(handler, by_uid)
        for verb, handler in (
            ("SEARCH", _search),
            ("FETCH", _fetch),
            ("STORE", _store),
            ("COPY", _copy),
            ("MOVE", _move),
        )
        for by_uid in (False, True)
    },
}
