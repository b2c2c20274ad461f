"""The DKIM-Signature field: what it says, and whether it may say so. RFC 6376 sections 3.5 and 6.1.1.

What cannot be read is `neutral` in the words of RFC 8601 section 2.7.1. What can be read and may not count (expired,
From: not signed, sha1) is a refusal; all else about the signature can be looked at even so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from labmail.dkim import tags
from labmail.dkim.canonical import METHODS
from labmail.dkim.letter import Field
from labmail.dkim.tags import Broken, Tag

__all__ = ["ALGORITHMS", "Said", "in_ascii", "read", "refusal"]

ALGORITHMS = ("rsa-sha256", "ed25519-sha256")  # RFC 8301 section 3.1, RFC 8463 section 3
HISTORIC = "rsa-sha1"  # RFC 8301 section 3.1
NEEDED = ("v", "a", "b", "bh", "d", "h", "s")
NAME_MAX = 253  # signs of a name in DNS, without the last dot: RFC 1035 section 2.3.4
LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
FIELD_NAME = re.compile(r"[\x21-\x39\x3b-\x7e]+")  # RFC 5322 section 2.2
LENGTH = re.compile(rb"\d{1,76}")
SECONDS = re.compile(rb"\d{1,12}")
SKEW = 36_000  # seconds that another machine's clock may be ahead, as dkimpy has it: RFC 6376 section 3.5 sets none


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a signature says; `b` is also where it stands."""

    tags: Mapping[str, Tag]
    algorithm: str
    methods: tuple[str, str]  # for header and body
    domain: str
    selector: str
    identity: str
    names: tuple[str, ...]
    signature: bytes
    body_hash: bytes
    length: int | None = None
    signed_at: int | None = None
    expires: int | None = None

    @property
    def key_name(self) -> str:
        """Where the key is published: RFC 6376 section 3.6.2.1."""
        return f"{in_ascii(self.selector)}._domainkey.{in_ascii(self.domain)}"


def read(field: Field) -> Said:
    """What it says, or `Broken`."""
    try:
        return _read(tags.read(field.value))
    except Broken as broken:
        raise Broken(broken.says, broken.section, broken.rfc, result="neutral") from None


def _read(found: Mapping[str, Tag]) -> Said:
    missing = [name for name in NEEDED if name not in found]
    if missing:
        raise Broken(f"{missing[0]}= is missing", "6.1.1")
    if found["v"].value != b"1":
        raise Broken("only version 1 is known (v=1)", "6.1.1")
    algorithm = found["a"].text
    if algorithm not in (*ALGORITHMS, HISTORIC):
        raise Broken(f"nobody knows the algorithm {tags.shown(found['a'].value)}", "3.3")
    domain, selector = _name(found["d"]), _name(found["s"])
    names = tags.names(found["h"])
    if not all(FIELD_NAME.fullmatch(name) for name in names):
        raise Broken("h= is a list of field names with colons between them", "3.5")
    if "q" in found and "dns/txt" not in tags.names(found["q"]):
        raise Broken("no way to ask for the key that is named in q= is known", "3.5")
    signed_at, expires = _number(found, "t", SECONDS), _number(found, "x", SECONDS)
    if signed_at is not None and expires is not None and expires <= signed_at:
        raise Broken("it expires (x=) before it was made (t=)", "3.5")
    return Said(
        tags=found,
        algorithm=algorithm,
        methods=_methods(found),
        domain=domain,
        selector=selector,
        identity=_identity(found, domain),
        names=names,
        signature=tags.base64_of(found["b"], "3.5"),
        body_hash=tags.base64_of(found["bh"], "3.5"),
        length=_number(found, "l", LENGTH),
        signed_at=signed_at,
        expires=expires,
    )


def refusal(said: Said, now: float) -> Broken | None:
    """Why a signature does not count that may well fit."""
    if said.algorithm == HISTORIC:
        return Broken("rsa-sha1 proves nothing any more, and must not be verified", "3.1", 8301)
    if "from" not in map(str.lower, said.names):
        return Broken("it does not sign From:", "6.1.1")
    identity, domain = _folded(said.identity.rpartition("@")[2]), _folded(said.domain)
    if identity != domain and not identity.endswith(f".{domain}"):
        return Broken(f"i= names {identity}, which does not lie within {domain}", "6.1.1")
    if said.expires is not None and now > said.expires:
        return Broken("it has expired (x=)", "6.1.1")
    if said.signed_at is not None and said.signed_at > now + SKEW:
        return Broken("it was made in the future (t=)", "3.5")
    return None


def in_ascii(name: str) -> str:
    """A-labels, which is what DNS knows: RFC 8616 section 5."""
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def _folded(name: str) -> str:
    return in_ascii(name).lower()


def _methods(found: Mapping[str, Tag]) -> tuple[str, str]:
    """simple where nothing is said: RFC 6376 section 3.5."""
    header, slash, body = (found["c"].text if "c" in found else "simple/simple").partition("/")
    methods = (header, body if slash else "simple")
    if not set(methods) <= set(METHODS):
        raise Broken("c= is simple or relaxed, for the header, and after a slash for the body", "3.5")
    return methods


def _name(tag: Tag) -> str:
    name = tag.text
    ascii_name = in_ascii(name)
    if len(ascii_name) > NAME_MAX or not all(LABEL.fullmatch(label) for label in ascii_name.split(".")):
        raise Broken(f"{tag.name}= is no name that DNS could have", "3.5")
    return name


def _identity(found: Mapping[str, Tag], domain: str) -> str:
    if "i" not in found:
        return f"@{domain}"
    if "@" not in found["i"].text:
        raise Broken("i= is an address, or @ and a domain", "3.5")
    return found["i"].text


def _number(found: Mapping[str, Tag], name: str, pattern: re.Pattern[bytes]) -> int | None:
    if name not in found:
        return None
    if not pattern.fullmatch(found[name].value):
        raise Broken(f"{name}= is a number", "3.5")
    return int(found[name].value)
