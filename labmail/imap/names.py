"""Names of mailboxes: modified UTF-7 on the wire, rules of our own, and the patterns of LIST. RFC 3501 section 5.1.

A name is text with `/` between its levels. INBOX is the same in any case; other names are not.
"""

from __future__ import annotations

import base64
import binascii
import re

from labmail.imap.words import Bad, No

__all__ = ["SEPARATOR", "SPECIAL_USE", "above", "check_new", "decode", "encode", "matches", "name_of"]

SEPARATOR = "/"
NAME_MAX_CHARACTERS = 255  # ours
LEVELS_MAX = 20  # ours
SPECIAL_USE = {name: f"\\{name}" for name in ("Archive", "Drafts", "Junk", "Sent", "Trash")}  # RFC 6154 section 2

_SHIFTED = re.compile(r"&([A-Za-z0-9+,]*)-|[^ -%'-~]+|&", re.S)
_TO_SHIFT = re.compile(r"&|[^ -~]+")


def encode(name: str) -> bytes:
    """RFC 3501 section 5.1.3."""

    def shift(found: re.Match[str]) -> str:
        if found[0] == "&":
            return "&-"
        base = base64.b64encode(found[0].encode("utf-16-be", "surrogatepass"), b"+,").rstrip(b"=")
        return f"&{base.decode()}-"

    return _TO_SHIFT.sub(shift, name).encode()


def decode(octets: bytes) -> str:
    """The other way; what is not as `encode` would write it is refused, so that no name has two forms."""
    try:
        name = _SHIFTED.sub(_unshift, octets.decode("ascii"))
        name.encode()
    except (UnicodeError, binascii.Error, ValueError):
        name = ""
    if not octets or (name and encode(name) == octets):
        return name
    raise No("that name is not in modified UTF-7 (RFC 3501 section 5.1.3)", "CANNOT")


def _unshift(found: re.Match[str]) -> str:
    if found[1] is None:
        raise ValueError(found[0])
    if not found[1]:
        return "&"
    base = found[1].encode()
    return base64.b64decode(base + b"=" * (-len(base) % 4), b"+,", validate=True).decode("utf-16-be")


def name_of(octets: bytes) -> str:
    """The name that a client means."""
    if 0 in octets:
        raise Bad("a name holds no NUL")
    return _with_inbox(decode(octets))


def _with_inbox(name: str) -> str:
    first, separator, rest = name.partition(SEPARATOR)
    return f"INBOX{separator}{rest}" if first.upper() == "INBOX" else name


def check_new(name: str) -> str:
    """A name for a new mailbox, or why it cannot be one."""
    levels = name.split(SEPARATOR)
    if not all(levels) or any(level in (".", "..") for level in levels):
        raise No("each level of a name has characters, and is neither . nor ..", "CANNOT")
    if any(sign in name for sign in "*%") or any(ord(sign) < 32 or 127 <= ord(sign) < 160 for sign in name):
        raise No("a name has no *, no % and no control characters", "CANNOT")
    if len(name) > NAME_MAX_CHARACTERS or len(levels) > LEVELS_MAX:
        raise No(f"a name has {NAME_MAX_CHARACTERS} characters and {LEVELS_MAX} levels at most", "CANNOT")
    return name


def above(name: str) -> list[str]:
    """The names of the levels above: a and a/b for a/b/c."""
    levels = name.split(SEPARATOR)
    return [SEPARATOR.join(levels[:count]) for count in range(1, len(levels))]


def matches(pattern: str, name: str) -> bool:
    """`*` stands for anything, `%` for anything within a level: RFC 3501 section 6.3.8. In time that is bounded."""
    pattern = re.sub(r"%+", "%", re.sub(r"[*%]*\*[*%]*", "*", pattern))
    if len(pattern) > 2 * len(name) + 1:
        return False
    any_case = len("INBOX") if name.partition(SEPARATOR)[0] == "INBOX" else 0
    reached = {0}  # how many characters of the name the pattern so far may have taken
    for sign in pattern:
        if sign in "*%":
            reached = _run(reached, name, within_level=sign == "%")
        else:
            reached = {at + 1 for at in reached if name[at : at + 1] == (sign.upper() if at < any_case else sign)}
        if not reached:
            return False
    return len(name) in reached


def _run(reached: set[int], name: str, *, within_level: bool) -> set[int]:
    found, on = set(), False
    for at in range(len(name) + 1):
        on = at in reached or (on and not (within_level and name[at - 1] == SEPARATOR))
        if on:
            found.add(at)
    return found
