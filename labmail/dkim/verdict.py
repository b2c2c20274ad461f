"""What became of each signature of a message, step by step, as frozen values. RFC 6376 section 6.1.

The hash of the body and the signature over the header fields are judged apart, whatever became of the other; a step
says what was looked at, what came of it, and where the RFC says so. The repr of a verdict is its transcript.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from labmail.dkim.letter import Field
from labmail.dkim.record import Record

__all__ = ["RESULTS", "Body", "Broke", "Header", "Lookup", "Remark", "Signature", "Signed", "Step", "Verdict"]

RESULTS = ("none", "pass", "fail", "policy", "neutral", "temperror", "permerror")  # RFC 8601 section 2.7.1


@dataclass(frozen=True, kw_only=True)
class Step:
    """`ok` is None where it could not be judged, or where nothing was to be judged."""

    name: str  # "field", "key", "body" or "header"
    ok: bool | None
    says: str
    section: str
    rfc: int = 6376


@dataclass(frozen=True, kw_only=True)
class Remark:
    """A pass, and yet: what is weak about it."""

    key: str
    says: str
    section: str
    rfc: int = 6376


@dataclass(frozen=True, kw_only=True)
class Broke:
    """What was changed, where it can be known: found by trying what would give the hash that was signed."""

    key: str  # "added", "octet", "blanks", "field"
    says: str
    start: int = 0  # within the canonical body, or the canonical header fields
    end: int = 0
    was: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """The question for the key, and what came of it."""

    name: str
    rcode: str = ""
    texts: tuple[bytes, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Body:
    """The body before and after; `hashed` is what of it the signature speaks for: with l= it may be less than all."""

    method: str
    octets: bytes = field(repr=False)
    canonical: bytes = field(repr=False)
    length: int | None  # l=
    said: bytes  # bh=
    found: bytes

    @property
    def hashed(self) -> bytes:
        return self.canonical if self.length is None else self.canonical[: self.length]

    @property
    def unsigned(self) -> int:
        """Octets of the canonical body that anybody may have added."""
        return len(self.canonical) - len(self.hashed)

    @property
    def matches(self) -> bool:
        return self.said == self.found and (self.length is None or self.length <= len(self.canonical))

    @cached_property
    def broke(self) -> Broke | None:
        from labmail.dkim import blame

        return None if self.matches else blame.body(self)


@dataclass(frozen=True, kw_only=True)
class Signed:
    """A name in h=, the field that it means, and that one's canonical form; no field: that there is none is signed."""

    name: str
    field: Field | None
    canonical: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Header:
    """What the signature is over: the fields that h= names, in its order, and its own without b=."""

    method: str
    signed: tuple[Signed, ...]
    own: bytes  # canonical, without b=
    matches: bool | None  # None: there was no key to tell by
    fields: tuple[Field, ...] = field(default=(), repr=False)  # all of the letter but its own
    proof: object = field(default=None, repr=False, compare=False)  # key and signature, to try what was changed

    @property
    def canonical(self) -> bytes:
        return b"".join(one.canonical for one in self.signed) + self.own

    @cached_property
    def broke(self) -> Broke | None:
        from labmail.dkim import blame

        return blame.header(self) if self.matches is False else None


@dataclass(frozen=True, kw_only=True)
class Signature:
    """One DKIM-Signature field. `why` is one sentence, the step that decided has the same."""

    result: str
    why: str
    section: str
    rfc: int = 6376
    field: Field
    domain: str = ""  # d=
    selector: str = ""  # s=
    identity: str = ""  # i=, or @ and the domain
    algorithm: str = ""
    canonicalization: str = ""
    lookup: Lookup | None = None
    record: Record | None = None
    body: Body | None = None
    header: Header | None = None
    steps: tuple[Step, ...] = ()
    warnings: tuple[Remark, ...] = ()
    b: bytes = b""

    @property
    def signed(self) -> tuple[str, ...]:
        """The names in h=."""
        return tuple(one.name for one in self.header.signed) if self.header else ()

    @property
    def testing(self) -> bool:
        """The key is marked as a trial. RFC 6376 section 3.6.1"""
        return self.record is not None and "y" in self.record.flags


@dataclass(frozen=True, kw_only=True, repr=False)
class Verdict:
    """`result` is that of the best signature, as one pass is enough; "none" where nobody signed."""

    result: str
    octets: bytes
    at: float  # when it was judged, in seconds since 1970
    signatures: tuple[Signature, ...] = ()
    unread: int = 0  # signatures beyond our limit

    @property
    def best(self) -> Signature | None:
        return next((one for one in self.signatures if one.result == self.result), None)

    def __repr__(self) -> str:
        from labmail.dkim import transcript

        return transcript.of(self)
