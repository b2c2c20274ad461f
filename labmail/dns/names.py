"""Domain names as people write them, and the rules that a name can break. RFC 1035 sections 2.3.4, 3.1 and 5.1.

A name without a dot at its end is relative: the zone's own name is meant to follow.
"""

from __future__ import annotations

from functools import lru_cache

import dns.exception
import dns.name
from dns.name import Name

from labmail.errors import LabError, cited, needs_text

__all__ = ["Fault", "name_of", "plain", "read_name", "shown"]


class Fault(Exception):
    """A rule is broken. `says` goes on where "Line 10" began; whoever knows the line makes the sentence whole."""

    def __init__(self, says: str, rfc: str, *, field: str = "", line: int | None = None) -> None:
        super().__init__(says)
        self.says, self.rfc, self.field, self.line = says, rfc, field, line


BACKSLASH = "a backslash stands before one sign, or before three digits from 000 to 255"
BROKEN: dict[type[Exception], tuple[str, str]] = {
    dns.name.EmptyLabel: ("there is nothing between two of its dots", "RFC 1035 section 3.1"),
    dns.name.LabelTooLong: (
        "a part between dots holds at most 63 octets, and one of its parts is longer",
        "RFC 1035 section 2.3.4",
    ),
    dns.name.NameTooLong: ("a whole name holds at most 255 octets", "RFC 1035 section 2.3.4"),
    dns.name.BadEscape: (BACKSLASH, "RFC 1035 section 5.1"),
}


def read_name(text: str, origin: Name) -> Name:
    """The absolute name that `text` means in a zone file where `origin` is `@`."""
    if text == "@":
        return origin
    if not text.isascii():
        raise Fault(f"a name is written in ASCII{_in_ascii(text)}", "RFC 5890 section 2.3.2.1")
    try:
        name = dns.name.from_text(text, None)
        whole = name if name.is_absolute() else name.derelativize(origin)
    except dns.exception.DNSException as broken:
        raise Fault(*BROKEN.get(type(broken), ("it is no domain name", "RFC 1035 section 3.1"))) from None
    meant = whole if whole is name else name.derelativize(dns.name.root)
    if meant != whole and len(origin) > 1 and meant.is_subdomain(origin):  # legal, and never meant
        says = f"without a dot at its end it means {plain(whole)}: write {text}. or {shown(meant, origin)}"
        raise Fault(says, "RFC 1035 section 5.1")
    return whole


def name_of(text: str) -> Name:
    """The absolute name that a person means by `example.com`, with a dot at its end or without."""
    needs_text("a domain name", text, "example.com")
    return _name_of(text)


@lru_cache(maxsize=1024)  # names: a check asks for the same few with each letter
def _name_of(text: str) -> Name:
    try:
        if not text:
            raise Fault("it is empty", "RFC 1035 section 3.1")
        return read_name(text if text.endswith(".") and not text.endswith("\\.") else f"{text}.", dns.name.root)
    except Fault as fault:
        raise LabError(f'"{cited(text) if text else text}" is no domain name: {fault.says} ({fault.rfc})') from None


def shown(name: Name, origin: Name) -> str:
    """The name as a zone file of `origin` would write it: `@`, `mx1`, or absolute when it is outside."""
    return name.relativize(origin).to_text() if name.is_subdomain(origin) else name.to_text()


def plain(name: Name) -> str:
    """The absolute name as people write it, without its last dot."""
    return name.to_text(omit_final_dot=True)


def _in_ascii(text: str) -> str:
    try:
        return f": {text.encode('idna').decode()}"
    except UnicodeError:
        return ""
