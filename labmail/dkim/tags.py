"""Lists of `tag=value;`, which the signature field and the key record are written in. RFC 6376 section 3.2.

A list is read whole or not at all: one that breaks the grammar, or names a tag twice, is invalid as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Broken", "Tag", "base64_of", "names", "read", "shown"]

NAME = re.compile(rb"[A-Za-z][A-Za-z0-9_]*")
# RFC 6376 section 3.2: visible signs but ";", and folding white space; RFC 8616 section 5: and characters beyond ASCII
SIGNS = rb"[\x21-\x3a\x3c-\x7e\x80-\xff \t]*"
VALUE = re.compile(rb"%b(?:\r\n(?=[ \t])%b)*" % (SIGNS, SIGNS))
FOLDS = re.compile(rb"\r\n(?=[ \t])")
BLANKS = re.compile(rb"[ \t\r\n]+")
BLANK = b" \t\r\n"


class Broken(Exception):
    """Why a list, or the value of one of its tags, cannot be used. `result`: what a signature with it comes to."""

    def __init__(self, says: str, section: str = "3.2", rfc: int = 6376, *, result: str = "permerror") -> None:
        super().__init__(says)
        self.says, self.section, self.rfc, self.result = says, section, rfc, result


@dataclass(frozen=True, kw_only=True)
class Tag:
    """One tag. `start` and `end` are those of its value within the list, with the blanks around it."""

    name: str
    value: bytes  # unfolded, without the blanks around it
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.value.decode("utf-8", "replace")

    @property
    def bare(self) -> bytes:
        """Without any blank: what may be folded anywhere, as base64 and lists of names may."""
        return BLANKS.sub(b"", self.value)


def read(octets: bytes) -> Mapping[str, Tag]:
    """The tags in their order."""
    found: dict[str, Tag] = {}
    at = 0
    specs = octets.split(b";")
    if len(specs) > 1 and not specs[-1].strip(BLANK):
        specs.pop()  # the last one may end with a semicolon
    for spec in specs:
        name, equals, value = spec.partition(b"=")
        word = name.strip(BLANK)
        if not NAME.fullmatch(word) or not equals:
            raise Broken(f"“{shown(spec.strip(BLANK))}” is no tag: a name, =, and a value are meant")
        tag = word.decode("ascii")
        if tag in found:
            raise Broken(f"the tag {tag}= stands there twice")
        if VALUE.fullmatch(value) is None:
            raise Broken(f"the value of {tag}= holds a sign that no tag may hold")
        plain = FOLDS.sub(b"", value).strip(b" \t")
        found[tag] = Tag(name=tag, value=plain, start=at + len(name) + 1, end=at + len(spec))
        at += len(spec) + 1
    return found


def names(tag: Tag) -> tuple[str, ...]:
    """A list of words with colons between them."""
    return tuple(word.strip(BLANK).decode("utf-8", "replace") for word in tag.value.split(b":"))


def base64_of(tag: Tag, section: str) -> bytes:
    import binascii

    try:
        return binascii.a2b_base64(tag.bare, strict_mode=True)
    except ValueError:
        raise Broken(f"{tag.name}= is no base64", section) from None


def shown(octets: bytes, most: int = 40) -> str:
    """Octets within a sentence: what is no visible ASCII as a zone file writes it, and the start of what is long."""
    text = "".join(chr(octet) if 32 <= octet < 127 else f"\\{octet:03d}" for octet in octets[: most + 1])
    return text if len(octets) <= most else f"{text[:most]}…"
