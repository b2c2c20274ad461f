"""The key record: a TXT record at `selector._domainkey.domain`. RFC 6376 section 3.6.1, RFC 8463 section 4.2.

`read` looks at one without asking anybody. A record that cannot be used has a fault; one that may be used and is
unwise has a remark.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from labmail.dkim import tags
from labmail.dkim.tags import Broken
from labmail.errors import needs_text

__all__ = ["KEY_TYPES", "RSA_BITS_MAX", "RSA_BITS_MIN", "RSA_BITS_WISE", "Record", "read"]

KEY_TYPES = ("rsa", "ed25519")
RSA_BITS_MIN = 1024  # RFC 8301 section 3.2: below, no signature is valid
RSA_BITS_WISE = 2048  # RFC 8301 section 3.2: what a signer should use
RSA_BITS_MAX = 4096  # RFC 8301 section 3.2: up to here everybody must verify; beyond, ours: a long key costs time
ED25519_OCTETS = 32  # RFC 8463 section 4.2


@dataclass(frozen=True, kw_only=True)
class Record:
    """`fault` says in a sentence why no signature can be verified by it."""

    text: str
    type: str = "rsa"
    bits: int = 0
    hashes: tuple[str, ...] = ()  # none named: all
    services: tuple[str, ...] = ("*",)
    flags: tuple[str, ...] = ()
    notes: str = ""
    key: Any = field(default=None, repr=False, compare=False)
    fault: str = ""
    section: str = "3.6.1"
    rfc: int = 6376

    @property
    def revoked(self) -> bool:
        return self.fault.startswith("the key is revoked")

    def refuses(self, algorithm: str, domain: str, identity: str) -> Broken | None:
        """Why a signature of this algorithm, for this domain and identity, may not use it. RFC 6376 section 6.1.2"""
        key_type, _, hash_name = algorithm.partition("-")
        if self.fault:
            return Broken(self.fault, self.section, self.rfc)
        if self.hashes and hash_name not in self.hashes:
            says = f"the key is for {' and '.join(self.hashes)} (h=), and the signature uses {hash_name}"
            return Broken(says, "3.6.1")
        if key_type != self.type:
            return Broken(f"the key is of type {self.type}, and the signature needs {key_type}", "6.1.2")
        if not {"*", "email"} & set(self.services):
            return Broken(f"the key is for {', '.join(self.services)} (s=), and not for email", "3.6.1")
        if "s" in self.flags and identity.rpartition("@")[2].lower() != domain.lower():
            return Broken("the key is for its own domain alone (t=s), and i= names a domain below it", "3.6.1")
        return None


def read(text: bytes | str) -> Record:
    if not isinstance(text, bytes):
        needs_text("a key record", text, "v=DKIM1; k=rsa; p=...")
        text = text.encode("utf-8", "surrogateescape")
    return _read(text)


@lru_cache(maxsize=128)  # records: many letters are signed with one key
def _read(octets: bytes) -> Record:
    plain = octets.decode("utf-8", "replace")
    try:
        found = tags.read(octets)
        if "v" in found and (next(iter(found)) != "v" or found["v"].value != b"DKIM1"):
            raise Broken("v= may be missing; else it comes first, and is DKIM1", "3.6.1")
        if "p" not in found:
            raise Broken("the record has no p=, which holds the key", "3.6.1")
    except Broken as broken:
        return Record(text=plain, fault=broken.says, section=broken.section)
    values: dict[str, Any] = {
        "type": found["k"].text if "k" in found else "rsa",
        "hashes": tags.names(found["h"]) if "h" in found else (),
        "services": tags.names(found["s"]) if "s" in found else ("*",),
        "flags": tags.names(found["t"]) if "t" in found else (),
        "notes": found["n"].text if "n" in found else "",
    }
    try:
        key, bits = _key(values["type"], found["p"])
    except Broken as broken:
        return Record(text=plain, **values, fault=broken.says, section=broken.section, rfc=broken.rfc)
    record = Record(text=plain, **values, key=key, bits=bits)
    return _sized(record) if record.type == "rsa" else record


def _key(kind: str, p: tags.Tag) -> tuple[Any, int]:
    """The public key, and its length in bits."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    if kind not in KEY_TYPES:
        raise Broken(f"nobody knows keys of type {tags.shown(kind.encode())}", "3.6.1")
    if not p.value:
        raise Broken("the key is revoked: p= is empty", "3.6.1")
    octets = tags.base64_of(p, "3.6.1")
    if kind == "ed25519":
        if len(octets) != ED25519_OCTETS:
            says = f"a key of type ed25519 has {ED25519_OCTETS} octets, and p= holds {len(octets)}"
            raise Broken(says, "4.2", 8463)
        return Ed25519PublicKey.from_public_bytes(octets), 256
    try:
        key = load_der_public_key(octets)
    except (ValueError, UnsupportedAlgorithm):
        raise Broken("p= holds no RSA key", "3.6.1") from None
    if not isinstance(key, RSAPublicKey):
        raise Broken("p= holds a key of another kind than RSA", "3.6.1")
    return key, key.key_size


def _sized(record: Record) -> Record:
    from dataclasses import replace

    if record.bits < RSA_BITS_MIN:
        says = f"the key has {record.bits} bits, and below {RSA_BITS_MIN} no signature counts"
        return replace(record, fault=says, section="3.2", rfc=8301)
    if record.bits > RSA_BITS_MAX:
        says = f"the key has {record.bits} bits, and more than {RSA_BITS_MAX} nobody need verify"
        return replace(record, fault=says, section="3.2", rfc=8301)
    return record
