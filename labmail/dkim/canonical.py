"""The canonical form of a header field and of a body, and which fields a signature means. RFC 6376 sections 3.4, 5.4.2.

Bodies are dkimpy's work, on what its patterns read in good time. Header fields are ours: dkimpy takes away signs that
are no blanks (form feed, vertical tab), blanks at the end of a simple field, and every `b=` that a field holds.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from labmail.dkim.letter import Field
from labmail.dkim.tags import FOLDS, Tag

__all__ = ["METHODS", "body", "chosen", "header", "own_field"]

METHODS = ("simple", "relaxed")
RUN = re.compile(rb"[ \t]{2,}|\t")  # a blank alone stays as it is
LONG_RUN = re.compile(rb"[ \t]{20}")


def header(method: str, octets: bytes) -> bytes:
    """One field, which ends with CR LF."""
    if method == "simple":  # RFC 6376 section 3.4.1
        return octets if octets.endswith(b"\r\n") else octets + b"\r\n"
    name, colon, value = octets.removesuffix(b"\r\n").partition(b":")  # RFC 6376 section 3.4.2
    plain = RUN.sub(b" ", FOLDS.sub(b"", value)).strip(b" ")
    return name.lower().rstrip(b" \t") + colon + plain + b"\r\n"


def own_field(method: str, octets: bytes, b: Tag) -> bytes:
    """The signature's own field: the value of b= is taken out, and the last line end. RFC 6376 section 3.7"""
    after = octets.index(b":") + 1
    emptied = octets[: after + b.start] + octets[after + b.end :]
    return header(method, emptied).removesuffix(b"\r\n")


def body(method: str, octets: bytes) -> bytes:
    from dkim.canonicalization import Relaxed, Simple

    if method == "simple":  # RFC 6376 section 3.4.3
        return bytes(Simple.canonicalize_body(octets))
    # RFC 6376 section 3.4.4; long runs go first, as dkimpy's pattern for the end of a line takes the square of their
    # length, and so do the blanks of a last line without an end, which it leaves
    short = RUN.sub(b" ", octets) if LONG_RUN.search(octets) else octets
    return bytes(Relaxed.canonicalize_body(short.rstrip(b" \t")))


def chosen(fields: Iterable[Field], names: Sequence[str]) -> tuple[Field | None, ...]:
    """For each name its field: of several, from the last to the first. None: there is none, or none any more."""
    left: dict[str, list[Field]] = defaultdict(list)
    for field in fields:
        left[field.name].append(field)
    return tuple(left[name].pop() if left.get(name) else None for name in map(str.lower, names))
