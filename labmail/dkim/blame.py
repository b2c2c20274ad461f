"""What was changed, where it can be known: by trying what would give the hash that was signed. RFC 6376 section 6.1.3.

A hash says only that something differs. But it also proves a guess: text added at the end or before it, one octet that
was another, a field that was added, a tag before the subject. Who guesses right knows it; within bounds, we try.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from typing import Any

from labmail.dkim import canonical
from labmail.dkim.letter import Field
from labmail.dkim.verdict import Body, Broke, Header

__all__ = ["body", "header"]

TRIES_MAX = 150_000  # hashes of one search for one octet; ours: a second of work at the most
LINES_MAX = 2_000  # line ends at which added text may begin; ours
FIELDS_MAX = 60  # names of a signature that guesses are made about; ours
SIGNS = (9, 10, 13, *range(32, 127))  # what an octet of a letter mostly is
TAG = re.compile(rb"(subject: ?)(\[[^\]\r\n]*\] ?)", re.IGNORECASE)

Test = Callable[[bytes], bool]


def body(judged: Body) -> Broke | None:
    octets, said = judged.hashed, judged.said
    if judged.length is not None and judged.length > len(judged.canonical):
        return Broke(key="short", says="text at the end is missing", start=len(octets), end=len(octets))
    return _added(octets, said) or _one_octet(octets, lambda digest: digest == said, "body")


def _added(octets: bytes, said: bytes) -> Broke | None:
    """Text after or before what was signed. A canonical body never ends with an empty line."""
    ends = [found.end() for found in re.finditer(rb"\r\n", octets)][:LINES_MAX]
    grown, last = hashlib.sha256(), 0
    for end in [0, *ends[:-1]]:
        grown.update(octets[last:end])
        last = end
        if grown.digest() == said:
            says = f"after octet {end}, {len(octets) - end} octets were added"
            return Broke(key="added", says=says, start=end, end=len(octets))
    if len(ends) * len(octets) <= TRIES_MAX * 100:
        for end in ends[:-1]:
            if hashlib.sha256(octets[end:]).digest() == said:
                return Broke(key="added", says=f"{end} octets were added at the beginning", start=0, end=end)
    return None


def header(judged: Header) -> Broke | None:
    proof = judged.proof
    assert isinstance(proof, tuple)
    fits, quick = _proof(*proof)
    if fits is None:
        return Broke(key="key", says="it was made with another key, or b= itself was changed")
    for says, start, end, octets in _guesses(judged):
        if fits(hashlib.sha256(octets).digest()):
            return Broke(key="field", says=says, start=start, end=end)
    return _one_octet(judged.canonical, fits, "header") if quick else None


def _proof(key: Any, signature: bytes) -> tuple[Test | None, bool]:
    """A test for the hash that was signed, and whether it is quick: an RSA signature holds the hash itself."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA256

    if isinstance(key, RSAPublicKey):
        try:
            said = key.recover_data_from_signature(signature, PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError):
            return None, True
        return (lambda digest: digest == said), True

    def fits(digest: bytes) -> bool:
        try:
            key.verify(signature, digest)
        except InvalidSignature:
            return False
        return True

    return fits, False


def _guesses(judged: Header) -> Iterator[tuple[str, int, int, bytes]]:
    """What may have happened to a field: what to say, where it stands, and the octets as they would have been."""
    whole, start = judged.canonical, 0
    for one in judged.signed[:FIELDS_MAX]:
        end = start + len(one.canonical)
        if one.field is not None:
            yield f"a field {one.name.capitalize()}: was added", start, end, _without(judged, one.field)
            if tag := TAG.match(one.canonical):
                shorter = tag[1] + one.canonical[tag.end() :]
                says = f"“{tag[2].decode('utf-8', 'replace').rstrip()}” was put before the subject"
                yield says, start + tag.start(2), start + tag.end(2), whole[:start] + shorter + whole[end:]
        start = end


def _without(judged: Header, added: Field) -> bytes:
    """The octets as they were before this field was there."""
    left = canonical.chosen([one for one in judged.fields if one is not added], [one.name for one in judged.signed])
    return b"".join(canonical.header(judged.method, one.octets) for one in left if one) + judged.own


def _one_octet(octets: bytes, fits: Test, what: str) -> Broke | None:
    """One octet that was another, that is new, or that is gone."""
    if len(octets) * len(SIGNS) * 2 > TRIES_MAX:
        return None
    before = hashlib.sha256()
    for at in range(len(octets) + 1):
        here, after = octets[at : at + 1], octets[at + 1 :]
        for sign in SIGNS:
            was = bytes([sign])
            for key, rest in (("changed", was + after), ("gone", was + here + after)):
                tried = before.copy()
                tried.update(rest)
                if fits(tried.digest()):
                    return Broke(key="octet", says=_says(key, at, was, here, what), start=at, end=at + 1, was=was)
        tried = before.copy()
        tried.update(after)
        if here and fits(tried.digest()):
            return Broke(key="octet", says=_says("new", at, b"", here, what), start=at, end=at + 1)
        before.update(here)
    return None


def _says(key: str, at: int, was: bytes, here: bytes, what: str) -> str:
    place = f"octet {at} of the canonical {what}"
    if key == "changed" and here:
        return f"{place} was {_shown(was)}, and is {_shown(here)}"
    if key == "new":
        return f"{place}, {_shown(here)}, is new"
    return f"before {place} there was {_shown(was)}"


def _shown(octet: bytes) -> str:
    return f"hex {octet.hex()}" + (f" “{octet.decode('ascii')}”" if 32 < octet[0] < 127 else "")
