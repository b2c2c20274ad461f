"""Authentication-Results: written from verdicts, taken away where somebody forged it, and read whoever wrote it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labmail import LabError, authres, dkim, dmarc, spf
from tests.dkim.letters import LETTER, NAME, NOW, altered, key, signed, zone
from tests.spf.zone import Zone

ZONE = {
    "alumni.example": [("TXT", "v=spf1 ip4:203.0.113.80 -all")],
    "_dmarc.example.net": [("TXT", "v=DMARC1; p=reject")],
    NAME: [("TXT", key("ed25519").record)],
}
ME = "mx1.example.com"


def verdicts(letter: bytes, mail_from: str = "bounce@alumni.example"):
    where = Zone(ZONE)
    by_spf = spf.check("203.0.113.80", "list.alumni.example", mail_from, where)
    by_dkim = dkim.verify(letter, where, now=NOW)
    return {"spf": by_spf, "dkim": by_dkim, "dmarc": dmarc.evaluate("example.net", by_spf, by_dkim.signatures, where)}


def test_what_a_receiver_writes():
    letter = altered(signed(type="ed25519"), b"cake!", b"cake.")
    assert authres.write(ME, **verdicts(letter)).decode() == (
        "Authentication-Results: mx1.example.com;\r\n"
        " spf=pass smtp.mailfrom=bounce@alumni.example;\r\n"
        " dkim=fail header.d=example.net header.s=s1;\r\n"
        " dmarc=fail header.from=example.net\r\n"
    )


def test_other_words():
    assert authres.write(ME) == b"Authentication-Results: mx1.example.com; none\r\n"
    assert authres.write(ME, **verdicts(LETTER, "")).decode() == (
        "Authentication-Results: mx1.example.com;\r\n"
        " spf=none smtp.helo=list.alumni.example;\r\n"
        " dkim=none;\r\n"
        " dmarc=fail header.from=example.net\r\n"
    )
    verdict = dkim.verify(altered(signed(), b"cake!", b"cake."), zone(), now=NOW)
    assert b'dkim=fail reason="the body is not the one' in authres.write(ME, dkim=verdict, reasons=True)


def test_two_signatures_of_one_domain_are_told_apart():
    letter = dkim.sign(signed(), "s1", "example.net", key(), now=NOW + 1).message
    [field] = authres.read(authres.write(ME, dkim=dkim.verify(letter, zone(), now=NOW)) + letter)
    marks = [one.get("header.b") for one in field.get("dkim")]
    assert len(set(marks)) == 2
    assert all(mark in letter.decode().replace("\r\n ", "") for mark in marks)


@given(st.text(max_size=80), st.text(max_size=80))
def test_whatever_a_stranger_calls_himself_stays_in_its_place(name, domain):
    verdict = spf.check("192.0.2.1", name, f"a@{domain}", Zone({}))
    octets = authres.write(ME, spf=verdict)
    assert octets.count(b"\r\n") == 2
    [field] = authres.read(octets + LETTER)
    assert (field.authserv_id, field.fault, [one.method for one in field.results]) == (ME, "", ["spf"])


# ---- taking away

FORGED = {
    "as we write it": "Authentication-Results: mx1.example.com; dkim=pass header.d=example.net",
    "in capitals": "AUTHENTICATION-RESULTS: MX1.Example.COM; spf=pass",
    "with a version": "Authentication-Results: mx1.example.com 1; spf=pass",
    "with a comment first": "Authentication-Results: (x (y) \\)) mx1.example.com; spf=pass",
    "quoted": 'Authentication-Results: "mx1.example.com"; spf=pass',
    "with quoted pairs": 'Authentication-Results: "mx1\\.example.com"; spf=pass',
    "folded": "Authentication-Results:\r\n\tmx1.example.com;\r\n spf=pass",
    "with a blank before the colon": "Authentication-Results : mx1.example.com; spf=pass",
    "with a dot at its end": "Authentication-Results: mx1.example.com.; spf=pass",
    "a version that nobody knows": "Authentication-Results: mx1.example.com 2; spf=pass",
    "that cannot be read": "Authentication-Results: mx1.example.com; spf==pass (",
    "whose name cannot be read": 'Authentication-Results: x" mx1.example.com; spf=pass',
}


@pytest.mark.parametrize("field", FORGED.values(), ids=FORGED)
def test_a_forged_one_goes_and_nothing_else_does(field):
    other = b"Authentication-Results: mail.example.net; spf=pass smtp.mailfrom=example.net\r\n"
    forged = field.encode() + b"\r\n"
    assert authres.without(forged + other + forged + LETTER, ME) == other + LETTER
    assert authres.without(other + LETTER, ME) == other + LETTER


def test_several_names_and_names_beyond_ascii():
    letter = b"Authentication-Results: xn--bcher-kva.example; none\r\n" + LETTER
    assert authres.without(letter, ME, "bücher.example") == LETTER
    assert authres.without(LETTER.replace(b"\r\n", b"\n"), ME) == LETTER.replace(b"\r\n", b"\n")
    inside = LETTER + b"Authentication-Results: mx1.example.com; spf=pass\r\n"
    assert authres.without(inside, ME) == inside


# ---- reading


def test_what_others_write():
    """RFC 8601 section 2.2: comments, versions, quotations; and what big providers write without any."""
    [field] = authres.read(
        b"Authentication-Results: example.com (a server) 1;\r\n"
        b"\tauth=pass (cram-md5) smtp.auth=sender@example.net;\r\n"
        b'\tdkim/1 = Fail (bad) reason = "a \\"bad\\" thing; truly" header . d = example.net header.b=abc=;\r\n'
        b'\tspf=pass smtp.mailfrom="a b"@example.net;\r\n'
        b"\tspf=pass smtp.mailfrom=bounce+bob=example.com@lists.example.org;\r\n"
        b"\tx-own=none;\r\n\r\n"
    )
    assert (field.authserv_id, field.version, field.fault) == ("example.com", "1", "")
    auth, by_dkim, quoted, verp, own = field.results
    assert auth.properties == (("smtp.auth", "sender@example.net"),)
    assert (by_dkim.method, by_dkim.result, by_dkim.reason) == ("dkim", "fail", 'a "bad" thing; truly')
    assert (by_dkim.get("header.d"), by_dkim.get("header.b"), by_dkim.get("header.i")) == ("example.net", "abc=", "")
    assert quoted.get("smtp.mailfrom") == "a b@example.net"
    assert verp.get("smtp.mailfrom") == "bounce+bob=example.com@lists.example.org"
    assert (own.method, own.result, own.properties) == ("x-own", "none", ())


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("", "it does not begin with the name of the server that wrote it"),
        ("; spf=pass", "it does not begin with the name of the server that wrote it"),
        ("mx 2; spf=pass", "only version 1 is known"),
        ("mx; spf", "“spf” is no name, = and a value"),
        ("mx; spf=pass header=x", "“header” is no property such as header.d"),
        ("mx; spf=pass (", "a comment has no end"),
        ("mx; spf=pass )", "a bracket closes that was never open"),
    ],
)
def test_what_cannot_be_read(value, fault):
    field = authres.read_field(value)
    assert (field.fault, field.results) == (fault, ())


def test_nothing_was_checked():
    assert authres.read_field("mx1.example.com; none").results == ()
    assert authres.read_field("mx1.example.com; none").fault == ""


@given(st.text(st.sampled_from('abc=;."()\\ @/1\r\n\t'), max_size=60))
def test_any_field_can_be_read(value):
    assert authres.read_field(value) == authres.read_field(value.encode())
    assert isinstance(authres.read(f"Authentication-Results: {value}\r\n\r\n".encode()), tuple)


def test_a_field_made_to_be_slow_is_not():
    started = time.perf_counter()
    for value in (
        "a; " + "x." * 30_000,
        "a; " + " " * 60_000 + "=",
        '"' * 60_000,
        "(" * 60_000,
        "a; x=" + "y " * 30_000,
    ):
        authres.read_field(value)
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("wrong", [3, None, ["a"]])
def test_of_something_else_nothing_is_read(wrong):
    with pytest.raises(LabError, match="a message is octets, text or a letter"):
        authres.read(wrong)
    with pytest.raises(LabError, match="a field's value is text or octets, and not "):
        authres.read_field(wrong)


def test_a_letter_may_be_text():
    assert authres.read("Authentication-Results: a.example; none\n\nhello\n")[0].authserv_id == "a.example"
