"""A message as a value: every octet has its place, every part its number, whatever the message is like."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labmail import mime
from labmail.errors import LabError

INNER = (
    b"Subject: inner\r\nContent-Type: multipart/alternative; boundary=in\r\n\r\n"
    b"--in\r\n\r\none\r\n--in\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<b>two</b>\r\n--in--\r\n"
)
OUTER = (
    b"From: a@b.test\r\nContent-Type: multipart/mixed; boundary=out\r\n\r\npreamble\r\n"
    b"--out\r\nContent-Type: text/plain; charset=ISO-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"Gr=FC=DFe\r\n"
    b"--out \r\nContent-Type: message/rfc822\r\n\r\n" + INNER + b"\r\n"
    b"--out\r\nContent-Type: image/png; name=x.png\r\nContent-Transfer-Encoding: Base64\r\nContent-ID: <p@b.test>\r\n"
    b'Content-Disposition: attachment; filename="cake.png"\r\n\r\niVBORw0KGgo=\r\n'
    b"--out\r\nContent-Type: message/rfc822\r\n\r\nSubject: single\r\n\r\nbody\r\n"
    b"--out--\r\nepilogue\r\n"
)


def joined(octets: bytes) -> bytes:
    at = 0
    for span in mime.structure(octets).spans():
        assert span.start == at < span.end
        at = span.end
    return b"".join(octets[span.start : span.end] for span in mime.structure(octets).spans())


def look_at_everything(root: mime.Part) -> None:
    for part in root.walk():
        part.decoded(), part.text(), part.filename, part.charset, part.encoding, part.disposition, part.content_id
        assert all(str(defect)[-1] in ".”" and 0 <= defect.at <= root.end for defect in part.defects)
        assert all(part.start <= field.start <= field.end <= part.header_end for field in part.headers)
        assert root[part.number] == part
    assert len(repr(root).splitlines()) == len(list(root.walk()))


def test_the_spans_say_what_every_octet_is_for():
    kinds = [(span.number, span.kind, OUTER[span.start : span.end]) for span in mime.structure(OUTER).spans()]
    assert joined(OUTER) == OUTER
    assert [kind for kind in kinds if kind[1] not in ("header", "blank", "body")] == [
        ("", "preamble", b"preamble"),
        ("", "delimiter", b"\r\n--out\r\n"),
        ("", "delimiter", b"\r\n--out \r\n"),
        ("2.TEXT", "delimiter", b"--in\r\n"),
        ("2.TEXT", "delimiter", b"\r\n--in\r\n"),
        ("2.TEXT", "closing delimiter", b"\r\n--in--\r\n"),
        ("", "delimiter", b"\r\n--out\r\n"),
        ("", "delimiter", b"\r\n--out\r\n"),
        ("", "closing delimiter", b"\r\n--out--\r\n"),
        ("", "epilogue", b"epilogue\r\n"),
    ]
    assert ("1", "blank", b"\r\n") in kinds and ("2.2", "body", b"<b>two</b>") in kinds


def test_each_part_says_what_it_is():
    root = mime.structure(OUTER)
    assert [part.number for part in root.walk()] == ["", "1", "2", "2.TEXT", "2.1", "2.2", "3", "4", "4.1"]
    assert [part.content_type for part in root.parts] == ["text/plain", "message/rfc822", "image/png", "message/rfc822"]
    text, picture = root["1"], root["3"]
    assert (text.charset, text.encoding, text.size, text.decoded_size) == ("iso-8859-1", "quoted-printable", 9, 5)
    assert (text.decoded(), text.text()) == (b"Gr\xfc\xdfe", "Grüße")
    assert (picture.disposition, picture.filename, picture.content_id) == ("attachment", "cake.png", "p@b.test")
    assert (picture.encoding, picture.decoded()) == ("base64", b"\x89PNG\r\n\x1a\n")
    assert root["2.2"].text() == "<b>two</b>" and root["4.1"].text() == "body"
    assert root["2"].body_octets == INNER and root["4"].octets.startswith(
        b"Content-Type: message/rfc822\r\n\r\nSubject"
    )


def test_the_numbers_are_those_of_imap():
    root = mime.structure(OUTER)
    for part in root.walk():
        path = [int(number) for number in part.number.removesuffix(".TEXT").split(".") if number]
        found = root.find(path)
        assert (found.message if part.number.endswith(".TEXT") else found) == part
    assert mime.structure(b"Content-Type: message/rfc822\r\n\r\nA: b\r\n\r\nhi").parts[0].number == "1.1"


def test_headers_stand_where_they_say():
    octets = b"Subject: a\r\n\tlong one\r\nno field\r\nX-Empty:\r\n\r\nbody"
    fields = mime.structure(octets).headers
    assert [(name, raw) for name, raw, _, _ in fields] == [
        ("Subject", b" a\r\n\tlong one"), ("", b"no field"), ("X-Empty", b"")
    ]  # fmt: skip
    assert [octets[start:end] for _, _, start, end in fields] == [
        b"Subject: a\r\n\tlong one\r\n", b"no field\r\n", b"X-Empty:\r\n"
    ]  # fmt: skip


def test_a_part_that_is_not_there_is_named():
    with pytest.raises(LabError, match=r"no part 9; its parts are 1, 2, 2.TEXT, 2.1"):
        mime.structure(OUTER)["9"]
    with pytest.raises(LabError, match=r"no part 1; its parts are none: it has only itself"):
        mime.structure(b"")["1"]


def test_the_tree_can_be_read():
    assert repr(mime.structure(OUTER)).splitlines()[:3] == [
        "message multipart/mixed, 568 octets, 2 defects",
        "  1 text/plain, 9 octets",
        "  2 message/rfc822, 149 octets",
    ]


def test_the_messages_of_others(conformance):
    folder = conformance("messages")
    entries = json.loads((folder / "manifest.json").read_text())
    assert len(entries) == 131
    for entry in entries:
        octets = (folder / entry["file"]).read_bytes()
        assert joined(octets) == octets, entry["file"]
        look_at_everything(mime.structure(octets))


LINES = st.sampled_from(
    [b"--a", b"--a--", b"--b", b"--b--", b"", b"Content-Type: multipart/mixed; boundary=a", b"text", b"\0",
     b"Content-Type: multipart/x; boundary=b", b"Content-Type: message/rfc822", b" --a", b"--a ", b"\xff\xfe", b"a:b",
     b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: quoted-printable", b"=", b"=4", b"QQ=x",
     b"Content-Type: text/html; charset=utf-16", b"Content-Type: text/plain; charset=rot13", b"From ", b"Date: x",
     b"Content-Disposition: x; filename*0*=utf-8''%zz; filename*1=../", b"Subject: =?utf-8?b?QQ?= =?x?q?=?="]
)  # fmt: skip
PIECES = st.lists(st.tuples(LINES, st.sampled_from([b"\r\n", b"\n", b"", b"\r"])), max_size=24)


@given(PIECES.map(lambda pairs: b"".join(line + end for line, end in pairs)))
def test_no_octet_is_lost_in_what_looks_like_a_message(octets):
    assert joined(octets) == octets
    look_at_everything(mime.structure(octets))


@given(st.binary(max_size=300))
def test_no_octet_is_lost_in_any_octets(octets):
    assert joined(octets) == octets
    look_at_everything(mime.structure(octets))
