"""The odd, malformed and hostile messages of others: bit for bit through IMAP, and none breaks a structure."""

import json
import re

import pytest

from labmail.mime import structure as parse
from tests.imap.mailroom import Client, put


@pytest.fixture
def messages(conformance):
    folder = conformance("messages")
    entries = json.loads((folder / "manifest.json").read_text())
    return {entry["file"]: (folder / entry["file"]).read_bytes() for entry in entries}


def read(octets: bytes):
    """What FETCH answered, as a tree: any client's reading, written apart from the server's."""
    at = 0

    def value():
        nonlocal at
        if octets[at : at + 1] == b"(":
            at += 1
            found = []
            while octets[at : at + 1] != b")":
                found.append(value())
                if octets[at : at + 1] == b" ":
                    at += 1
            at += 1
            return found
        if octets[at : at + 1] == b"{":
            head = re.compile(rb"\{(\d+)\}\r\n").match(octets, at)
            at = head.end() + int(head[1])
            return octets[head.end() : at]
        if octets[at : at + 1] == b'"':
            text = re.compile(rb'"((?:[^"\\\r\n\x80-\xff\x00]|\\["\\])*)"').match(octets, at)
            at = text.end()
            return re.sub(rb"\\(.)", rb"\1", text[1])
        atom = re.compile(rb"[^() {}\"\r\n\[]+(?:\[[^\]]*\](?:<\d+>)?)?").match(octets, at)
        at = atom.end()
        return None if atom[0] == b"NIL" else atom[0].decode()

    start = re.match(rb"\* \d+ FETCH ", octets)
    at = start.end()
    pairs = value()
    return dict(zip(pairs[::2], pairs[1::2], strict=True)), octets[at:]


def test_all_of_them_through_imap(store, messages):
    assert len(messages) == 131
    client = Client(store, login=True)
    for octets in messages.values():
        put(store, octets)
    client.say("SELECT INBOX")
    refused = 0
    for number, (name, octets) in enumerate(messages.items(), 1):
        answer = client.feed(
            b"x FETCH %d (FLAGS ENVELOPE BODY BODYSTRUCTURE RFC822.SIZE RFC822.HEADER BODY.PEEK[])\r\n" % number
        )
        data, rest = read(answer)
        assert data["RFC822.SIZE"] == str(len(octets))
        if b"\0" in octets:
            refused += 1
            assert "BODY[]" not in data
            assert rest.startswith(b"\r\nx NO letter %d holds a NUL" % number)
            continue
        assert rest == b"\r\nx OK FETCH completed\r\n"
        assert data["BODY[]"] == octets, name
        assert octets.startswith(data["RFC822.HEADER"])
        assert len(data["ENVELOPE"]) == 10
        check_envelope(data["ENVELOPE"])
        check_body(data["BODYSTRUCTURE"])
    assert refused == 1
    assert "fault" not in client.kinds


def check_envelope(envelope):
    for field in (envelope[0], envelope[1], envelope[8], envelope[9]):
        assert field is None or isinstance(field, bytes)
    for addresses in envelope[2:8]:
        assert addresses is None or addresses
        for address in addresses or []:
            assert len(address) == 4


def check_body(body):
    """RFC 3501 section 9: body."""
    if isinstance(body[0], list):
        count = next(at for at, item in enumerate(body) if not isinstance(item, list))
        for part in body[:count]:
            check_body(part)
        assert isinstance(body[count], bytes)
        assert len(body) == count + 5
        return
    type, subtype, _, _, _, encoding, size = body[:7]
    assert type and subtype and encoding and size.isdigit()
    fixed = 7
    if (type, subtype) == (b"MESSAGE", b"RFC822"):
        check_envelope(body[7])
        check_body(body[8])
        fixed = 10
    elif type == b"TEXT":
        assert body[7].isdigit()
        fixed = 8
    assert len(body) == fixed + 4


def test_every_part_is_where_the_structure_says(store, messages):
    """Each leaf fetched by its number has the size that BODYSTRUCTURE gave, and is a piece of the message."""
    client = Client(store, login=True)
    octets_of = [octets for octets in messages.values() if b"\0" not in octets]
    for octets in octets_of:
        put(store, octets)
    client.say("EXAMINE INBOX")
    parts = 0
    for number, octets in enumerate(octets_of, 1):
        data, _ = read(client.feed(b"x FETCH %d BODYSTRUCTURE\r\n" % number))
        for path, size in leaves(data["BODYSTRUCTURE"], ()):
            label = f"BODY[{'.'.join(map(str, path))}]"
            found, _ = read(client.feed(f"x FETCH {number} {label}\r\n".encode()))
            assert len(found[label]) == size
            assert found[label] in octets
            parts += 1
    assert parts > 250


def leaves(body, path):
    if isinstance(body[0], list):
        for number, part in enumerate((item for item in body if isinstance(item, list) and item and item[0]), 1):
            if isinstance(part[0], list) or len(part) > 6:
                yield from leaves(part, (*path, number))
        return
    yield path or (1,), int(body[6])
    if body[:2] == [b"MESSAGE", b"RFC822"]:
        inner = body[8]
        yield from leaves(inner, path or (1,)) if isinstance(inner[0], list) else leaves(inner, (*(path or (1,)), 1))


def test_their_text_can_be_searched(store, messages):
    client = Client(store, login=True)
    for octets in messages.values():
        put(store, octets)
    client.say("EXAMINE INBOX")
    for key in ("TEXT zebra", "SENTSINCE 1-Jan-2000", "FROM a", 'SUBJECT ""', "BODY e"):
        assert client.say(f"SEARCH {key}")[-1] == "OK SEARCH completed"
    assert "fault" not in client.kinds


def test_headers_by_field_are_their_own_lines(messages):
    for octets in messages.values():
        header = parse(octets).header
        for name, _, line in header.fields:
            assert line in octets
            assert line in header.lines([name])
