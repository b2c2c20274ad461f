"""Where dkimpy says yes and the RFCs say no: it says so here, and we say no."""

from __future__ import annotations

import base64
import re

import dkim as dkimpy
import pytest

from tests.dkim.letters import LETTER, NOW, altered, judge, key, resigned, signed, zone


def theirs(letter: bytes, record: str) -> bool:
    try:
        return bool(dkimpy.verify(letter, dnsfunc=lambda name, timeout: record.encode()))
    except dkimpy.DKIMException:
        return False


def published(*tags: str) -> str:
    return key().record.replace("k=rsa;", "".join(f"{tag}; " for tag in tags) + "k=rsa;")


CASES = {
    # RFC 6376 section 3.6.1
    "a key for another hash": (signed, published("h=sha1"), "permerror"),
    "a key for its own domain alone": (lambda: resigned({"i": "@a.example.net"}), published("t=s"), "permerror"),
    "v= that is not first": (signed, key().record.replace("v=DKIM1; ", "") + "; v=DKIM1", "permerror"),
    # RFC 6376 section 3.5
    "a length beyond the body": (lambda: resigned({"l": "9999"}), key().record, "fail"),
    "a name of a tag with a sign in it": (lambda: resigned({"x-y": "1"}), key().record, "neutral"),
    # RFC 6376 section 3.4.2: white space is blanks and tabs
    "a form feed that was added": (
        lambda: altered(signed(), b"The Cake\r\n", b"The Cake\x0c\r\n"),
        key().record,
        "fail",
    ),
    # RFC 6376 section 3.7: the value of b= goes, and no other
    "another b=": (
        lambda: altered(resigned({"z": "Subject: b="}), b"Subject: b=", b"Subject: b=2"),
        key().record,
        "fail",
    ),
}


@pytest.mark.parametrize(("letter", "record", "result"), CASES.values(), ids=CASES)
def test_dkimpy_takes_it_and_we_do_not(letter, record, result):
    assert theirs(letter(), record)
    assert judge(letter(), zone(record)).result == result


def test_dkimpy_takes_sha1():
    made = dkimpy.sign(LETTER, b"s1", b"example.net", pem(), signature_algorithm=b"rsa-sha1")
    assert theirs(made + LETTER, key().record)
    assert judge(made + LETTER).result == "permerror"


def test_dkimpy_refuses_what_the_rfc_allows():
    """RFC 6376 section 3.4.2: blanks before the colon; RFC 6376 section 3.5: ways to ask that follow the known one."""
    letter = signed(LETTER.replace(b"Subject:", b"Subject :"))
    assert not theirs(letter, key().record)
    assert judge(letter).result == "pass"
    letter = resigned({"q": "dns/txt:carrier/pigeon"})
    assert not theirs(letter, key().record)
    assert judge(letter).result == "pass"


@pytest.mark.parametrize("how", ["simple/simple", "relaxed/relaxed", "relaxed/simple", "simple/relaxed"])
def test_else_we_agree_both_ways(how):
    assert theirs(signed(canonicalization=how), key().record)
    made = dkimpy.sign(LETTER, b"s1", b"example.net", pem(), canonicalize=tuple(how.encode().split(b"/")))
    assert judge(made + LETTER, now=NOW * 2).result == "pass"


def pem() -> bytes:
    octets = base64.b64encode(base64.b64decode(re.sub(r"-----.*-----|\s", "", key().pem)))
    return b"-----BEGIN PRIVATE KEY-----\n" + octets + b"\n-----END PRIVATE KEY-----\n"
