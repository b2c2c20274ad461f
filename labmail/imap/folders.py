"""The commands on mailboxes: select, make, rename, list, look from outside, put a letter in, idle. RFC 3501
section 6.3.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

from labmail.imap.grammar import SYSTEM_FLAGS, Cursor
from labmail.imap.names import SEPARATOR, SPECIAL_USE, above, check_new, encode, matches, name_of
from labmail.imap.words import Bad, No, pause, say, string
from labmail.record import Event
from labmail.store import INBOX, Folder

if TYPE_CHECKING:
    from labmail.imap.session import Session

__all__ = ["HANDLERS", "find"]

FOLDERS_MAX = 1000  # ours: of one person
STATUS_ITEMS = ("MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN")

Work = Generator[Event, None, str | None]


def find(session: Session, name: str, code: str = "NONEXISTENT") -> Folder:
    folder = session.store.folder(session.address, name)
    if folder is None:
        raise No("there is no such mailbox", code)
    return folder


def _only_name(cursor: Cursor) -> str:
    cursor.space()
    name = name_of(cursor.astring("the name of a mailbox"))
    cursor.end()
    return name


# ---- select


def handle_SELECT(session: Session, cursor: Cursor) -> Work:
    return (yield from _select(session, cursor, "SELECT"))


def handle_EXAMINE(session: Session, cursor: Cursor) -> Work:
    return (yield from _select(session, cursor, "EXAMINE"))


def _select(session: Session, cursor: Cursor, verb: str) -> Work:  # section 6.3.1
    name = _only_name(cursor)
    session.deselect()  # whatever comes of it
    folder = find(session, name)
    read_only = verb == "EXAMINE"
    view = session.select(folder.id, read_only=read_only)
    lasting = "" if read_only else " ".join([*SYSTEM_FLAGS.values(), "\\*"])
    unseen = view.first_unseen()
    yield from say(view.flags_line())
    yield from say(b"%d EXISTS" % len(view.uids))
    yield from say(b"%d RECENT" % view.recent)
    if unseen is not None:
        yield from say(b"OK [UNSEEN %d] the first that is not seen" % unseen)
    yield from say(
        f"OK [PERMANENTFLAGS ({lasting})] {'nothing can be changed' if read_only else 'these stay'}".encode()
    )
    yield from say(b"OK [UIDVALIDITY %d] UIDs are good" % folder.id)
    yield from say(b"OK [UIDNEXT %d] the next UID" % folder.uid_next)
    return f"[{'READ-ONLY' if read_only else 'READ-WRITE'}] {verb} completed"


# ---- make, delete, rename


def handle_CREATE(session: Session, cursor: Cursor) -> Work:  # section 6.3.3
    cursor.space()
    wire_name = cursor.astring("the name of a mailbox")
    cursor.end()
    name = check_new(name_of(wire_name.removesuffix(SEPARATOR.encode())))  # which said that names below will follow
    yield from ()
    if session.store.folder(session.address, name) is not None:
        raise No("there is such a mailbox already", "ALREADYEXISTS")
    with session.store.together():
        _make(session, [*above(name), name])
    return "CREATE completed"


def _make(session: Session, names: list[str]) -> None:
    """Those of them that are not there yet."""
    known = {folder.name for folder in session.store.all_folders(session.address)}
    fresh = [name for name in names if name not in known]
    if len(known) + len(fresh) > FOLDERS_MAX:
        raise No(f"there are {FOLDERS_MAX} mailboxes at most", "LIMIT")
    for name in fresh:
        session.store.create(session.address, name)


def handle_DELETE(session: Session, cursor: Cursor) -> Work:  # section 6.3.4
    name = _only_name(cursor)
    yield from ()
    if name == INBOX:
        raise No("INBOX cannot be deleted", "CANNOT")
    if session.store.folder(session.address, name) is None and name in _parents(session):
        raise No("that is but a name above others; delete those")
    session.store.delete(find(session, name))
    return "DELETE completed"


def handle_RENAME(session: Session, cursor: Cursor) -> Work:  # section 6.3.5
    cursor.space()
    old = name_of(cursor.astring("the name of a mailbox"))
    new = check_new(_only_name(cursor))
    yield from ()
    below = old + SEPARATOR
    folders = session.store.all_folders(session.address)
    moved = {
        each: new + each.name.removeprefix(old) for each in folders if each.name == old or each.name.startswith(below)
    }
    if not moved:
        raise No("there is no such mailbox", "NONEXISTENT")
    if new.startswith(below) or new == old:
        raise No("a mailbox does not move below itself", "CANNOT")
    with session.store.together():
        if old == INBOX:
            _empty_inbox(session, new)
            return "RENAME completed: the letters of INBOX have moved"
        if {each.name for each in folders} & set(moved.values()):
            raise No("there is such a mailbox already", "ALREADYEXISTS")
        _make(session, above(new))
        for folder, name in moved.items():
            session.store.rename(folder, name)
    return "RENAME completed"


def _empty_inbox(session: Session, new: str) -> None:
    """INBOX stays, and its letters go: RFC 3501 section 6.3.5."""
    if session.store.folder(session.address, new) is not None:
        raise No("there is such a mailbox already", "ALREADYEXISTS")
    _make(session, [*above(new), new])
    inbox, target = find(session, INBOX), find(session, new)
    uids = [uid for uid, _ in session.store.index(inbox.id)]
    session.store.move(inbox.id, uids, target.id)


def handle_SUBSCRIBE(session: Session, cursor: Cursor) -> Work:  # section 6.3.6
    name = _only_name(cursor)
    yield from ()
    find(session, name)
    session.store.subscribe(session.address, name)
    return "SUBSCRIBE completed"


def handle_UNSUBSCRIBE(session: Session, cursor: Cursor) -> Work:
    name = _only_name(cursor)
    yield from ()
    session.store.unsubscribe(session.address, name)
    return "UNSUBSCRIBE completed"


# ---- list


def handle_LIST(session: Session, cursor: Cursor) -> Work:  # section 6.3.8
    pattern = _pattern(cursor)
    if not pattern:
        yield from say(rb'LIST (\Noselect) "/" ""')
        return "LIST completed"
    real = {folder.name for folder in session.store.all_folders(session.address)}
    parents = _parents(session)
    for name in _in_order(real | parents):
        yield pause()
        if matches(pattern, encode(name).decode()):
            attributes = [] if name in real else ["\\Noselect"]
            attributes.append("\\HasChildren" if name in parents else "\\HasNoChildren")  # RFC 3348 section 3
            attributes += [SPECIAL_USE[name]] if name in SPECIAL_USE and name in real else []
            yield from _listed("LIST", attributes, name)
    return "LIST completed"


def handle_LSUB(session: Session, cursor: Cursor) -> Work:  # section 6.3.9
    pattern = _pattern(cursor)
    subscribed = set(session.store.subscribed(session.address))
    real = {folder.name for folder in session.store.all_folders(session.address)}
    shown: set[str] = set()
    for name in _in_order(subscribed):
        yield pause()
        if matches(pattern, encode(name).decode()):
            shown.add(name)
            yield from _listed("LSUB", [] if name in real else ["\\Noselect"], name)
    for name in _in_order({parent for other in subscribed - shown for parent in above(other)} - subscribed):
        if "%" in pattern and matches(pattern, encode(name).decode()):
            yield from _listed("LSUB", ["\\Noselect"], name)
    return "LSUB completed"


def _pattern(cursor: Cursor) -> str:
    cursor.space()
    reference = cursor.astring("a reference name")
    cursor.space()
    pattern = cursor.list_mailbox()
    cursor.end()
    return (reference + pattern).decode("latin-1") if pattern else ""


def _listed(word: str, attributes: list[str], name: str) -> Generator[Event, None, None]:
    yield from say(b'%b (%b) "/" %b' % (word.encode(), " ".join(attributes).encode(), string(encode(name))))


def _parents(session: Session) -> set[str]:
    return {parent for folder in session.store.all_folders(session.address) for parent in above(folder.name)}


def _in_order(names: set[str]) -> list[str]:
    return sorted(names, key=lambda name: (name != INBOX, name))


def handle_NAMESPACE(session: Session, cursor: Cursor) -> Work:  # RFC 2342 section 5
    cursor.end()
    yield from say(b'NAMESPACE (("" "/")) NIL NIL')
    return "NAMESPACE completed"


# ---- from outside


def handle_STATUS(session: Session, cursor: Cursor) -> Work:  # section 6.3.10
    cursor.space()
    name = name_of(cursor.astring("the name of a mailbox"))
    cursor.space()
    items = [cursor.word("an item") for _ in cursor.listed()]
    cursor.end()
    unknown = next((item for item in items if item not in STATUS_ITEMS), None)
    if unknown or not items:
        raise Bad(f"STATUS tells {', '.join(STATUS_ITEMS)}, not {unknown or 'nothing'}")
    folder = find(session, name)
    index = session.store.index(folder.id)
    first_recent = session.store.recent_from(folder.id)
    values = {
        "MESSAGES": len(index),
        "RECENT": sum(uid >= first_recent for uid, _ in index),
        "UIDNEXT": folder.uid_next,
        "UIDVALIDITY": folder.id,
        "UNSEEN": sum("\\Seen" not in flags for _, flags in index),
    }
    told = " ".join(f"{item} {values[item]}" for item in items)
    yield from say(b"STATUS %b (%b)" % (string(encode(folder.name)), told.encode()))
    return "STATUS completed"


def handle_APPEND(session: Session, cursor: Cursor) -> Work:  # section 6.3.11
    cursor.space()
    name = name_of(cursor.astring("the name of a mailbox"))
    cursor.space()
    flags: list[str] = []
    if cursor.ahead(b"("):
        flags = cursor.flag_list()
        cursor.space()
    at = session.now()
    if cursor.ahead(b'"'):
        at = cursor.date_time()
        cursor.space()
    octets = cursor.literal("the letter, as a literal,")
    cursor.end()
    folder = find(session, name, "TRYCREATE")
    view = session.view if session.view and session.view.folder == folder.id else None
    kept = view.spell(flags) if view else frozenset(flags)
    letter = session.store.add(session.address, folder.name, octets, at=at, flags=kept)
    yield Event(kind="stored", value=letter)
    return f"[APPENDUID {folder.id} {letter.uid}] APPEND completed"  # RFC 4315 section 3


def handle_IDLE(session: Session, cursor: Cursor) -> Work:  # RFC 2177 section 3
    cursor.end()
    if session.view is not None:
        for line in session.view.sync(expunge=True):
            yield from say(line)
    yield from say(b"idling", "+")
    session.idling = True
    session.await_line(lambda line: _done(session, line))
    return None


def _done(session: Session, line: bytes) -> Work:
    session.idling = False
    yield from ()
    if line.upper() != b"DONE\r\n":
        raise Bad("DONE ends IDLE, and nothing else")
    return "IDLE completed"


HANDLERS: dict[str, Callable[[Session, Cursor], Work]] = {
    name.removeprefix("handle_"): handler for name, handler in globals().items() if name.startswith("handle_")
}
