"""Names of mailboxes: modified UTF-7, what may not be one, and patterns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labmail.imap.names import decode, encode, matches
from tests.imap.mailroom import Client

PAIRS = {
    "INBOX": b"INBOX",
    "~peter/mail/台北/日本語": b"~peter/mail/&U,BTFw-/&ZeVnLIqe-",  # RFC 3501 section 5.1.3
    "Entwürfe": b"Entw&APw-rfe",
    "a&b": b"a&-b",
    "🎂": b"&2Dzfgg-",
    "&&ü&": b"&-&-&APwAJg-",
}


@pytest.mark.parametrize(("name", "octets"), list(PAIRS.items())[:5])
def test_modified_utf_7(name, octets):
    assert encode(name) == octets
    assert decode(octets) == name


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_there_and_back(name):
    assert decode(encode(name)) == name
    assert encode(name).isascii()


REFUSED = [b"a&b", b"&", b"&AGE-", b"&APw", b"&APw-&APw-", b"&AP-", b"&2Dw-", b"&!!-", b"\xc3\xbc", b"&AAA", b"&APx-"]


@pytest.mark.parametrize("octets", REFUSED)
def test_a_name_has_one_form(store, octets):
    client = Client(store, login=True)
    assert client.say(b"CREATE {%d+}\r\n%b" % (len(octets), octets)) == [
        "NO [CANNOT] that name is not in modified UTF-7 (RFC 3501 section 5.1.3)"
    ]


BAD_NAMES = {
    "/": "each level", "a//b": "each level", "/etc/passwd": "each level", "..": "each level", "../x": "each level",
    "a/../b": "each level", ".": "each level", '""': "each level", '"a*"': "no *", '"a%b"': "no *",
    "a" * 256: "255 characters", "a/" * 20 + "a": "20 levels", "&AAk-": "control",
}  # fmt: skip


@pytest.mark.parametrize(("name", "why"), BAD_NAMES.items(), ids=str)
def test_what_is_no_name(client, name, why):
    for command in (f"CREATE {name}", f"RENAME Sent {name}"):
        [answer] = client.say(command)
        assert answer.startswith("NO [CANNOT] ")
        assert why in answer
    assert client.say("STATUS Sent (MESSAGES)")[-1] == "OK STATUS completed"


def test_inbox_in_any_case_and_no_other(client):
    assert client.say("CREATE inBox")[-1].startswith("NO [ALREADYEXISTS]")
    assert client.say("CREATE inbox/Cakes") == ["OK CREATE completed"]
    assert client.say('LIST "" inbox*')[:-1] == [
        r'LIST (\HasChildren) "/" "INBOX"', r'LIST (\HasNoChildren) "/" "INBOX/Cakes"',
    ]  # fmt: skip
    assert client.say("SELECT sent")[-1].startswith("NO")


PATTERNS = {
    ("*", "a/b"): True, ("%", "a/b"): False, ("%", "a"): True, ("a/%", "a/b"): True, ("a%", "a/b"): False,
    ("a*", "a/b"): True, ("*b", "a/b"): True, ("%b", "a/b"): False, ("%/%", "a/b"): True, ("%%%", "abc"): True,
    ("*%", "a/b"): True, ("%*", "a/b"): True, ("a", "ab"): False, ("", "a"): False, ("inbox", "INBOX"): True,
    ("INB%", "INBOX"): True, ("in*", "INBOX/x"): True, ("A", "a"): False, ("a.b", "axb"): False,
}  # fmt: skip


@pytest.mark.parametrize(("pattern", "name"), PATTERNS, ids=str)
def test_patterns(pattern, name):
    assert matches(pattern, name) is PATTERNS[pattern, name]


def test_a_pattern_made_to_take_long_does_not():
    assert not matches("%a" * 127 + "b", "a" * 255)
    assert not matches("*a" * 100_000, "a" * 255)
