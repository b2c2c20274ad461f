"""Every way in which a signature can fail to count, with its word, its step and the section that says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from labmail import Lab, dkim
from labmail.dkim.check import SIGNATURES_MAX
from labmail.dkim.field import SKEW
from labmail.errors import LabError
from tests.dkim.letters import LETTER, NAME, NOW, altered, judge, key, resigned, signed, zone
from tests.spf.zone import Zone


def steps(signature: dkim.Signature) -> dict[str, bool | None]:
    return {step.name: step.ok for step in signature.steps}


def reference(signature: dkim.Signature) -> str:
    return f"{signature.rfc} {signature.section}"


@pytest.mark.parametrize("type", ["rsa", "ed25519"])
@pytest.mark.parametrize("how", ["simple/simple", "relaxed/relaxed", "simple/relaxed", "relaxed/simple", "relaxed"])
def test_what_is_signed_counts(type, how):
    if how == "relaxed":  # RFC 6376 section 3.5: simple for the body
        letter = altered(resigned({"c": "relaxed"}), b"", b"")
        assert judge(letter).canonicalization == "relaxed/simple"
        return
    signature = judge(signed(type=type, canonicalization=how), zone(type=type))
    assert (signature.result, signature.canonicalization) == ("pass", how)
    assert steps(signature) == {"field": True, "key": True, "body": True, "header": True}
    assert signature.warnings == ()


def test_nobody_signed():
    verdict = dkim.verify(LETTER, zone())
    assert (verdict.result, verdict.signatures, repr(verdict)) == ("none", (), "none  nobody signed this message")


# ---- body and header, judged apart


def test_the_body_alone_was_changed():
    signature = judge(altered(signed(), b"cake!", b"bread!"))
    assert (signature.result, reference(signature)) == ("fail", "6376 6.1.3")
    assert steps(signature) == {"field": True, "key": True, "body": False, "header": True}
    assert signature.body.canonical != signature.body.octets
    assert signature.body.said != signature.body.found


def test_the_header_alone_was_changed():
    signature = judge(altered(signed(), b"Subject: Re: The Cake", b"Subject: Re: The Bread"))
    assert steps(signature) == {"field": True, "key": True, "body": True, "header": False}
    assert signature.result == "fail"


def test_without_a_key_the_body_is_judged_even_so():
    signature = judge(altered(signed(), b"cake!", b"bread!"), Zone({}))
    assert steps(signature) == {"field": True, "key": False, "body": False, "header": None}
    assert signature.result == "permerror"


def test_relaxed_lets_blanks_change_and_simple_does_not():
    def change(letter):
        letter = altered(letter, b"Subject: Re: The Cake", b"SUBJECT:\tRe:  The\r\n Cake ")
        return altered(letter, b"bring  the cake! ", b"bring\tthe cake!") + b"\r\n\r\n"

    assert judge(change(signed(canonicalization="relaxed/relaxed"))).result == "pass"
    assert steps(judge(change(signed(canonicalization="simple/simple")))) | {"key": 1} == {
        "field": True,
        "key": 1,
        "body": False,
        "header": False,
    }


def test_what_is_not_signed_may_change():
    letter = signed()
    assert judge(b"Received: from x\r\n" + letter).result == "pass"
    assert judge(altered(letter, b"Subject:", b"X-Spam: no\r\nSubject:")).result == "pass"


def test_an_added_field_breaks_what_was_signed_once_more():
    assert judge(signed(oversign=("from", "cc")) + b"").result == "pass"
    letter = signed(oversign=("from", "cc"))
    assert judge(altered(letter, b"To: Bob", b"Cc: eve@example.org\r\nTo: Bob")).result == "fail"
    assert judge(altered(signed(), b"To: Bob", b"Cc: eve@example.org\r\nTo: Bob")).result == "pass"


def test_of_several_fields_the_last_come_first():
    letter = b"Received: second\r\nReceived: first\r\n" + LETTER
    signature = judge(signed(letter, headers=("received", "from")))
    assert [one.canonical for one in signature.header.signed][:2] == [
        b"received:first\r\n",
        b"from:Alice <alice@example.net>\r\n",
    ]
    twice = judge(signed(letter, headers=("received", "received", "from")))
    assert [one.canonical for one in twice.header.signed][:2] == [b"received:first\r\n", b"received:second\r\n"]


# ---- the signature's own field

NEUTRAL = {
    "b= is missing": (b"b=", b"zz="),
    "a tag twice": (b"v=1;", b"v=1; c=relaxed/relaxed;"),
    "no version 1": (b"v=1;", b"v=2;"),
    "an unknown algorithm": (b"a=rsa-sha256", b"a=rsa-md5"),
    "an algorithm in capitals": (b"a=rsa-sha256", b"a=RSA-SHA256"),
    "a way to ask that nobody knows": (b"v=1;", b"v=1; q=carrier/pigeon;"),
    "an unknown canonicalization": (b"c=relaxed/relaxed", b"c=relaxed/nowsp"),
    "no number in t=": (b"t=1780304400", b"t=noon"),
    "expired before it was made": (b"t=1780304400", b"t=1780304400; x=1780304400"),
    "no base64 in bh=": (b"bh=", b"bh=!"),
    "an address without @": (b"v=1;", b"v=1; i=alice;"),
    "a name that no DNS could have": (b"d=example.net", b"d=example..net"),
    "an empty tag": (b"v=1;", b"v=1;;"),
    "a sign that no tag may hold": (b"d=example.net", b"d=exam\x07ple.net"),
    "an empty h=": (b"h=from:to:date:subject:from", b"h="),
}


@pytest.mark.parametrize(("was", "to"), NEUTRAL.values(), ids=NEUTRAL)
def test_a_field_that_cannot_be_read_is_neutral(was, to):
    signature = judge(altered(signed(), was, to))
    assert (signature.result, steps(signature)) == ("neutral", {"field": False})


def test_rsa_sha1_is_refused_whatever_it_proves():
    signature = judge(altered(signed(), b"a=rsa-sha256", b"a=rsa-sha1"))
    assert (signature.result, reference(signature)) == ("permerror", "8301 3.1")


def test_from_has_to_be_signed():
    signature = judge(resigned({"h": "to:subject"}))
    assert (signature.result, reference(signature)) == ("permerror", "6376 6.1.1")
    assert steps(signature)["header"] is True


@pytest.mark.parametrize(
    ("identity", "result"),
    [
        ("alice@example.net", "pass"),
        ("@mail.example.net", "pass"),
        ("@EXAMPLE.NET", "pass"),
        ("@example.com", "permerror"),
        ("@badexample.net", "permerror"),
        ("@net", "permerror"),
    ],
)
def test_the_identity_lies_within_the_domain(identity, result):
    assert judge(resigned({"i": identity})).result == result


def test_an_end_and_a_beginning():
    letter = signed(expires=timedelta(days=7))
    assert judge(letter, now=NOW + 7 * 86_400).result == "pass"
    expired = judge(letter, now=NOW + 7 * 86_400 + 1)
    assert (expired.result, expired.section, steps(expired)["header"]) == ("permerror", "6.1.1", True)
    assert judge(letter, now=NOW - SKEW).result == "pass"
    assert judge(letter, now=NOW - SKEW - 1).result == "permerror"


def test_the_time_is_the_labs():
    class Resolver(Zone):
        now = datetime(2026, 6, 1, 9, tzinfo=UTC)

    letter = signed(expires=timedelta(hours=1))
    resolver = Resolver(zone().entries)
    assert dkim.verify(letter, resolver).result == "pass"
    resolver.now += timedelta(hours=2)
    assert dkim.verify(letter, resolver).result == "permerror"
    assert dkim.verify(letter, resolver, now=datetime(2026, 6, 1, 9, tzinfo=UTC)).result == "pass"


# ---- the key


def test_dns_that_does_not_answer_is_temperror():
    for fault in ("TIMEOUT", "SERVFAIL", "REFUSED"):
        signature = judge(signed(), Zone({NAME: [fault]}))
        assert (signature.result, reference(signature)) == ("temperror", "6376 6.1.2")

    class Broken:
        def lookup(self, name, type):
            raise LabError("the lab has stopped")

    assert judge(signed(), Broken()).why == "the lab has stopped"


def test_no_key():
    for entries in ({}, {NAME: [("A", "192.0.2.1")]}):
        signature = judge(signed(), Zone(entries))
        assert (signature.result, signature.section) == ("permerror", "6.1.2")


def test_of_several_records_one_is_enough():
    other = dkim.generate("rsa", 1024)
    records = [("TXT", "v=spf1 -all"), ("TXT", other.record), ("TXT", key().record)]
    assert judge(signed(), Zone({NAME: records})).result == "pass"
    assert judge(signed(), Zone({NAME: records[:2]})).result == "fail"


def test_two_names_for_one_domain_below():
    record = key().record.replace("v=DKIM1;", "v=DKIM1; t=s;")
    assert judge(resigned({"i": "@example.net"}), zone(record)).result == "pass"
    below = judge(resigned({"i": "@mail.example.net"}), zone(record))
    assert (below.result, below.section) == ("permerror", "3.6.1")


# ---- weak use


def test_text_after_the_length_is_signed_by_nobody():
    letter = signed(length=True)
    assert [remark.key for remark in judge(letter).warnings] == ["length"]
    grown = judge(letter + b"Buy now!\r\n")
    assert (grown.result, grown.body.unsigned) == ("pass", len(b"\r\nBuy now!\r\n"))
    assert "signed by nobody" in grown.warnings[0].says


def test_a_length_beyond_the_body_does_not_count():
    size = len(judge(signed()).body.canonical)
    assert judge(resigned({"l": str(size)})).result == "pass"
    longer = judge(resigned({"l": str(size + 1)}))
    assert (longer.result, steps(longer)["body"]) == ("fail", False)


def test_a_second_author_makes_it_policy():
    letter = b"From: Mallory <mallory@mallory.example>\r\n" + signed(oversign=())
    signature = judge(letter)
    assert (signature.result, signature.section, signature.header.matches) == ("policy", "8.15", True)


def test_warnings():
    weak = resigned({"h": "from"})
    record = key().record.replace("v=DKIM1;", "v=DKIM1; t=y;")
    found = judge(weak, zone(record))
    assert [remark.key for remark in found.warnings] == ["oversign", "unsigned", "testing"]
    assert "to" in found.warnings[1].says
    assert found.testing


# ---- several, and too many


def test_one_that_passes_is_enough_and_each_has_its_reason():
    letter = signed(type="ed25519") + b""
    letter = dkim.sign(letter, "s2", "example.net", key(), now=NOW).message
    where = Zone({NAME: [("TXT", key("ed25519").record)], "s2._domainkey.example.net": [("TXT", key().record)]})
    verdict = dkim.verify(letter, where, now=NOW)
    assert [one.algorithm for one in verdict.signatures] == ["rsa-sha256", "ed25519-sha256"]
    assert verdict.result == "pass"
    half = dkim.verify(letter, zone(type="ed25519"), now=NOW)
    assert ([one.result for one in half.signatures], half.result) == (["permerror", "pass"], "pass")


def test_there_is_an_end_to_signatures():
    letter = b"DKIM-Signature: v=1\r\n" * (SIGNATURES_MAX + 5) + LETTER
    verdict = dkim.verify(letter, zone())
    assert (len(verdict.signatures), verdict.unread) == (SIGNATURES_MAX, 5)
    assert "5 more" in repr(verdict)


def test_in_a_lab():
    with Lab() as lab:
        made = dkim.generate("rsa")
        lab.zone("example.net")["s1._domainkey", "TXT"] = made.record
        letter = dkim.sign(LETTER, "s1", "example.net", made, now=lab.clock.now)
        verdict = dkim.verify(letter, lab.resolver)
    assert verdict.result == "pass"
    assert verdict.signatures[0].lookup.texts == (made.record.encode(),)
