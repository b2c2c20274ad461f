"""Transfer encodings, charsets, encoded words, names of files: what is right, and what is made of what is not."""

import base64
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labmail import mime
from labmail.mime.header import read_parameters
from labmail.mime.words import parameter, without_folders


def part(body: bytes, encoding: str = "7bit", kind: str = "text/plain") -> mime.Part:
    header = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return mime.structure(header.encode() + body)


@given(st.binary(max_size=200))
def test_base64_comes_back(octets):
    found = part(base64.encodebytes(octets).replace(b"\n", b"\r\n"), "base64", "application/octet-stream")
    assert found.decoded() == octets
    assert not [defect for defect in found.defects if "ase64" in str(defect)]


@given(st.binary(max_size=200))
def test_quoted_printable_comes_back(octets):
    written = quopri.encodestring(octets.replace(b"\r", b"").replace(b"\n", b""), quotetabs=True)
    found = part(written.replace(b"\n", b"\r\n"), "quoted-printable", "application/octet-stream")
    assert found.decoded() == octets.replace(b"\r", b"").replace(b"\n", b"")
    assert not [defect for defect in found.defects if "“=”" in str(defect)]


BASE64 = {  # written -> read
    b"QUJD": b"ABC",
    b"QU JD\r\n": b"ABC",
    b"QUJ*D": b"ABC",
    b"QUI": b"AB",
    b"QUI=trailing": b"AB",
    b"QUJDR": b"ABC",
    b"====": b"",
    b"\xff\0": b"",
}
QUOTED = {
    b"a=3Db": b"a=b",
    b"soft=\r\nend": b"softend",
    b"soft= \t\r\nend": b"softend",
    b"blanks  \r\nx \t": b"blanks\r\nx",
    b"=fc=FC": b"\xfc\xfc",
    b"=4": b"=4",
    b"=XY": b"=XY",
    b"end=": b"end",
}


@pytest.mark.parametrize(("written", "read"), BASE64.items(), ids=str)
def test_broken_base64_gives_what_can_be_had(written, read):
    assert part(written, "base64").decoded() == read


@pytest.mark.parametrize(("written", "read"), QUOTED.items(), ids=str)
def test_broken_quoted_printable_gives_what_can_be_had(written, read):
    assert part(written, "quoted-printable").decoded() == read


TEXTS = {
    ("text/plain; charset=utf-8", b"Gr\xc3\xbc\xc3\x9fe"): "Grüße",
    ("text/plain; charset=utf-8", b"Gr\xfc"): "Gr�",
    ("text/plain; charset=us-ascii", b"Gr\xc3\xbc"): "Gr��",
    ("text/plain", b"Gr\xc3\xbc"): "Grü",
    ("text/plain; charset=klingon", b"Gr\xfc"): "Gr�",
    ("text/plain; charset=hex", b"Gr\xfc"): "Gr�",
    ("text/plain; charset=unicode_escape", b"\\u0041"): "\\u0041",
    ("text/plain; charset=../../x", b"A"): "A",
    ('text/plain; charset="utf-8\0"', b"A"): "A",
    ("text/plain; charset=utf-16", b"\xff\xfea\0b"): "a�",
    ("text/plain; charset=iso-2022-jp", b"\x1b$B$1!<%-\x1b(B"): "ケーキ".replace("ケ", "け"),
    ("text/plain; charset=utf-7", b"+AOk-"): "é",
    ("text/plain", b"a\r\nb\n"): "a\nb\n",
}


@pytest.mark.parametrize(("written", "read"), TEXTS.items(), ids=str)
def test_text(written, read):
    kind, body = written
    assert part(body, "8bit", kind).text() == read


WORDS = {
    b"=?utf-8?Q?Gr=C3=BC=C3=9Fe_an?= Bob": "Grüße an Bob",
    b"=?ISO-8859-1?B?R3L832U=?=": "Grüße",
    b"=?utf-8?q?a?= =?utf-8?q?b?=": "ab",
    b"=?utf-8?q?a?=\r\n\t=?utf-8?q?b?=": "ab",
    b"=?utf-8?q?a?= and =?utf-8?q?b?=": "a and b",
    b"=?klingon?q?a?=": "=?klingon?q?a?=",
    b"=?utf-8?x?a?=": "=?utf-8?x?a?=",
    b"=?utf-8?b?R3?=": "G",
    b"=?utf-8*de?q?a?=": "a",
    b"=?utf-8?q?=FF?=": "�",
    b"=?utf-8?q?never closed": "=?utf-8?q?never closed",
    b" folded\r\n value ": "folded value",
    b"\xc3\xbc": "ü",
    b"\xff": "�",
    b"": "",
}


@pytest.mark.parametrize(("raw", "text"), WORDS.items(), ids=str)
def test_encoded_words(raw, text):
    assert mime.decoded(raw) == text


def test_the_pieces_of_an_encoded_field():
    raw = b"=?utf-8?Q?K=C3=A4se?=\r\n =?iso-8859-1?B?S+RzZQ==?= cake"
    first, between, second, rest = mime.pieces(raw)
    assert (first.charset, first.encoding, first.octets, first.text) == ("utf-8", "Q", b"K\xc3\xa4se", "Käse")
    assert (second.charset, second.encoding, second.octets, second.text) == ("iso-8859-1", "B", b"K\xe4se", "Käse")
    assert (between.raw, between.text, rest.raw, rest.text) == (b" ", "", b" cake", " cake")


@given(st.binary(max_size=120))
def test_any_octets_can_be_a_field(raw):
    pieces = mime.pieces(raw)
    assert "".join(piece.text for piece in pieces) == mime.decoded(raw)


NAMES = {
    b"x; filename=cake.txt": "cake.txt",
    b'x; filename="the \\"cake\\".txt"': 'the "cake".txt',
    b"x; filename*=utf-8''K%C3%A4se.txt": "Käse.txt",
    b"x; filename*=iso-8859-1'de'K%E4se.txt; filename=kaese.txt": "Käse.txt",
    b"x; filename*0=the; filename*1=cake; filename*2=.txt": "thecake.txt",
    b"x; filename*1*=%A4se; filename*0*=utf-8''K%C3": "Käse",
    b"x; filename*0=a; filename*2=c": "a",
    b'x; filename="=?utf-8?Q?K=C3=A4se?="': "Käse",
    b"x; filename*=klingon''%FF": "�",
    b"x": None,
}


@pytest.mark.parametrize(("value", "name"), NAMES.items(), ids=str)
def test_names_of_files(value, name):
    assert parameter(value, b"filename") == name


PATHS = {"../../etc/passwd": "passwd", "C:\\cake.exe": "cake.exe", "..": "", "a\x1b[2J.txt": "a[2J.txt", "a/": ""}


@pytest.mark.parametrize(("name", "safe"), PATHS.items(), ids=str)
def test_folders_in_a_name_are_not_believed(name, safe):
    assert without_folders(name) == safe


def test_parameters():
    assert read_parameters(b'text/plain; charset = "utf-8" ;x=;; =y; format=flowed') == [
        (b"charset", b"utf-8"), (b"x", b""), (b"format", b"flowed")
    ]  # fmt: skip
