"""What a server signs of the letters that go out: those of its own domains, each with that domain's key. RFC 6376.

A letter is a server's own if one of its users handed it in, a host that it trusts, or the server itself; what it only
forwards it leaves as it came. Signing takes time, so it happens in a thread.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from labmail.errors import LabError, cited, needs_text
from labmail.world.providers import Provider, is_selector

if TYPE_CHECKING:
    from labmail.dkim import Key

__all__ = ["Keys", "Signed"]


@dataclass(frozen=True, kw_only=True)
class Signed:
    """What a server did: signed with that key, or not, and why not."""

    domain: str = ""
    selector: str = ""
    field: bytes = field(default=b"", repr=False)  # the header field that it put on top
    why: str = ""

    def __str__(self) -> str:
        return self.why or f"signs for {self.domain} with key {self.selector}"


class Keys:
    """One host's: for each domain the selector and the key."""

    def __init__(self, provider: Provider) -> None:
        self._domains = provider.domains
        self._held: dict[str, tuple[str, str | Key]] = {
            domain: (file.selector, file.pem) for domain, file in provider.dkim.items()
        }

    @property
    def selectors(self) -> dict[str, str]:
        return {domain: selector for domain, (selector, _) in self._held.items()}

    def check(self, domain: str, selector: str, key: Key | str | None) -> tuple[str, Key] | None:
        """What `hold` takes, or LabError."""
        from labmail import dkim

        needs_text("a domain", domain, "example.net")
        needs_text("a selector", selector, "s1")
        if not any(domain == own or domain.endswith(f".{own}") for own in self._domains):
            raise LabError(
                f"{cited(domain)} is no domain of this server: it signs for {', '.join(self._domains) or 'none'}"
            )
        if not is_selector(selector):
            raise LabError(f'{selector!r} is no selector: one such as "s1" is meant')
        if key is None:
            return None
        if not isinstance(key, dkim.Key | str):
            raise LabError(
                f"a private key is PEM text or what dkim.generate() makes, and this is of type {type(key).__name__}"
            )
        return selector, dkim.load(key) if isinstance(key, str) else key

    def hold(self, domain: str, key: tuple[str, Key] | None) -> None:
        """From now on letters of that domain are signed so; None: not any more."""
        self._held.pop(domain, None)
        if key is not None:
            self._held[domain] = key

    def sign(self, letter: bytes, domain: str, at: datetime) -> Signed:
        """For that domain, or, where it is empty, the one that stands in From:. Blocking."""
        from labmail import dkim
        from labmail.verdicts import author_domains

        letter = letter if letter.endswith(b"\r\n") else letter + b"\r\n"  # as it crosses the wire
        asked = [domain] if domain else author_domains(letter)
        if not asked:
            return Signed(why="not signed: no domain stands in From:")
        signer = next((signer for name in asked if (signer := self._signer(name.lower()))), "")
        if not signer:
            return Signed(why=f"not signed: there is no key for {' or '.join(asked)}")
        selector, key = self._held[signer]
        try:
            key = _load(key) if isinstance(key, str) else key
            made = dkim.sign(letter, selector, signer, key, now=at)
        except LabError as fault:
            return Signed(why=f"not signed: {fault}")
        return Signed(domain=signer, selector=selector, field=made.field)

    def _signer(self, domain: str) -> str:
        """The domain itself, or the nearest above it: its signature is aligned, too. RFC 9989 section 4.4.1"""
        while domain and domain not in self._held:
            domain = domain.partition(".")[2]
        return domain


@lru_cache(maxsize=64)  # OpenSSL looks at every number of a key, in some 30 ms, and each lab has the same ones
def _load(pem: str) -> Key:
    from labmail import dkim

    return dkim.load(pem)
