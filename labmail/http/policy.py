"""What a page says that it may load: Content Security Policy Level 3, as far as this browser needs it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

__all__ = ["Policy"]


class Policy:
    """The header of one answer. Without one, everything is allowed, within the lab."""

    def __init__(self, header: str, url: str) -> None:
        self._own = urlsplit(url)
        self._policies = [_directives(text) for text in header.split(",") if text.strip()]

    def allows(self, what: str, url: str) -> bool:
        """`what` is style-src, img-src, frame-src; every policy of the header has to agree."""
        return all(_lists(policy, what, url, self._own.netloc) for policy in self._policies)

    def allows_inline(self, what: str) -> bool:
        return all("'unsafe-inline'" in _sources(policy, what, ("'unsafe-inline'",)) for policy in self._policies)

    def allows_form(self, url: str) -> bool:
        """form-action has no default."""
        return all(
            "form-action" not in policy or _lists(policy, "form-action", url, self._own.netloc)
            for policy in self._policies
        )


def _directives(text: str) -> dict[str, tuple[str, ...]]:
    words = [part.split() for part in text.split(";")]
    found: dict[str, tuple[str, ...]] = {}
    for name, *sources in filter(None, words):
        found.setdefault(name.lower(), tuple(source if source[:1] == "'" else source.lower() for source in sources))
    return found


def _sources(policy: dict[str, tuple[str, ...]], what: str, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    return policy.get(what, policy.get("default-src", otherwise))


def _lists(policy: dict[str, tuple[str, ...]], what: str, url: str, own: str) -> bool:
    parts = urlsplit(url)
    for source in _sources(policy, what, ("*", "data:")):
        same = source == "'self'" and parts.netloc == own
        host = re.sub(r"\A[a-z]+://|/.*", "", source)
        below = host.startswith("*.") and parts.netloc.endswith(host[1:])
        if same or (parts.netloc and (source == "*" or host == parts.netloc or below)) or source == f"{parts.scheme}:":
            return True
    return False
