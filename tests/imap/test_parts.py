# ruff: noqa: E501  octets stand as they are said
"""A message as a tree of parts, BODYSTRUCTURE, and body sections: exact offsets, whatever the message is like."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labmail.imap.structure import structure
from labmail.mime import structure as parse
from labmail.mime.reader import DEPTH_MAX, PARTS_MAX
from tests.imap.mailroom import put

INNER = b'Subject: inner\r\nContent-Type: multipart/alternative; boundary="in ner"\r\n\r\n--in ner\r\n\r\none\r\n--in ner\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<b>two</b>\r\n--in ner--\r\n'
OUTER = (
    b"From: a@b\r\nContent-Type: multipart/mixed; boundary=out\r\n\r\npreamble\r\n"
    b"--out\r\nContent-Type: text/plain; format=flowed\r\nContent-ID: <1@b>\r\n\r\nhello\r\nworld\r\n"
    b"--out  \r\nContent-Type: message/rfc822\r\nContent-Description: a letter\r\n\r\n" + INNER + b"\r\n"
    b'--out\r\nContent-Type: image/png; name="a \\"b\\".png"\r\nContent-Transfer-Encoding: Base64\r\n'
    b"Content-Disposition: attachment; filename=x.png\r\nContent-Language: de, en\r\n\r\nAAAA\r\n"
    b"--out--\r\nepilogue\r\n"
)
HTML = b"Content-Type: text/html; charset=utf-8\r\n\r\n"
SECTIONS = {
    "BODY[]": OUTER,
    "BODY[HEADER]": b"From: a@b\r\nContent-Type: multipart/mixed; boundary=out\r\n\r\n",
    "BODY[TEXT]": OUTER.partition(b"\r\n\r\n")[2],
    "BODY[1]": b"hello\r\nworld",
    "BODY[1.MIME]": b"Content-Type: text/plain; format=flowed\r\nContent-ID: <1@b>\r\n\r\n",
    "BODY[1.1]": None,
    "BODY[1.TEXT]": None,
    "BODY[2]": INNER,
    "BODY[2.HEADER]": INNER.partition(b"\r\n\r\n")[0] + b"\r\n\r\n",
    "BODY[2.TEXT]": INNER.partition(b"\r\n\r\n")[2],
    "BODY[2.MIME]": b"Content-Type: message/rfc822\r\nContent-Description: a letter\r\n\r\n",
    "BODY[2.1]": b"one",
    "BODY[2.2]": b"<b>two</b>",
    "BODY[2.2.MIME]": HTML,
    "BODY[2.3]": None,
    "BODY[2.HEADER.FIELDS (SUBJECT X)]": b"Subject: inner\r\n\r\n",
    "BODY[2.HEADER.FIELDS.NOT (SUBJECT CONTENT-TYPE)]": b"\r\n",
    "BODY[3]": b"AAAA",
    "BODY[4]": None,
    "BODY[999999999999]": None,
    "BODY[1]<2>": b"llo\r",
    "BODY[1]<12>": b"",
}


@pytest.mark.parametrize(("label", "wanted"), SECTIONS.items(), ids=SECTIONS)
def test_sections(store, client, label, wanted):
    put(store, OUTER)
    client.say("EXAMINE INBOX")
    asked = label.replace("<2>", "<2.4>").replace("<12>", "<12.4>")
    answer = client.feed(f"x FETCH 1 {asked}\r\n".encode())
    label = label.replace("999999999999", "1000000")
    value = b"NIL" if wanted is None else b"{%d}\r\n%b" % (len(wanted), wanted)
    assert answer == b"* 1 FETCH (%b %b)\r\nx OK FETCH completed\r\n" % (label.encode(), value)


def test_bodystructure():
    inner = (
        b'(("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 3 0 NIL NIL NIL NIL)'
        b'("TEXT" "HTML" ("CHARSET" "utf-8") NIL NIL "7BIT" 10 0 NIL NIL NIL NIL)'
        b' "ALTERNATIVE" ("BOUNDARY" "in ner") NIL NIL NIL)'
    )
    assert structure(parse(OUTER), extended=True) == (
        b'(("TEXT" "PLAIN" ("FORMAT" "flowed") "<1@b>" NIL "7BIT" 12 1 NIL NIL NIL NIL)'
        b'("MESSAGE" "RFC822" NIL NIL "a letter" "7BIT" %d (NIL "inner" NIL NIL NIL NIL NIL NIL NIL NIL) %b 11'
        b" NIL NIL NIL NIL)"
        b'("IMAGE" "PNG" ("NAME" "a \\"b\\".png") NIL NIL "BASE64" 4 NIL ("ATTACHMENT" ("FILENAME" "x.png"))'
        b' ("de" "en") NIL) "MIXED" ("BOUNDARY" "out") NIL NIL NIL)' % (len(INNER), inner)
    )


def test_body_has_no_extension_data():
    assert structure(parse(b"Content-Type: multipart/x; boundary=b\n\n--b\n\nhi\n--b--"), extended=False) == (
        b'(("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 2 0) "X")'
    )


def test_a_single_part_is_part_1(store, client):
    put(store, b"Subject: x\n\nbody\n")
    client.say("SELECT INBOX")
    assert client.say("FETCH 1 (BODY[1] BODY[1.MIME])") == [
        "1 FETCH (BODY[1] {5}", "body\n BODY[1.MIME] {12}", "Subject: x\n\n FLAGS (\\Seen \\Recent))",
        "OK FETCH completed",
    ]  # fmt: skip


ODD = {  # a message -> its structure's beginning
    b"": b'("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 0 0',
    b"Content-Type: multipart/mixed\r\n\r\n--x\r\n\r\nhi\r\n--x--": b'("TEXT" "PLAIN"',
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\nno part": b'("TEXT" "PLAIN"',
    b"Content-Type: nonsense\r\n\r\nhi": b'("TEXT" "PLAIN"',
    b"Content-Type: multipart/digest; boundary=x\r\n\r\n--x\r\n\r\nSubject: a\r\n\r\nb\r\n--x--": b'(("MESSAGE" "RFC822"',
    b"Content-Type: multipart/mixed; boundary=x\n\n--x\n--x\n--x": b'(("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 0 0',
    b'Content-Type: text/plain; charset="\xff"\r\n\r\nhi': b'("TEXT" "PLAIN" ("CHARSET" {1}\r\n\xff)',
}


@pytest.mark.parametrize(("octets", "begins"), ODD.items(), ids=range(len(ODD)))
def test_odd_messages(octets, begins):
    assert structure(parse(octets), extended=True).startswith(begins)


def test_limits():
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(100))
    assert structure(parse(deep), extended=True).count(b'"MIXED"') == DEPTH_MAX
    nested = b"Content-Type: message/rfc822\n\n" * 100
    assert structure(parse(nested), extended=True).count(b'"RFC822"') == DEPTH_MAX
    many = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 5000
    assert len(parse(many).parts) == PARTS_MAX


LINES = st.sampled_from(
    [b"--a", b"--a--", b"--b", b"", b"Content-Type: multipart/mixed; boundary=a", b"text", b"Content-Type: message/rfc822",
     b"Content-Type: multipart/x; boundary=b", b" --a", b"--a ", b"From: (x", b"\xff", b"a:b"]
)  # fmt: skip


@given(st.lists(st.tuples(LINES, st.sampled_from([b"\r\n", b"\n", b""])), max_size=20))
def test_parts_lie_within_one_another(pairs):
    octets = b"".join(line + end for line, end in pairs)
    root = parse(octets)
    assert root.header_octets + root.body_octets == octets
    check(root)
    text = structure(root, extended=True)
    plain = re.sub(rb'"(?:[^"\\]|\\.)*"', b"", text)
    assert plain.count(b"(") == plain.count(b")") or b"{" in text


def check(part):
    at = part.body_start
    assert part.start <= part.body_start <= part.end
    for inner in part.parts:
        assert at <= inner.start <= inner.end <= part.end
        at = inner.end
        check(inner)
