# ruff: noqa: E501  octets stand as they are said
"""Whatever comes, the session answers BAD, NO or BYE: no fault, no hang, and nobody else is harmed."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labmail.imap.intake import LINE_MAX_OCTETS
from labmail.imap.words import VERBS
from labmail.store import Store
from tests.imap.dialogues import DIALOGUES
from tests.imap.mailroom import BOB, CAKE, Client, heard_in, lines, put

LINES = {  # octets -> how the answer begins
    "a line of 100 kB": (b"a NOOP " + b"x" * 100_000 + b"\r\n", b"a BAD a command has 65536 octets at most"),
    "a line without a tag": (b"\r\n", b"* BAD a tag should stand at the end of the line"),
    "a tag alone": (b"a\r\n", b"a BAD a space should stand"),
    "a tag with a plus": (b"+ NOOP\r\n", b"* BAD a tag should stand"),
    "LF alone": (b"a NOOP\n", b"a BAD a line ends with CR LF"),
    "a NUL": (b"a NOOP\0\r\n", b"a BAD the command should end"),
    "NUL before all": (b"\0a NOOP\r\n", b"* BAD a tag should stand"),
    "a NUL in quotes": (b'a SELECT "x\0y"\r\n', b"a BAD"),
    "a NUL in a literal": (b"a SELECT {3+}\r\nx\0y\r\n", b"a BAD a literal holds no NUL"),
    "8 bits in an atom": (b"a SELECT caf\xe9\r\n", b"a BAD the command should end before '?'"),
    "8 bits in quotes": (b'a SELECT "caf\xe9"\r\n', b"a BAD the name of a mailbox should stand before '\"caf?\"'; octets above 127"),
    "8 bits in a verb": (b"a \xffOOP\r\n", b"a BAD a command should stand before '?OOP'; octets above 127"),
    "a bare CR": (b"a NOOP\rx\r\n", b"a BAD"),
    "an unknown command": (b"a EHLO x\r\n", b"a BAD there is no command EHLO"),
    "HTTP": (b"GET / HTTP/1.1\r\n", b"GET BAD there is no command /"),
    "deep parentheses": (b"a SEARCH " + b"(" * 60_000 + b"\r\n", b"a BAD SEARCH takes"),
    "a literal that never ends a line": (b"a NOOP {3+}\r\nabc\r\n", b"a BAD the command should end"),
    "many small literals": (b"a LOGIN " + b"{1+}\r\nx" * 10_000 + b"\r\n", b"a BAD a command has 65536 octets at most"),
    "a number beyond all": (b"a FETCH 99999999999999999999 FLAGS\r\n", b"a BAD a number is 4294967295 at most"),
    "a set of 60 kB": (b"a FETCH " + b"1," * 30_000 + b"1 UID\r\n", b"* 1 FETCH (UID 1)"),
    "a literal's length beyond all": (b"a SELECT {99999999999999999999999}\r\n", b"a BAD"),
    "a section with many numbers": (b"a FETCH 1 BODY[" + b"1." * 30_000 + b"1]\r\n", b"a BAD a section has 100"),
    "101 flags": (b"a STORE 1 FLAGS (" + b" ".join(b"f%d" % n for n in range(101)) + b")\r\n", b"a NO [LIMIT]"),
    "a long flag": (b"a STORE 1 FLAGS (" + b"f" * 101 + b")\r\n", b"a BAD a flag has 100 octets at most"),
    "an empty FETCH": (b"a FETCH 1 ()\r\n", b"a BAD FETCH asks for something"),
    "part 0": (b"a FETCH 1 BODY[0]\r\n", b"a BAD parts count from 1"),
    "a range of nothing": (b"a FETCH 1 BODY[]<0.0>\r\n", b"a BAD a range has at least one octet"),
    "31 pairs of ID": (b'a ID (' + b" ".join([b'"a" "b"'] * 31) + b")\r\n", b"a BAD ID has 30 pairs"),
    "a year 0": (b'a APPEND INBOX " 1-Jan-0000 00:00:00 +0000" {1+}\r\nx\r\n', b"a BAD there is no such time"),
    "a year 1 in the east": (b'a APPEND INBOX "01-Jan-0001 00:00:00 +2300" {1+}\r\nx\r\n', b"* 2 EXISTS"),
}  # fmt: skip


@pytest.mark.parametrize(("octets", "begins"), LINES.values(), ids=LINES)
def test_a_bad_line(store, octets, begins):
    put(store)
    client = Client(store, login=True)
    client.say("SELECT INBOX")
    start = time.perf_counter()
    answer = client.feed(octets)
    assert answer.startswith(begins)
    assert time.perf_counter() - start < 10  # a limit against hanging: the square of its length would take longer
    assert client.say("NOOP")[-1] == "OK NOOP completed"
    assert "fault" not in client.kinds
    assert len(client.feed(octets)) > 0  # and once more


@pytest.mark.parametrize("name", ["a line of 100 kB", "a NUL in a literal", "many small literals", "deep parentheses"])
def test_in_crumbs(store, name):
    whole, crumbs = Client(store, login=True), Client(store, login=True)
    octets = LINES[name][0]
    whole.feed(octets)
    for start in range(0, len(octets), 999):
        crumbs.feed(octets[start : start + 999])
    assert crumbs.dialog == whole.dialog


def test_a_letter_with_a_nul(store):
    client = Client(store, login=True)
    octets = b"Subject: nul\r\n\r\na\0b\r\n"
    assert client.feed(b"a APPEND INBOX {%d+}\r\n%b\r\n" % (len(octets), octets)).startswith(
        b"a BAD a literal holds no NUL"
    )
    assert store.letters(BOB) == []
    put(store, octets)
    put(store)
    client.say("SELECT INBOX")
    assert client.say("FETCH 1:2 (FLAGS)")[-1] == "OK FETCH completed"
    answer = client.say("FETCH 1:2 (UID FLAGS BODY.PEEK[TEXT])")
    assert answer[0] == "1 FETCH (UID 1 FLAGS (\\Recent))"
    assert answer[1].startswith("2 FETCH (UID 2 FLAGS (\\Recent) BODY[TEXT] {33}")
    assert answer[-1] == "NO letter 1 holds a NUL, which IMAP4rev1 cannot carry (RFC 3501 section 4.3)"
    assert client.say("FETCH 1 BODY[]")[-1].startswith("NO letter 1 holds a NUL")
    assert client.say("FETCH 1 (FLAGS BODY[HEADER])")[:2] == [
        "1 FETCH (FLAGS (\\Seen \\Recent) BODY[HEADER] {16}",
        "Subject: nul",
    ]
    assert client.say("FETCH 1 (ENVELOPE RFC822.SIZE BODYSTRUCTURE)")[-1] == "OK FETCH completed"
    assert client.say("SEARCH TEXT nul") == ["SEARCH 1", "OK SEARCH completed"]


def test_idle_and_authenticate_take_no_endless_line(store):
    client = Client(store, login=True)
    client.say("IDLE")
    assert client.feed(b"x" * 100_000 + b"\r\n").startswith(b"t2 BAD a command has")
    assert not client.session.idling
    assert client.say("NOOP") == ["OK NOOP completed"]
    other = Client(store)
    other.say("AUTHENTICATE PLAIN")
    assert other.feed(b"x" * 100_000 + b"\r\n").startswith(b"t1 BAD a command has")
    assert other.say("NOOP") == ["OK NOOP completed"]


def test_the_memory_of_who_never_ends_is_bounded(store):
    client = Client(store)
    for _ in range(50):
        client.feed(b"x" * LINE_MAX_OCTETS)
    assert len(client.session._inbox._octets) < LINE_MAX_OCTETS
    assert client.session._parts.texts == []


def test_a_thousand_mailboxes_are_the_most(store):
    client = Client(store, login=True)
    for number in range(994):
        client.say(f"CREATE m{number}")
    assert client.say("CREATE more") == ["NO [LIMIT] there are 1000 mailboxes at most"]


def test_our_own_bug_is_heard_and_the_client_may_go_on(store):
    client = Client(store, login=True)
    store_read, store.folder = store.folder, None
    assert client.say("SELECT INBOX") == ["NO [SERVERBUG] this went wrong on our side; try something else"]
    [fault] = [event.value for event in client.events if event.kind == "fault"]
    assert isinstance(fault, TypeError)
    assert fault.__traceback__  # which the carrier hands on
    store.folder = store_read
    assert client.say("SELECT INBOX")[-1].startswith("OK")


WORDS = st.one_of(
    st.sampled_from([verb.encode() for verb in VERBS]),
    st.sampled_from(
        [
            b"1",
            b"1:*",
            b"(",
            b")",
            b"INBOX",
            b"FLAGS",
            b"BODY[]",
            b"{3+}",
            b"{3}",
            b"{0}",
            b'"',
            b"\\Seen",
            b"BODY[HEADER.FIELDS (",
            b"ALL",
            b"NOT",
            b"OR",
            b"CHARSET UTF-8",
            b"*",
            b"+FLAGS",
            b"<0.1>",
        ]
    ),
    st.binary(max_size=8),
)
COMMAND = st.lists(WORDS, max_size=8).map(b" ".join)
SAID = [line for dialogue in DIALOGUES.values() for kind, line in lines(dialogue) if kind == "heard"]


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.one_of(COMMAND.map(lambda line: b"x " + line + b"\r\n"), st.sampled_from(SAID), st.binary(max_size=30)),
                max_size=12), st.integers(1, 40), st.booleans())  # fmt: skip
def test_whatever_comes_the_session_answers_the_same(said, step, enters):
    octets = b"".join(said)
    if enters:
        octets = b'e LOGIN bob "a cake"\r\ne SELECT INBOX\r\n' + octets
    dialogs = []
    for crumbs in (len(octets) or 1, step):
        store = Store()
        put(store, CAKE)
        client = Client(store)
        for start in range(0, len(octets), crumbs):
            client.feed(octets[start : start + crumbs])
        dialogs.append([(event.kind, event.octets) for event in client.events])
        assert "fault" not in client.kinds, client.events
        for event in client.events:
            assert event.kind != "said" or b"\0" not in event.octets
        store.close()
    assert dialogs[0] == dialogs[1]


def test_every_dialogue_cut_anywhere(store):
    """A client that goes away in mid-command changes nothing by that."""
    octets = heard_in(DIALOGUES["literals"])
    for end in range(0, len(octets), 37):
        client = Client(store)
        client.feed(octets[:end])
        client.session.end()
        assert "fault" not in client.kinds
