"""A POP3 session: its dialogues, crumbs, hostile octets, and what becomes of the mailbox."""

from __future__ import annotations

import asyncio
import traceback

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labmail.pop3.session import PIECE_MAX_OCTETS, WRONG_PASSWORD_S, Session
from labmail.pop3.words import ENDS, MERMAID, RESPONSE, TABLE, VERBS, Command, Reply
from labmail.states import comes_first
from tests.pop3.dialogues import DIALOGUES, LETTERS
from tests.pop3.postoffice import CLIENT, HOST, HOSTS, PostOffice, heard_in, lines, pour, say, spoken

LOGIN = b"USER bob\r\nPASS teaching-bob\r\n"


@pytest.fixture
def place():
    return PostOffice()


@pytest.fixture
def net(place):
    net = place.net()
    yield net
    net.stop()


@pytest.mark.parametrize("dialogue", DIALOGUES.values(), ids=DIALOGUES)
def test_dialogue(net, dialogue):
    async def talk():
        reader, writer = await net.open(CLIENT, HOSTS[HOST], 110)
        for kind, octets in lines(dialogue):
            if kind == "heard":
                writer.write(octets)
            else:
                assert await asyncio.wait_for(reader.readline(), 5) == octets
        assert await reader.read() == b""  # and it hung up
        writer.close()

    net.run(talk())
    net.settle()
    assert spoken(net.record) == lines(dialogue)


@pytest.mark.parametrize("dialogue", DIALOGUES.values(), ids=DIALOGUES)
@pytest.mark.parametrize("crumbs", [1, 7, None])
def test_the_record_does_not_depend_on_chunks(net, dialogue, crumbs):
    answer = pour(net, heard_in(dialogue), crumbs)
    assert spoken(net.record) == lines(dialogue)
    assert answer == b"".join(octets for kind, octets in lines(dialogue) if kind == "said")


@pytest.mark.parametrize("dialogue", DIALOGUES.values(), ids=DIALOGUES)
def test_one_byte_at_a_time(dialogue):
    octets = heard_in(dialogue) + b"STAT\r\n"  # which nobody hears any more
    whole, crumbs = PostOffice().session(), PostOffice().session()
    events = list(whole.receive(octets))
    assert [event for byte in octets for event in crumbs.receive(bytes([byte]))] == events
    assert [event.kind for event in events].count("close") == 1
    assert whole.state == crumbs.state
    assert whole.state in ENDS


def test_our_own_bug_is_heard_and_deletes_nothing():
    class Broken(Session):
        def handle_NOOP(self, argument):
            raise ValueError("a bug")

    place = PostOffice()
    place.session = lambda: Broken(HOST, place.accounts.check, place.office)
    net, faults = place.net(), []
    net.call(net.loop.set_exception_handler, lambda _, context: faults.append(context["exception"]))
    before = place.left()
    answer = pour(net, LOGIN + b"DELE 1\r\nNOOP\r\n")
    assert answer.endswith(b"-ERR [SYS/TEMP] this went wrong on our side, and the conversation ends here\r\n")
    assert [event.value for event in net.record if event.kind == "fault"] == ["ValueError: a bug"]
    assert [traceback.extract_tb(fault.__traceback__)[-1].name for fault in faults] == ["handle_NOOP"]
    assert place.left() == before
    assert b"is yours" in pour(net, LOGIN)  # the mailbox is free again
    net.stop()


def test_the_dialogues_say_every_verb_in_every_state():
    """Allowed and not: each pair of a state and a verb stands in some dialogue."""
    said = set()
    for dialogue in DIALOGUES.values():
        for event in PostOffice().session().receive(heard_in(dialogue)):
            if isinstance(event.value, Command):
                said.add((event.value.state, event.value.verb))
    wanted = {(state, verb) for state in ("authorization", "transaction") for verb in VERBS}
    wanted |= {(state, verb) for state, row in TABLE.items() for verb in row}
    assert wanted <= said


def test_values_say_what_the_octets_mean():
    events = list(PostOffice().session().receive(b"user bob\r\nRETR 1\r\n"))
    assert [event.value for event in events] == [
        Command(verb="USER", argument="bob", state="authorization"),
        Reply(status="+OK", text="now the password: PASS ..."),
        Command(verb="RETR", argument="1", state="named"),
        Reply(status="-ERR", text="PASS comes first"),
    ]


def test_the_picture_is_read_from_the_table():
    assert "    transaction --> update: QUIT" in MERMAID
    assert "    named --> authorization: PASS, refused" in MERMAID
    assert f"    challenged --> transaction: {RESPONSE}" in MERMAID
    assert comes_first(TABLE, "update", "STAT") is None


# ---- octets that nobody should send

HOSTILE = {  # after the greeting -> the statuses that are heard
    "LF alone": (b"CAPA\nCAPA\n", ["-ERR", "-ERR"]),
    "NUL": (b"USER b\0b\r\n", ["-ERR"]),
    "a bare CR": (b"USER b\rQUIT\r\n", ["-ERR"]),
    "8-bit": (b"USER \xff\xfe\r\nPASS \xff\r\n\xff\xff\r\n", ["+OK", "-ERR", "-ERR"]),
    "255 octets": (b"USER " + b"x" * 248 + b"\r\n", ["+OK"]),
    "256 octets": (b"USER " + b"x" * 249 + b"\r\n", ["-ERR"]),
    "as long as a piece": (b"x" * (PIECE_MAX_OCTETS - 2) + b"\r\n", ["-ERR"]),
    "longer than a piece": (b"x" * (PIECE_MAX_OCTETS - 1) + b"\r\n" + b"USER x\r\n", ["-ERR", "+OK"]),
    "100 kB in one line": (b"x" * 100_000 + b"\r\nUSER x\r\n", ["-ERR", "+OK"]),
    "a response too long": (b"AUTH PLAIN\r\n" + b"A" * 2000 + b"\r\nUSER x\r\n", ["+", "-ERR", "+OK"]),
    "a response of the most": (b"AUTH PLAIN\r\n" + b"A" * 1024 + b"\r\nUSER x\r\n", ["+", "-ERR", "+OK"]),
    "a long initial response": (b"AUTH PLAIN " + b"A" * 300 + b"\r\n", ["-ERR"]),
    "a password with blanks": (b"USER bob\r\nPASS  teaching-bob\r\n", ["+OK", "-ERR"]),
}


@pytest.mark.parametrize(("octets", "statuses"), HOSTILE.values(), ids=HOSTILE)
def test_a_bad_line_keeps_the_connection(octets, statuses):
    session = PostOffice().session()
    events = list(session.receive(octets))
    assert [event.value.status for event in events if isinstance(event.value, Reply)] == statuses
    assert b"".join(event.octets for event in events if event.kind == "heard") == octets
    assert say(session, b"QUIT\r\n").startswith(b"+OK")
    crumbs = PostOffice().session()
    assert [event for byte in octets for event in crumbs.receive(bytes([byte]))] == events


WORDS = st.sampled_from(
    [*map(str.encode, VERBS), b"PLAIN", b"bob", b"teaching-bob", b"1", b"2", b" ", b"\r\n", b"\n", b"\0", b"="]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(WORDS | st.binary(max_size=40), max_size=40).map(b"".join), st.booleans())
def test_any_octets_are_survived(octets, logged_in):
    place = PostOffice()
    session = place.session()
    say(session, LOGIN if logged_in else b"")
    events = list(session.receive(octets))
    assert all(event.octets.endswith(b"\r\n") for event in events if event.kind == "said")
    session.end()
    assert len(place.left()) == 3 or session.state == "update"


# ---- the mailbox


def test_what_is_marked_goes_at_quit_and_not_before():
    place = PostOffice()
    session = place.session()
    say(session, LOGIN, b"DELE 1\r\nDELE 3\r\n")
    assert place.left() == list(LETTERS)
    say(session, b"QUIT\r\n")
    assert place.left() == [LETTERS[1]]
    assert b"1 18" not in say(place.session(), LOGIN, b"LIST\r\n")


def test_unique_ids_stay_and_are_not_given_again():
    place = PostOffice()
    say(place.session(), LOGIN, b"DELE 1\r\nDELE 3\r\nQUIT\r\n")
    place.store.add("bob@example.com", "INBOX", b"new\r\n", at=place.store.letters("bob@example.com")[0].at)
    assert b"\r\n1 2\r\n2 4\r\n.\r\n" in say(place.session(), LOGIN, b"UIDL\r\n")


def test_a_dropped_connection_deletes_nothing_and_lets_the_next_in(net, place):
    pour(net, LOGIN + b"DELE 1\r\nDELE 2\r\n")
    assert place.left() == list(LETTERS)
    assert b"+OK the mailbox of" in pour(net, LOGIN)


def test_one_client_at_a_time():
    place = PostOffice()
    first, second = place.session(), place.session()
    say(first, LOGIN)
    assert b"-ERR [IN-USE] another client has the mailbox of bob@example.com open" in say(second, LOGIN)
    assert second.state == "authorization"
    second.end()  # which must not open the lock of the first
    third = place.session()
    assert b"[IN-USE]" in say(third, b"AUTH PLAIN AGJvYgB0ZWFjaGluZy1ib2I=\r\n")
    say(first, b"QUIT\r\n")
    assert b"+OK the mailbox of" in say(third, LOGIN)


def test_what_comes_meanwhile_waits_for_the_next_login():
    place = PostOffice()
    session = place.session()
    say(session, LOGIN)
    place.store.add("bob@example.com", "INBOX", b"new\r\n", at=place.store.letters("bob@example.com")[0].at)
    assert say(session, b"STAT\r\n") == b"+OK 3 68\r\n"
    say(session, b"DELE 1\r\nQUIT\r\n")
    assert place.left() == [*LETTERS[1:], b"new\r\n"]


def test_what_another_program_took_away():
    place = PostOffice()
    session = place.session()
    say(session, LOGIN)
    place.store.remove(place.store.letters("bob@example.com")[:1])
    assert say(session, b"RETR 1\r\n").startswith(b"-ERR message 1 has been taken away meanwhile")
    assert say(session, b"DELE 1\r\nQUIT\r\n").count(b"+OK") == 2
    assert place.left() == list(LETTERS[1:])


def test_a_wrong_password_costs_lab_time(net):
    pour(net, b"USER bob\r\nPASS x\r\nUSER bob\r\nPASS x\r\nUSER bob\r\nPASS teaching-bob\r\nQUIT\r\n")
    kinds = [event.kind for event in net.record if event.kind != "connect"]
    assert kinds[3:8] == ["heard", "wait", "jump", "said", "heard"]
    [first, second] = [event for event in net.record if event.kind == "wait"]
    assert (second.at - first.at).total_seconds() == WRONG_PASSWORD_S
    assert (net.agenda.now - first.at).total_seconds() == 2 * WRONG_PASSWORD_S


def test_nothing_is_heard_while_a_client_is_kept_waiting():
    """A session alone yields the wait before it says no: its carrier does the rest."""
    events = PostOffice().session().receive(b"USER bob\r\nPASS x\r\nQUIT\r\n")
    assert [event.kind for event in events] == ["heard", "said", "heard", "wait", "said", "heard", "said", "close"]


def test_a_session_knows_no_wire():
    assert not {"transport", "socket", "tap"} & set(vars(PostOffice().session()))
    assert isinstance(PostOffice().session(), Session)
