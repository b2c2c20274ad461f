"""Rewrites that relaxed allows keep a pass; any other change of a signed octet loses it; and nothing makes it raise."""

from __future__ import annotations

import re

import dkim as dkimpy
from hypothesis import given, settings
from hypothesis import strategies as st

from labmail import dkim
from labmail.dkim import canonical
from labmail.dkim.letter import read
from tests.dkim.letters import LETTER, NAME, NOW, key, signed, zone
from tests.spf.zone import Zone

WHERE = zone(type="ed25519")
HOWS = ("simple/simple", "relaxed/relaxed", "simple/relaxed", "relaxed/simple")
OCTETS = st.binary(max_size=40)
BLANKS = st.text(" \t", min_size=1, max_size=4).map(str.encode)
LINES = st.lists(
    st.sampled_from((b"a", b" ", b"\t", b"a  b", b"\r\n", b"\r\n\r\n", b"\n", b"\r", b"\x0c", b".")), max_size=12
)


def passes(letter: bytes) -> bool:
    return dkim.verify(letter, WHERE, now=NOW).result == "pass"


# ---- rewrites that relaxed allows: RFC 6376 sections 3.4.2 and 3.4.4


@st.composite
def rewritten(draw) -> bytes:
    """The letter, signed relaxed/relaxed, with other blanks, folds, letters of names, and empty lines at its end."""
    letter = signed(type="ed25519", canonicalization="relaxed/relaxed", oversign=("from", "cc"))
    header, _, body = letter.partition(b"\r\n\r\n")
    fields = re.split(rb"\r\n(?![ \t])", header)
    return b"\r\n".join(_field(draw, one) for one in fields) + b"\r\n\r\n" + _body(draw, body)


def _field(draw, field: bytes) -> bytes:
    name, _, value = field.partition(b":")
    if draw(st.booleans()):
        name = name.swapcase()
    name += draw(st.sampled_from((b"", b" ", b"\t")))
    words = [word for word in re.split(rb"(?:\r\n)?[ \t]+", value) if word]
    joints = [draw(BLANKS | BLANKS.map(lambda blanks: b"\r\n" + blanks)) for _ in words]
    return (
        name
        + b":"
        + b"".join(joint + word for joint, word in zip(joints, words, strict=True))
        + draw(BLANKS | st.just(b""))
    )


def _body(draw, body: bytes) -> bytes:
    lines = body.rstrip(b"\r\n").split(b"\r\n")
    made = [re.sub(rb"[ \t]+", lambda _: draw(BLANKS), line.rstrip(b" \t")) for line in lines]
    ends = [draw(st.sampled_from((b"", b" ", b"\t \t"))) + b"\r\n" for _ in made]
    return b"".join(line + end for line, end in zip(made, ends, strict=True)) + draw(
        st.lists(st.sampled_from((b"\r\n", b" \r\n", b"\t")), max_size=4).map(b"".join)
    )


@settings(max_examples=200)
@given(rewritten())
def test_a_rewrite_that_relaxed_allows_keeps_a_pass(letter):
    assert passes(letter)


# ---- any other change


@settings(max_examples=400)
@given(st.data())
def test_any_other_change_of_a_signed_octet_loses_it(data):
    """Where octets go or come, the pass stays exactly if what is hashed stays as it was."""
    how = data.draw(st.sampled_from(HOWS))
    letter = signed(type="ed25519", canonicalization=how)
    start = letter.index(b"\r\nFrom:") + 2  # the signature itself is looked at below
    at = data.draw(st.integers(start, len(letter)))
    gone = data.draw(st.integers(0, 3))
    changed = letter[:at] + data.draw(OCTETS) + letter[at + gone :]
    assert passes(changed) == (hashed(changed, how) == hashed(letter, how)), changed


def hashed(letter: bytes, how: str) -> tuple[bytes, list[bytes]]:
    """What a signature over the letter's own fields speaks for, written once more from the RFC, without its code."""
    header, body = _parts(letter)
    in_header, in_body = how.split("/")
    left = re.split(rb"(?<=\n)(?![ \t])", header)
    chosen: list[bytes] = []
    for name in (b"from", b"to", b"date", b"subject", b"from"):
        places = [at for at, one in enumerate(left) if re.match(rb"(?i)" + name + rb"[ \t]*:", one)]
        if places:
            chosen.append(_header_form(left.pop(places[-1]), in_header))
    return _body_form(body, in_body), chosen


def _parts(letter: bytes) -> tuple[bytes, bytes]:
    found = re.search(rb"\n\r?\n", letter)
    return (letter[: found.start() + 1], letter[found.end() :]) if found else (letter, b"")


def _header_form(field: bytes, how: str) -> bytes:
    if how == "simple":
        return field if field.endswith(b"\r\n") else field + b"\r\n"
    name, _, value = field.removesuffix(b"\r\n").partition(b":")
    value = re.sub(rb"[ \t]+", b" ", re.sub(rb"\r\n(?=[ \t])", b"", value))
    return name.strip(b" \t").lower() + b":" + value.strip(b" ")


def _body_form(body: bytes, how: str) -> bytes:
    if how == "relaxed":
        body = b"\r\n".join(re.sub(rb"[ \t]+", b" ", line).removesuffix(b" ") for line in body.split(b"\r\n"))
    while body.endswith(b"\r\n"):
        body = body[:-2]
    return body + b"\r\n" if body or how == "simple" else body


@given(st.data())
def test_every_octet_of_the_signature_is_signed_too(data):
    """But those of b=, and blanks that relaxed does not see."""
    letter = signed(type="ed25519", canonicalization="simple/simple")
    end = letter.index(b" b=") + 1
    at = data.draw(st.integers(0, end - 1))
    other = data.draw(st.integers(0, 255).filter(lambda octet: octet != letter[at]))
    assert not passes(letter[:at] + bytes([other]) + letter[at + 1 :])


# ---- the canonical form, beside dkimpy's


@settings(max_examples=300)
@given(LINES.map(b"".join))
def test_a_body_has_the_form_that_dkimpy_gives_it(body):
    """Where the last line has an end: RFC 6376 section 3.4.4 adds one after its blanks are gone, dkimpy before."""
    from dkim.canonicalization import Relaxed, Simple

    assert canonical.body("simple", body) == Simple.canonicalize_body(body)
    if not body.endswith((b" ", b"\t")):
        assert canonical.body("relaxed", body) == Relaxed.canonicalize_body(body)
    assert canonical.body("relaxed", canonical.body("relaxed", body)) == canonical.body("relaxed", body)


@settings(max_examples=60)
@given(LINES.map(b"".join), st.sampled_from(HOWS))
def test_dkimpy_verifies_what_we_sign(body, how):
    body = re.sub(rb"\r(?!\n)|(?<!\r)\n", b"", body) + b".\r\n"  # it takes a bare LF for an end of line, and we do not
    letter = dkim.sign(
        LETTER.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + body, "s1", "example.net", key(), canonicalization=how
    )
    assert dkimpy.verify(letter.message, dnsfunc=lambda name, timeout: key().record.encode())


# ---- whatever comes

TAGS = st.sampled_from(
    (
        *(
            b"v=1",
            b"a=rsa-sha256",
            b"a=ed25519-sha256",
            b"b=AAAA",
            b"bh=AAAA",
            b"d=example.net",
            b"s=s1",
            b"h=from",
            b"l=1",
        ),
        *(
            b"l=99999999999999999999",
            b"t=999999999999",
            b"x=1",
            b"c=/",
            b"c=relaxed/relaxed",
            b"i=@",
            b"i=a@.net",
            b"q=",
            b"h=:",
        ),
        *(
            b"d=" + b"a." * 200,
            b"s=\xff\xfe",
            b"=",
            b"",
            b";",
            b"\r\n ",
            b"z=" + b"x" * 300,
            b"h=dkim-signature:from:from",
        ),
    )
)
FIELD = st.lists(TAGS | OCTETS, max_size=14).map(lambda tags: b"DKIM-Signature: " + b"; ".join(tags) + b"\r\n")
RECORD = st.lists(
    st.sampled_from((b"v=DKIM1", b"k=rsa", b"k=ed25519", b"p=", b"p=AAAA", b"h=sha256", b"t=y:s", b"s=*", b"n=", b";"))
    | OCTETS,
    max_size=8,
).map(b"; ".join)


@settings(max_examples=400)
@given(st.lists(FIELD, max_size=3).map(b"".join), st.binary(max_size=200), RECORD)
def test_nothing_makes_a_check_raise(fields, rest, record):
    where = Zone({NAME: [("TXT", record), ("TXT", record)]})
    for letter in (fields + rest, fields + LETTER, rest):
        verdict = dkim.verify(letter, where, now=NOW)
        assert verdict.result in dkim.RESULTS
        assert repr(verdict) == repr(dkim.verify(letter, where, now=NOW))
        assert verdict.octets[read(letter).body_start :] == read(letter).body


@given(RECORD)
def test_any_record_can_be_read(record):
    assert dkim.read(record) == dkim.read(record)
