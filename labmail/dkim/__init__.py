"""DKIM: who vouches for this message? A domain signs it, and publishes its key in DNS. RFC 6376, RFC 8301, RFC 8463.

`generate` makes a key, `sign` puts a signature on a letter, `verify` judges all signatures of one, each with its steps;
`read` looks at a key record. cryptography and dkimpy load when something is signed or verified.
"""

from labmail.dkim.check import again, verify
from labmail.dkim.keys import Key, generate, load
from labmail.dkim.record import Record, read
from labmail.dkim.signing import SignedMessage, sign
from labmail.dkim.verdict import RESULTS, Body, Broke, Header, Lookup, Remark, Signature, Signed, Step, Verdict

__all__ = [
    "RESULTS",
    "Body",
    "Broke",
    "Header",
    "Key",
    "Lookup",
    "Record",
    "Remark",
    "Signature",
    "Signed",
    "SignedMessage",
    "Step",
    "Verdict",
    "again",
    "generate",
    "load",
    "read",
    "sign",
    "verify",
]
