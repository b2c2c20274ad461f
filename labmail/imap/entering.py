"""The commands of any state, and of a client that is not known yet: greeting, logging in, leaving. RFC 3501
sections 6.1, 6.2.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

from labmail.accounts import read_plain
from labmail.imap.grammar import Cursor
from labmail.imap.words import CAPABILITIES, Bad, No, say
from labmail.record import Event

if TYPE_CHECKING:
    from labmail.imap.session import Session

__all__ = ["HANDLERS", "LOGINS_MAX", "WRONG_PASSWORD_S"]

WRONG_PASSWORD_S = 3  # ours, lab seconds: guessing must take time
LOGINS_MAX = 3  # ours: wrong ones on one connection
KNOWN = " ".join(("CAPABILITY", *CAPABILITIES))
ID_PAIRS_MAX = 30  # RFC 2971 section 3.3

Work = Generator[Event, None, str | None]


def handle_CAPABILITY(session: Session, cursor: Cursor) -> Work:
    cursor.end()
    offered = ("STARTTLS",) if session.tls == "offered" else ()
    yield from say(" ".join((KNOWN, *offered)).encode())
    return "CAPABILITY completed"


def handle_NOOP(session: Session, cursor: Cursor) -> Work:
    cursor.end()
    yield from ()
    return "NOOP completed"


def handle_ID(session: Session, cursor: Cursor) -> Work:  # RFC 2971 section 3.1
    cursor.space()
    if not cursor.rest().upper().startswith(b"NIL"):
        pairs = 0
        for _ in cursor.listed():
            cursor.string("a name in quotes")
            cursor.space()
            cursor.nstring()
            pairs += 1
        if pairs > ID_PAIRS_MAX:
            raise Bad(f"ID has {ID_PAIRS_MAX} pairs at most")
    else:
        cursor.nstring()
    cursor.end()
    yield from say(b'ID ("name" "labmail")')
    return "ID completed"


def handle_LOGOUT(session: Session, cursor: Cursor) -> Work:
    cursor.end()
    session.deselect()
    yield from say(f"BYE {session.hostname} closing connection".encode())
    return "LOGOUT completed"


def handle_STARTTLS(session: Session, cursor: Cursor) -> Work:  # section 6.2.1
    cursor.end()
    yield from ()
    if session.tls == "on":
        raise Bad("TLS is on already")
    if session.tls == "none":
        raise No("there is no TLS on this server; go on without, or leave")
    return "begin TLS"


def handle_LOGIN(session: Session, cursor: Cursor) -> Work:  # section 6.2.3
    cursor.space()
    user = cursor.astring("a user's name")
    cursor.space()
    password = cursor.astring("a password")
    cursor.end()
    return (yield from _enter(session, "LOGIN", user.decode("utf-8", "replace"), password.decode("utf-8", "replace")))


def handle_AUTHENTICATE(session: Session, cursor: Cursor) -> Work:  # section 6.2.2
    cursor.space()
    mechanism = cursor.word("a mechanism")
    if mechanism != "PLAIN":
        raise No(f"{mechanism} is not offered here; PLAIN is")
    if cursor.accept(b" "):  # RFC 4959 section 3
        return (yield from _plain(session, cursor.rest()))
    cursor.end()
    yield from say(b"", "+")
    session.await_line(lambda line: _plain(session, line.rstrip(b"\r\n")))
    return None


def _plain(session: Session, response: bytes) -> Work:
    if response == b"*":
        raise Bad("AUTHENTICATE was taken back")
    try:
        octets = base64.b64decode(b"" if response == b"=" else response, validate=True)
    except binascii.Error:
        raise Bad("that is not base64") from None
    found = read_plain(octets)
    if found is None:
        raise Bad("PLAIN is: whom to act as, NUL, a user's name, NUL, a password (RFC 4616 section 2)")
    acts_as, user, password = found
    return (yield from _enter(session, "AUTHENTICATE", user, password, acts_as))


def _enter(session: Session, verb: str, user: str, password: str, acts_as: str = "") -> Work:
    address = session.check(user, password)
    if address is None or acts_as.lower() not in ("", user.lower(), address):
        session.wrong_logins += 1
        yield Event(kind="wait", value=WRONG_PASSWORD_S)
        if session.wrong_logins >= LOGINS_MAX:
            yield from say(b"BYE too many wrong passwords")
            session.state = "logout"
        raise No("no mailbox opens to that name and password", "AUTHENTICATIONFAILED")
    session.address = address
    session.store.furnish(address)
    # what may be asked next, unasked: sections 6.2.2 and 6.2.3; Python's imaplib would ask, from 3.14 on
    return f"[{KNOWN}] {verb} completed"


HANDLERS: dict[str, Callable[[Session, Cursor], Work]] = {
    name.removeprefix("handle_"): handler for name, handler in globals().items() if name.startswith("handle_")
}
