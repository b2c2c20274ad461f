"""SEARCH: each key of RFC 3501 section 6.4.4, alone and joined, over letters that differ."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.imap.mailroom import CAKE, Client, put

JUNE = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
GERMAN = (
    b"From: =?utf-8?q?J=C3=B6rg?= <joerg@example.org>\r\nTo: bob@example.com\r\nCc: carol@example.com\r\n"
    b"Bcc: dave@example.com\r\nDate: Tue, 02 Jun 2026 23:30:00 -0500\r\nSubject: =?iso-8859-1?q?K=E4se?=\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"R3LDvMOfZSBhdXMgS8O2bG4=\r\n"  # Grüße aus Köln
)
QP = b"Subject: a\r\nX-Cake: marble\r\nDate: broken\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nFr=C3=BCh\r\n"
BIG = b"Subject: big\n\n" + b"x" * 5000


@pytest.fixture
def four(store):
    """The cake, German, quoted-printable (seen, with a keyword), big (deleted); the first two are not recent."""
    put(store, CAKE, at=JUNE, flags=frozenset({"\\Answered", "\\Flagged"}))
    put(store, GERMAN, at=JUNE + timedelta(days=1))
    Client(store, login=True).say("SELECT INBOX")
    put(
        store,
        QP,
        at=datetime(2026, 6, 3, 1, 0, tzinfo=timezone(timedelta(hours=2))),
        flags=frozenset({"\\Seen", "Cake"}),
    )
    put(store, BIG, at=JUNE + timedelta(days=3), flags=frozenset({"\\Deleted", "\\Draft"}))
    store.take_out(1, [9])
    client = Client(store, login=True)
    client.say("SELECT INBOX")
    return client


KEYS = {
    "ALL": "1 2 3 4", "ANSWERED": "1", "UNANSWERED": "2 3 4", "DELETED": "4", "UNDELETED": "1 2 3", "DRAFT": "4",
    "UNDRAFT": "1 2 3", "FLAGGED": "1", "UNFLAGGED": "2 3 4", "SEEN": "3", "UNSEEN": "1 2 4", "RECENT": "3 4",
    "OLD": "1 2", "NEW": "4", "KEYWORD cake": "3", "UNKEYWORD CAKE": "1 2 4",
    "BEFORE 2-Jun-2026": "1", "ON 2-Jun-2026": "2", 'SINCE "03-jun-2026"': "3 4",
    "SENTBEFORE 2-Jun-2026": "1", "SENTON 2-Jun-2026": "2", "SENTSINCE 1-Jun-2026": "1 2",
    "LARGER 4000": "4", "SMALLER 4000": "1 2 3", "LARGER 5014": "", "SMALLER 5014": "1 2 3",
    "FROM alice": "1", "FROM ALICE@EXAMPLE": "1", "TO bob": "1 2", "CC carol": "2", "BCC dave": "2",
    "SUBJECT cake": "1", "BODY bring": "1", "BODY Alice": "", "TEXT alice": "1", "TEXT marble": "3",
    "HEADER X-Cake marble": "3", 'HEADER x-cake ""': "3", "HEADER X-Cake almond": "", 'SUBJECT ""': "1 2 3 4",
    "2": "2", "2:*": "2 3 4", "4,1:2": "1 2 4", "UID 1,3:9": "1 3 4", "UID 9": "", "*": "4",
    "NOT 2": "1 3 4", "NOT NOT 2": "2", "OR 1 4": "1 4", "OR (SEEN) (OR 1 DELETED)": "1 3 4",
    "SEEN KEYWORD Cake": "3", "(SEEN KEYWORD Cake)": "3", "SEEN DELETED": "", "(1)": "1", "UNSEEN (OR 1 2) NOT 1": "2",
    "CHARSET US-ASCII SUBJECT cake": "1", "charset utf-8 ALL": "1 2 3 4",
}  # fmt: skip


@pytest.mark.parametrize(("keys", "numbers"), KEYS.items(), ids=KEYS)
def test_keys(four, keys, numbers):
    assert four.say(f"SEARCH {keys}") == [f"SEARCH {numbers}".strip(), "OK SEARCH completed"]
    assert four.say(f"UID SEARCH {keys}") == [f"SEARCH {numbers}".strip(), "OK SEARCH completed"]


UTF8 = {"FROM": ("jörg", "2"), "SUBJECT": ("KÄSE", "2"), "BODY": ("köln", "2"), "TEXT": ("früh", "3")}


@pytest.mark.parametrize(("key", "text", "numbers"), [(key, *pair) for key, pair in UTF8.items()])
def test_decoded_and_in_any_case(four, key, text, numbers):
    octets = text.encode()
    answer = four.feed(b"x SEARCH CHARSET UTF-8 %b {%d+}\r\n%b\r\n" % (key.encode(), len(octets), octets))
    assert answer == f"* SEARCH {numbers}\r\nx OK SEARCH completed\r\n".encode()


WRONG = {
    "": "a search key should stand at the end of the line",
    "FOO 1": "SEARCH knows no key FOO",
    "FROM": "a space should stand at the end of the line",
    "ALL ": "a search key should stand at the end of the line",
    "5": "the mailbox has 4 letters",
    "BEFORE 31-Jun-2026": "there is no such day",
    "BEFORE 1-Jux-2026": "there is no such day",
    "BEFORE yesterday": "a date such as 1-Jun-2026 should stand before 'yesterday'",
    "LARGER 99999999999": "a number is 4294967295 at most",
    "(ALL": "a space should stand at the end of the line",
    "NOT " * 60 + "ALL": "50 levels at most",
    "(" * 60 + "ALL" + ")" * 60: "50 levels at most",
    "(" * 5000: "50 levels at most",
    " ".join(["ALL"] * 1001): "1000 keys",
    "SUBJECT caf\xe9": "before ' '",
    "CHARSET UTF-8 SUBJECT {2+}\r\n\xff\xfe": "is not in the charset that was named",
    "SUBJECT {2+}\r\n\xc3\xa4": "say CHARSET UTF-8",
}


@pytest.mark.parametrize(("keys", "why"), WRONG.items(), ids=range(len(WRONG)))
def test_what_is_no_search(four, keys, why):
    answer = four.say(b"SEARCH " + keys.encode("latin-1"))
    assert answer[-1].startswith("BAD ")
    assert why in answer[-1] or "\xe9" in keys
    assert len(answer) == 1


def test_it_stands_still_now_and_then(store):
    for _ in range(100):
        put(store)
    client = Client(store, login=True)
    client.say("SELECT INBOX")
    before = len(client.events)
    client.say("SEARCH TEXT cake")
    assert [event.kind for event in client.events[before:]].count("pause") == 5


def test_an_unknown_charset_lists_those_known(four):
    assert four.say("SEARCH CHARSET X-NONE ALL") == [
        "NO [BADCHARSET (US-ASCII UTF-8)] these are the charsets that SEARCH takes"
    ]
