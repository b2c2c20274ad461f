"""Key records, read without asking anybody."""

from __future__ import annotations

import base64
import subprocess
import sys
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from labmail import dkim
from labmail.errors import LabError
from tests.dkim import examples
from tests.dkim.letters import key

ED = examples.ED25519_RECORD
FAULTS = {
    "revoked": ("v=DKIM1; p=", "the key is revoked: p= is empty", "3.6.1"),
    "no key": ("v=DKIM1; k=rsa", "the record has no p=, which holds the key", "3.6.1"),
    "another version": ("v=DKIM2; p=", "v= may be missing; else it comes first, and is DKIM1", "3.6.1"),
    "v= is not first": ("p=; v=DKIM1", "v= may be missing; else it comes first, and is DKIM1", "3.6.1"),
    "an unknown type": ("k=dsa; p=AAAA", "nobody knows keys of type dsa", "3.6.1"),
    "no base64": ("p=!!!", "p= is no base64", "3.6.1"),
    "no key inside": ("p=AAAA", "p= holds no RSA key", "3.6.1"),
    "31 octets": (ED.replace("URo=", "UQ=="), "a key of type ed25519 has 32 octets, and p= holds 31", "4.2"),
    "a tag twice": ("k=rsa; k=rsa; p=", "the tag k= stands there twice", "3.2"),
    "no tag": ("", "“” is no tag: a name, =, and a value are meant", "3.2"),
    "Ed25519 said to be RSA": (ED.replace("k=ed25519", "k=rsa"), "p= holds no RSA key", "3.6.1"),
}


@pytest.mark.parametrize(("text", "says", "section"), FAULTS.values(), ids=FAULTS)
def test_a_record_that_cannot_be_used_says_why(text, says, section):
    record = dkim.read(text)
    assert (record.fault, record.section) == (says, section)
    assert record.revoked == says.startswith("the key is revoked")


# RFC 8301 section 3.2: the lab makes none so short
SHORT_RECORD = (
    "v=DKIM1; k=rsa; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAMvv+NKUgNOYSuJBxUJzMQsUZ6jhX+J3ovP3UsOy+106xSkV"
    "RmRVQgFOEX74cSjtc6S/gmAkN23/1LvEZxknnVUCAwEAAQ=="
)
SHORT_KEY = """\
-----BEGIN RSA PRIVATE KEY-----
MIIBOgIBAAJBAMvv+NKUgNOYSuJBxUJzMQsUZ6jhX+J3ovP3UsOy+106xSkVRmRV
QgFOEX74cSjtc6S/gmAkN23/1LvEZxknnVUCAwEAAQJAVzed9pFENzoebH0sW6rg
ApkLbBJW64e2zRes8b0N+2Ru5QNtV1k7x3pVug05vT0AH+9ZpcfF5WZsuxswhARu
AQIhAPh9jmu23ux8Xw1zsbKgmYsaeHnz+QCzNL9Y07jjHGmhAiEA0hm7OUcRZWfL
yQAIfZ/CFcxft04DuPdBb+ftir4zXzUCIQCuifqMnEGPGHjniPkq//V5qJkxB/ZB
0J5fPPRSLGwboQIgLQhE3+cCrIiN3lw6daqrb/6pOWHoXFnq1bCRcp6H5k0CIEs1
0UXTNqopLVNImKvNNILTfTuZLs42wibwlQaIfGKt
-----END RSA PRIVATE KEY-----
"""


def test_a_short_key_does_not_count():
    record = dkim.read(SHORT_RECORD)
    assert (record.bits, record.rfc, record.section) == (512, 8301, "3.2")
    assert "512 bits" in record.fault


def test_a_short_key_signs_nothing():
    with pytest.raises(LabError, match="must not sign"):
        dkim.load(SHORT_KEY)


def test_what_a_record_says():
    record = dkim.read(ED.replace("v=DKIM1;", "v=DKIM1; t=y : s; h=sha1:sha256; s=email; n=a note; zz=1;"))
    assert (record.fault, record.type, record.bits, record.notes) == ("", "ed25519", 256, "a note")
    assert (record.flags, record.hashes, record.services) == (("y", "s"), ("sha1", "sha256"), ("email",))


def test_both_forms_of_an_rsa_key():
    """RFC 6376 section 3.6.1 means the bare key, and everybody publishes the one that says its kind."""
    bare = key().private.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    assert dkim.read(f"p={base64.b64encode(bare).decode()}").bits == 2048
    assert dkim.read(key().record).bits == 2048


def test_a_key_keeps_its_secret():
    for made in (key(), key("ed25519")):
        assert repr(made) == f"Key(type='{made.type}', bits={made.bits})"
        again = dkim.load(made.pem)
        assert (again.record, again.algorithm) == (made.record, f"{made.type}-sha256")
    assert [len(part) for part in key().strings] == [255, len(key().record) - 255]
    assert "".join(key().strings) == key().record
    assert dkim.Key.name("s1", "example.net") == "s1._domainkey.example.net"


def test_what_is_no_key_is_said_so():
    for text in ("", "nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", b"\xff"):
        with pytest.raises(LabError, match="no private key"):
            dkim.load(text)
    with pytest.raises(LabError, match="rsa or ed25519"):
        dkim.generate("dsa")
    with pytest.raises(LabError, match="1024 to 4096"):
        dkim.generate("rsa", 512)


LIGHT = """
import sys
from typing import Any
from labmail import dkim
heavy = [name for name in ("dkim", "cryptography", "dns") if name in sys.modules]
assert not heavy, heavy
"""


def test_the_room_is_light_until_it_is_used(root):
    run = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, cwd=root, timeout=60)
    assert (run.stdout, run.stderr) == ("", "")


@pytest.mark.parametrize("wrong", [None, 3, ["v=DKIM1"]])
def test_what_is_no_text_is_no_record(wrong: Any) -> None:
    with pytest.raises(LabError, match=r'a key record is text such as "v=DKIM1; k=rsa; p=..."'):
        dkim.read(wrong)
