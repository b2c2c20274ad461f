"""Who vouches for this message? Each DKIM-Signature is read, its key fetched, its hashes made. RFC 6376 section 6.1.

The hash of the body and the signature over the header are judged apart, and neither waits for the other: a letter may
fail in one alone, and that says what was changed. Verdict and steps come from one evaluation, which raises nothing.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labmail.dkim import canonical, field, record
from labmail.dkim.field import Said
from labmail.dkim.letter import Field, Letter, read
from labmail.dkim.record import Record
from labmail.dkim.remarks import remarks
from labmail.dkim.tags import Broken
from labmail.dkim.verdict import RESULTS, Body, Header, Lookup, Signature, Signed, Step, Verdict
from labmail.errors import LabError

__all__ = ["again", "moment", "verify"]

SIGNATURES_MAX = 20  # of one message; ours: each costs a question to DNS (RFC 6376 section 8.4)
KEYS_MAX = 4  # key records at one name that are tried; ours: RFC 6376 section 6.1.2 leaves it to the verifier
BEST = ("pass", "temperror", "fail", "policy", "permerror", "neutral")


def verify(message: object, resolver: Any, now: datetime | float | None = None) -> Verdict:
    """The verdict on all signatures of a message: octets, text, or a letter of `lab.mailbox(...)`."""
    letter = read(message)
    at = moment(now, resolver)
    bodies: dict[str, bytes] = {}
    fields = [one for one in letter.fields if one.name == "dkim-signature"]
    signatures = tuple(_Judge(letter, one, resolver, at, bodies).judge() for one in fields[:SIGNATURES_MAX])
    found = {one.result for one in signatures}
    return Verdict(
        result=next((result for result in BEST if result in found), RESULTS[0]),
        octets=letter.octets,
        at=at,
        signatures=signatures,
        unread=max(0, len(fields) - SIGNATURES_MAX),
    )


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """An answer as a check needs it."""

    rcode: str
    texts: tuple[bytes, ...] = ()


class Keys:
    """A resolver that knows the keys which a verdict was come to with, and no others."""

    def __init__(self, verdict: Verdict) -> None:
        self._known = {one.lookup.name.lower(): one.lookup for one in verdict.signatures if one.lookup}

    def lookup(self, name: str, type: str) -> Remembered:
        found = self._known.get(name.lower())
        return Remembered(rcode=found.rcode or "TIMEOUT", texts=found.texts) if found else Remembered(rcode="NXDOMAIN")


def again(verdict: Verdict, message: object) -> Verdict:
    """Another message, judged at the same time and by the same keys: what if it had been changed?"""
    return verify(message, Keys(verdict), now=verdict.at)


def moment(now: datetime | float | None, resolver: Any = None) -> float:
    """The time that is given, else the lab's if the resolver is a lab's, else the machine's."""
    if now is None:
        now = getattr(resolver, "now", None)
    if isinstance(now, datetime):
        return now.timestamp()
    return float(now) if isinstance(now, int | float) else time.time()


class _Judge:
    """One signature, step by step."""

    def __init__(
        self,
        letter: Letter,
        own: Field,
        resolver: Any,
        now: float,
        bodies: dict[str, bytes],
    ) -> None:
        self.letter, self.own, self.resolver, self.now, self.bodies = letter, own, resolver, now, bodies
        self.steps: list[Step] = []
        self.verdict: Broken | None = None

    def judge(self) -> Signature:
        try:
            said = field.read(self.own)
        except Broken as broken:
            self._refuse("field", broken)
            return self._signature()
        self._field(said)
        known: dict[str, Any] = {
            "domain": said.domain,
            "selector": said.selector,
            "identity": said.identity,
            "algorithm": said.algorithm,
            "canonicalization": "/".join(said.methods),
            "b": said.signature,
        }
        if said.algorithm not in field.ALGORITHMS:
            return self._signature(**known)
        lookup, records = self._lookup(said)
        keys = self._keys(said, records)
        body = self._body(said)
        header = self._header(said, keys)
        used = next((each for each in keys if header.proof and each.key is header.proof[0]), None)  # type: ignore[index]
        known |= {"lookup": lookup, "record": used or (records[0] if records else None), "body": body, "header": header}
        self._believable(said)
        return self._signature(**known, warnings=remarks(said, self.letter, body, known["record"]))

    # ---- its own field

    def _field(self, said: Said) -> None:
        refused = field.refusal(said, self.now)
        if refused is not None:
            self._refuse("field", refused)
        else:
            says = f"signed for {said.domain} with the key {said.selector}, {said.algorithm}"
            self.steps.append(Step(name="field", ok=True, says=says, section="3.5"))

    # ---- the key

    def _lookup(self, said: Said) -> tuple[Lookup, list[Record]]:
        """RFC 6376 section 6.1.2"""
        name = said.key_name
        if len(name) > field.NAME_MAX:
            self._refuse("key", Broken(f"{name[:40]}… is longer than a name in DNS may be", "3.6.2.1"))
            return Lookup(name=name), []
        try:
            answer = self.resolver.lookup(name, "TXT")
        except LabError as fault:
            self._refuse("key", Broken(str(fault), "6.1.2", result="temperror"))
            return Lookup(name=name), []
        texts = tuple(answer.texts) if answer.rcode == "NOERROR" else ()
        lookup = Lookup(name=name, rcode=answer.rcode, texts=texts)
        if answer.rcode not in ("NOERROR", "NXDOMAIN"):
            what = "no answer came" if answer.rcode == "TIMEOUT" else f"the name server said {answer.rcode}"
            self._refuse("key", Broken(f"{what} to the question for {name}", "6.1.2", result="temperror"))
        elif not texts:
            self._refuse("key", Broken(f"there is no key at {name}", "6.1.2"))
        return lookup, [record.read(text) for text in texts[:KEYS_MAX]]

    def _keys(self, said: Said, records: list[Record]) -> list[Record]:
        """Those records that a signature such as this may be verified by; else the first one's reason holds."""
        refused = [(each, each.refuses(said.algorithm, said.domain, said.identity)) for each in records]
        fit = [each for each, reason in refused if reason is None]
        if fit:
            says = f"at {said.key_name}: {fit[0].type}, {fit[0].bits} bits"
            self.steps.append(Step(name="key", ok=True, says=says, section="3.6.1"))
        elif refused and (reason := refused[0][1]) is not None:
            self._refuse("key", reason)
        return fit

    # ---- the two hashes

    def _body(self, said: Said) -> Body:
        """RFC 6376 section 3.7"""
        method = said.methods[1]
        if method not in self.bodies:
            self.bodies[method] = canonical.body(method, self.letter.body)
        octets = self.bodies[method]
        body = Body(
            method=method,
            octets=self.letter.body,
            canonical=octets,
            length=said.length,
            said=said.body_hash,
            found=hashlib.sha256(memoryview(octets)[: said.length]).digest(),
        )
        if said.length is not None and said.length > len(octets):
            says = f"l={said.length} speaks for more octets than the body has, which are {len(octets)}"
            self._refuse("body", Broken(says, "3.5", result="fail"))
        elif not body.matches:
            says = "the body is not the one that was signed: its hash differs from bh="
            self._refuse("body", Broken(says, "6.1.3", result="fail"))
        else:
            says = f"the hash of its {len(body.hashed)} octets is the one in bh="
            self.steps.append(Step(name="body", ok=True, says=says, section="3.7"))
        return body

    def _header(self, said: Said, keys: list[Record]) -> Header:
        """RFC 6376 section 3.7; the signature's own field comes last, and is never one that h= means."""
        method = said.methods[0]
        others = tuple(one for one in self.letter.fields if one is not self.own)
        signed = tuple(
            Signed(name=name.lower(), field=one, canonical=canonical.header(method, one.octets) if one else b"")
            for name, one in zip(said.names, canonical.chosen(others, said.names), strict=True)
        )
        own = canonical.own_field(method, self.own.octets, said.tags["b"])
        octets = b"".join(one.canonical for one in signed) + own
        fits = next((each for each in keys if matches(each.key, said.signature, octets)), None)
        used = fits or (keys[0] if keys else None)
        if used is None:
            self.steps.append(Step(name="header", ok=None, says="without a key nobody can tell", section="3.7"))
        elif fits is None:
            says = "the signature does not fit the header fields as they came"
            self._refuse("header", Broken(says, "6.1.3", result="fail"))
        else:
            says = f"the signature fits {len(signed)} names of header fields and itself"
            self.steps.append(Step(name="header", ok=True, says=says, section="3.7"))
        return Header(
            method=method,
            signed=signed,
            own=own,
            matches=None if used is None else fits is not None,
            fields=others,
            proof=None if used is None else (used.key, said.signature),
        )

    def _believable(self, said: Said) -> None:
        """A reader sees one author, and it is to be the one that was signed. RFC 6376 section 8.15"""
        authors = sum(one.name == "from" for one in self.letter.fields)
        if self.verdict is None and authors > [name.lower() for name in said.names].count("from"):
            says = f"it signs one From:, and the letter has {authors}: a reader may see another than was signed"
            self._refuse("header", Broken(says, "8.15", result="policy"))

    # ---- in the end

    def _refuse(self, step: str, why: Broken) -> None:
        """What was wrong first decides."""
        self.steps.append(Step(name=step, ok=False, says=why.says, section=why.section, rfc=why.rfc))
        self.verdict = self.verdict or why

    def _signature(self, **known: Any) -> Signature:
        why = self.verdict
        return Signature(
            result=why.result if why else "pass",
            why=why.says if why else "the body is the one that was signed, and the signature fits",
            section=why.section if why else "6.1.3",
            rfc=why.rfc if why else 6376,
            field=self.own,
            steps=tuple(self.steps),
            **known,
        )


def matches(key: Any, signature: bytes, octets: bytes) -> bool:
    """RFC 6376 section 3.3.2; Ed25519 signs the hash: RFC 8463 section 3."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        if isinstance(key, RSAPublicKey):
            key.verify(signature, octets, PKCS1v15(), SHA256())
        else:
            key.verify(signature, hashlib.sha256(octets).digest())
    except InvalidSignature:
        return False
    return True
