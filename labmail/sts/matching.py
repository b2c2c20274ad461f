"""Which servers a policy means: a name, or a pattern with a star for its first label. RFC 8461 section 4.1."""

from __future__ import annotations

__all__ = ["matches"]

STAR = "*."


def matches(pattern: str, host: str) -> bool:
    """The star stands for one label, and one only: *.example.com is mx1.example.com, not a.mx1.example.com."""
    pattern, host = pattern.lower().removesuffix("."), host.lower().removesuffix(".")
    if not pattern.startswith(STAR):
        return pattern == host
    first, dot, rest = host.partition(".")
    return bool(first and dot) and rest == pattern.removeprefix(STAR)
