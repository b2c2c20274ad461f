"""What lessons are built of: the same octets every time, and nothing wrong with them."""

import pytest

from labmail import mime
from labmail.errors import LabError
from labmail.mime import build

BUILDERS = {
    "plain": ["text/plain"],
    "alternative": ["multipart/alternative", "text/plain", "text/html"],
    "attached": ["multipart/mixed", "text/plain", "image/png"],
    "inline": ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"],
    "nested": [
        *("multipart/mixed", "text/plain", "message/rfc822", "multipart/alternative", "text/plain", "text/html"),
    ],
    "tracking": ["multipart/alternative", "text/plain", "text/html"],
}


@pytest.mark.parametrize(("name", "types"), BUILDERS.items(), ids=BUILDERS)
def test_each_builds_what_it_says_and_nothing_is_wrong_with_it(name, types):
    octets = getattr(build, name)()
    assert octets == getattr(build, name)() and octets.isascii()
    root = mime.structure(octets)
    assert [part.content_type for part in root.walk()] == types
    assert [defect for part in root.walk() for defect in part.defects] == []


def test_every_octet_of_the_alternative():
    assert build.alternative() == (
        b"From: Alice <alice@example.net>\r\nTo: Bob <bob@example.com>\r\nSubject: Re: The Cake\r\n"
        b"Date: Mon, 01 Jun 2026 09:00:00 +0000\r\nMessage-ID: <cake.1@mail.example.net>\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/alternative; boundary=next-part-1\r\n\r\n"
        b"--next-part-1\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
        b"Don't forget to bring the cake!\r\n\r\n"
        b"--next-part-1\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
        b"<p>Don't forget to bring the <b>cake</b>!</p>\r\n\r\n--next-part-1--\r\n"
    )


@pytest.mark.parametrize("encoding", ["", "8bit", "quoted-printable", "base64"])
@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
def test_a_text_comes_back_from_each_encoding(encoding, charset):
    root = mime.structure(build.plain("Käsekuchen, très bon\n", charset=charset, encoding=encoding))
    assert root.text() == "Käsekuchen, très bon\n"
    assert (root.charset, root.encoding) == (charset, encoding or "quoted-printable")
    assert root.defects == ()


def test_what_is_no_ascii_in_a_header_is_encoded():
    octets = build.attached("x\n", ("Käse.txt", b"a"), ('"b".bin', b"b"), subject="Käsekuchen für Bob")
    root = mime.structure(octets)
    assert octets.isascii() and mime.decoded(root.header.get(b"subject")) == "Käsekuchen für Bob"
    assert [part.filename for part in root.parts] == [None, "Käse.txt", '"b".bin']


def test_a_letter_within_a_letter_is_kept_bit_for_bit():
    odd = b"A:b\nContent-Type: multipart/mixed; boundary=next-part-1\n\n--next-part-1\n\nhi\xff\n--next-part-1--"
    root = mime.structure(build.nested(letter=odd))
    assert root["2"].body_octets == odd
    assert dict(root.parameters) == {b"boundary": b"next-part-2"}  # one that does not stand in it


WRONG = {
    "knows charset": lambda: build.plain(chrset="utf-8"),
    "not as rot13": lambda: build.plain(encoding="rot13"),
    "cannot be written in the charset ascii": lambda: build.plain("ü", charset="ascii"),
    "in the charset klingon": lambda: build.plain("ü", charset="klingon"),
    "7bit allows none": lambda: build.plain("ü", encoding="7bit"),
    "subject cannot be": lambda: build.plain(subject="a\nBcc: everybody@example.com"),
}


@pytest.mark.parametrize(("says", "make"), WRONG.items(), ids=WRONG)
def test_a_mistake_is_a_sentence(says, make):
    with pytest.raises(LabError, match=says.replace("knows charset", "nobody knows chrset")):
        make()
