"""Keys to sign with: made, loaded from a file, and as the record that publishes them. RFC 6376 section 3.6.1, RFC 8463.

A private key shows itself nowhere but in `pem`, which is asked for by name.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from typing import Any

from labmail.dkim.record import ED25519_OCTETS, KEY_TYPES, RSA_BITS_MAX, RSA_BITS_MIN, RSA_BITS_WISE
from labmail.errors import LabError

__all__ = ["Key", "generate", "load"]

STRING_MAX = 255  # octets in one string of a TXT record: RFC 1035 section 3.3.14


@dataclass(frozen=True, kw_only=True)
class Key:
    """A private key; `record` is what its owner publishes at `name(selector, domain)`."""

    type: str
    bits: int
    private: Any = field(repr=False, compare=False)

    @property
    def algorithm(self) -> str:
        return f"{self.type}-sha256"

    @property
    def public(self) -> str:
        """In base64, as it stands in p=. Of Ed25519 the bare key: RFC 8463 section 4.2"""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        public = self.private.public_key()
        if self.type == "ed25519":
            octets = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        else:
            octets = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(octets).decode("ascii")

    @property
    def record(self) -> str:
        """The TXT record, as one text."""
        return f"v=DKIM1; k={self.type}; p={self.public}"

    @property
    def strings(self) -> tuple[str, ...]:
        """The same in the strings of which a TXT record is made; a reader joins them. RFC 6376 section 3.6.2.2"""
        return tuple(self.record[at : at + STRING_MAX] for at in range(0, len(self.record), STRING_MAX))

    @staticmethod
    def name(selector: str, domain: str) -> str:
        """RFC 6376 section 3.6.2.1"""
        return f"{selector}._domainkey.{domain}"

    @property
    def pem(self) -> str:
        """The private key itself, for a file that nobody else reads."""
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        octets: bytes = self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return octets.decode("ascii")

    def sign(self, octets: bytes) -> bytes:
        """RFC 6376 section 3.3.2; Ed25519 signs the hash: RFC 8463 section 3."""
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        if self.type == "ed25519":
            return bytes(self.private.sign(hashlib.sha256(octets).digest()))
        return bytes(self.private.sign(octets, PKCS1v15(), SHA256()))


def generate(type: str = "rsa", bits: int = RSA_BITS_WISE) -> Key:
    """A new key, "rsa" or "ed25519"."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

    if type not in KEY_TYPES:
        raise LabError(f'DKIM knows no keys of type "{type}": rsa or ed25519 is meant')
    if type == "ed25519":
        return _key(Ed25519PrivateKey.generate())
    if not RSA_BITS_MIN <= bits <= RSA_BITS_MAX:
        raise LabError(f"an RSA key for DKIM has {RSA_BITS_MIN} to {RSA_BITS_MAX} bits, better {RSA_BITS_WISE}")
    return _key(generate_private_key(public_exponent=65537, key_size=bits))


def load(text: str | bytes) -> Key:
    """A key in PEM, or an Ed25519 key as 32 octets in base64, as RFC 8463 appendix A.1 writes it."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    octets = text.encode("utf-8", "replace") if isinstance(text, str) else text
    try:
        if b"-----BEGIN" in octets:
            return _key(load_pem_private_key(octets.strip(), None))
        seed = binascii.a2b_base64(octets.strip(), strict_mode=True)
        if len(seed) == ED25519_OCTETS:
            return _key(Ed25519PrivateKey.from_private_bytes(seed))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        pass
    raise LabError(
        "this is no private key that DKIM can sign with: RSA or Ed25519 in PEM, without a password, is meant"
    )


def _key(private: Any) -> Key:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    if isinstance(private, Ed25519PrivateKey):
        return Key(type="ed25519", bits=256, private=private)
    if not isinstance(private, RSAPrivateKey):
        raise ValueError(private)
    if private.key_size < RSA_BITS_MIN:  # RFC 8301 section 3.2
        raise LabError(f"an RSA key of {private.key_size} bits must not sign: {RSA_BITS_MIN} at least are needed")
    return Key(type="rsa", bits=private.key_size, private=private)
