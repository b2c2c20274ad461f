"""Defects: each kind is found where it is, said in a sentence, and not found where all is well."""

import pytest

from labmail import cake, mime
from labmail.smtp.text import as_octets
from tests.project.test_rfcs import unknown

HEAD = b"From: a@b.test\r\nDate: Mon, 01 Jun 2026 09:00:00 +0000\r\nMIME-Version: 1.0\r\n"


def text(more: bytes, body: bytes = b"hello\r\n") -> bytes:
    return HEAD + more + b"\r\n" + body


MULTI = b"Content-Type: multipart/mixed; boundary=b\r\n"
LONG = b"b" * 71
CASES = {  # what the sentence says -> a message that has this defect alone
    "names no boundary": text(b"Content-Type: multipart/mixed\r\n", b"--b\r\n\r\nhi\r\n--b--\r\n"),
    "No line says “--b”": text(MULTI, b"--c\r\n\r\nhi\r\n--c--\r\n"),
    "never closed: “--b--” is missing": text(MULTI, b"--b\r\n\r\nhi\r\n"),
    "The boundary has 71 octets": text(
        b"Content-Type: multipart/mixed; boundary=%b\r\n" % (b"b" * 71),
        b"--%b\r\n\r\nhi\r\n--%b--\r\n" % ((b"b" * 71,) * 2),
    ),
    "lie too deep, are too many, or are none": text(MULTI, b"--b--\r\n"),
    "No empty line ends the header of this part": text(MULTI, b"--b\r\nA: b\r\n--b--\r\n"),
    "Line 4 of the header, “hello”, is no field, as it has no colon": HEAD + b"hello\r\n",
    "separator of an mbox": b"From a@b.test Mon Jun 1\r\n" + text(b""),
    "“X Y” is no name of a field": text(b"X Y: z\r\n"),
    "3 characters are not in the alphabet of base64, first “*”": text(
        b"Content-Transfer-Encoding: base64\r\n", b"QU*JD!!\r\n"
    ),
    "After “=”": text(b"Content-Transfer-Encoding: base64\r\n", b"QUI=QUI=\r\n"),
    "“=” is missing at the end": text(b"Content-Transfer-Encoding: base64\r\n", b"QUI\r\n"),
    "one character is left over": text(b"Content-Transfer-Encoding: base64\r\n", b"QUJDR\r\n"),
    "“=” is not followed by two hexadecimal digits: “=XY”": text(
        b"Content-Transfer-Encoding: quoted-printable\r\n", b"a=XYb\r\n"
    ),
    "A line of the body has 77 octets, where 76": text(
        b"Content-Transfer-Encoding: quoted-printable\r\n", b"a" * 77 + b"\r\n"
    ),
    "A line of the body has 999 octets, where 998": text(b"", b"a" * 999 + b"\r\n"),
    "A line of the header has 999 octets": text(b"X: " + b"a" * 996 + b"\r\n"),
    "Nobody knows the encoding uuencode": text(b"Content-Transfer-Encoding: uuencode\r\n"),
    "only its parts may be encoded": text(
        MULTI + b"Content-Transfer-Encoding: base64\r\n", b"--b\r\n\r\nhi\r\n--b--\r\n"
    ),
    "Nobody knows the charset klingon": text(b"Content-Type: text/plain; charset=klingon\r\n"),
    "octet 1 of the text is the octet fc": text(
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n", b"a\xfc\r\n"
    ),
    "No charset is named, so it is ASCII": text(b"Content-Transfer-Encoding: 8bit\r\n", b"a\xc3\xbc\r\n"),
    "said to be 7bit, but holds the octet c3": text(b"Content-Type: text/plain; charset=utf-8\r\n", b"\xc3\xbc\r\n"),
    "The body holds a NUL, which 7bit": text(b"", b"a\0\r\n"),
    "The header holds a NUL": text(b"X: \0\r\n"),
    "neither ASCII nor UTF-8": text(b"Subject: \xfc\r\n"),
    "its base64 is broken": text(b"Subject: =?utf-8?B?Q?=\r\n"),
    "nobody knows the charset klingon": text(b"Subject: =?klingon?Q?Q?=\r\n"),
    "its octets are not all utf-8": text(b"Subject: =?utf-8?Q?=FC?=\r\n"),
    "neither B nor Q": text(b"Subject: =?utf-8?X?Q?=\r\n"),
    "it has 90 octets, where 75 are allowed": text(b"Subject: =?utf-8?Q?" + b"a" * 78 + b"?=\r\n"),
    "Subject stands here more than once": text(b"Subject: a\r\nSubject: b\r\nSubject: c\r\n"),
    "Content-Type stands here more than once": text(b"Content-Type: text/plain\r\nContent-Type: text/html\r\n"),
    "not of the form type/subtype": text(b"Content-Type: text\r\n"),
    "without “MIME-Version: 1.0”": text(b"Content-Type: text/plain\r\n").replace(b"MIME-Version: 1.0\r\n", b""),
    "The message has no From": text(b"").replace(b"From: a@b.test\r\n", b""),
    "The message has no Date": text(b"").replace(b"Date: Mon, 01 Jun 2026 09:00:00 +0000\r\n", b""),
    "“yesterday”, is no date": text(b"").replace(b"Mon, 01 Jun 2026 09:00:00 +0000", b"yesterday"),
    "One line ends with LF alone": text(b"", b"a\nb\r\n"),
    "2 times a CR stands without its LF": text(b"", b"a\rb\r\r\n"),
    "folders and control codes in it": text(b"Content-Disposition: attachment; filename=../x\r\n"),
}


@pytest.mark.parametrize(("says", "octets"), CASES.items(), ids=CASES)
def test_a_defect_is_said_once_and_alone(says, octets):
    found = [defect for part in mime.structure(octets).walk() for defect in part.defects]
    assert [str(defect) for defect in found if says in str(defect)] == [str(defect) for defect in found]
    assert len(found) == 1
    number, section = found[0].rfc.removeprefix("RFC ").split(" section ")
    assert unknown(number, section) == ""


SOUND = {
    "plain": text(b""),
    "8bit": text(b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n", b"\xc3\xbc\r\n"),
    "binary": text(b"Content-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n", b"\0\x89" * 2000),
    "header alone": HEAD,
    "multipart": text(MULTI, b"--b\r\n\r\n\r\n--b\r\n\r\nhi\r\n--b--"),
    "long line": text(b"", b"a" * 998 + b"\r\n"),
    "utf-8 header": text("Subject: Grüße\r\n".encode()),
}


@pytest.mark.parametrize("octets", SOUND.values(), ids=SOUND)
def test_what_is_right_has_no_defect(octets):
    assert [defect for part in mime.structure(octets).walk() for defect in part.defects] == []


def test_the_cake_is_right():
    assert mime.structure(as_octets(cake)).defects == ()


def test_where_it_shows():
    octets = CASES["“=” is not followed by two hexadecimal digits: “=XY”"]
    (defect,) = mime.structure(octets).defects
    assert octets[defect.at :].startswith(b"=XY")
