"""The words of strangers, fit to be shown in a line: nothing stays that moves, hides or turns what is beside it."""

from __future__ import annotations

import re

from labmail.mime import decoded

__all__ = ["HEADER_MAX_OCTETS", "SHOWN_MAX", "header", "plain"]

SHOWN_MAX = 1000  # ours, characters of one header's text on a page
HEADER_MAX_OCTETS = 16_384  # ours, of one header's value that is looked at

# controls; what turns the direction of writing (UAX 9); what has no width; halves of characters
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")


def plain(text: str, most: int = SHOWN_MAX) -> str:
    """One line of it."""
    line = " ".join(_UNFIT.sub(" ", text).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def header(octets: bytes | None) -> str:
    """A header's text as a person reads it."""
    return plain(decoded((octets or b"")[:HEADER_MAX_OCTETS]))
