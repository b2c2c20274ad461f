"""The examples of RFC 6376 and RFC 8463: their signatures fit, and their keys make the same signatures again."""

from __future__ import annotations

import base64
import re

import pytest

from labmail import dkim
from labmail.dkim import canonical
from tests.dkim import examples


def test_rfc_6376_appendix_a():
    verdict = dkim.verify(examples.RFC_6376, examples.ZONE)
    [signature] = verdict.signatures
    assert (verdict.result, signature.domain, signature.identity) == ("pass", "example.com", "joe@football.example.com")
    assert signature.canonicalization == "simple/simple"
    assert signature.signed == ("received", "from", "to", "subject", "date", "message-id")
    assert [step.ok for step in signature.steps] == [True, True, True, True]


def test_rfc_8463_appendix_a():
    verdict = dkim.verify(examples.RFC_8463, examples.ZONE)
    assert [(one.result, one.algorithm) for one in verdict.signatures] == [
        ("pass", "ed25519-sha256"),
        ("pass", "rsa-sha256"),
    ]
    assert verdict.result == "pass"


@pytest.mark.parametrize(
    ("letter", "number", "key", "record"),
    [
        (examples.RFC_6376, 0, examples.RFC_6376_KEY, examples.RFC_6376_RECORD),
        (examples.RFC_8463, 0, examples.ED25519_KEY, examples.ED25519_RECORD),
        (examples.RFC_8463, 1, examples.RSA_KEY, examples.RSA_RECORD),
    ],
    ids=["RFC 6376", "RFC 8463 Ed25519", "RFC 8463 RSA"],
)
def test_the_same_key_makes_the_same_signature(letter, number, key, record):
    signature = dkim.verify(letter, examples.ZONE).signatures[number]
    loaded = dkim.load(key)
    assert loaded.record.endswith(record[record.index("p=") :])
    assert loaded.sign(signature.header.canonical) == signature.b
    printed = re.search(rb"\sb=([^;]*)(?:;|\r\n\S)", signature.field.octets + b"X")[1]
    assert base64.b64decode(re.sub(rb"\s", b"", printed)) == signature.b


# RFC 6376 section 3.4.5: examples of canonicalization
HEADER = (b"A: X\r\n", b"B : Y\t\r\n\tZ  \r\n")
BODY = b" C \r\nD \t E\r\n\r\n\r\n"


def test_the_examples_of_canonicalization():
    assert [canonical.header("relaxed", line) for line in HEADER] == [b"a:X\r\n", b"b:Y Z\r\n"]
    assert canonical.body("relaxed", BODY) == b" C\r\nD E\r\n"
    assert [canonical.header("simple", line) for line in HEADER] == list(HEADER)
    assert canonical.body("simple", BODY) == b" C \r\nD \t E\r\n"
