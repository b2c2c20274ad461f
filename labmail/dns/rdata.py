"""The data of a record, from the words of a zone file and back: what each type takes, and what it refuses.

RFC 1035 sections 3.3 and 3.4 (A, CNAME, MX, NS, PTR, SOA, TXT), RFC 3596 (AAAA), RFC 2782 (SRV). To teach the lab
another type, add its form: the order of the fields is that of dnspython's class.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import dns.rdata
import dns.rdataclass
import dns.rdatatype
from dns.name import Name
from dns.rdata import Rdata

from labmail.dns.names import BACKSLASH, Fault, read_name

__all__ = ["FORMS", "STRING_MAX_OCTETS", "TTL_MAX_S", "Form", "Word", "read_rdata", "read_type", "text_strings"]

STRING_MAX_OCTETS = 255  # a character-string, whose length is one octet: RFC 1035 section 3.3
RDATA_MAX_OCTETS = 65_535  # RDLENGTH is two octets: RFC 1035 section 3.2.1
TTL_MAX_S = 2**31 - 1  # RFC 2181 section 8


@dataclass(frozen=True, kw_only=True)
class Word:
    """A word of a zone file; `cut` says that a comment began right at its end."""

    text: str
    line: int
    quoted: bool = False
    cut: bool = False


Reader = Callable[[str, Name], object]


@dataclass(frozen=True)
class Form:
    gives: str  # "Line 8 gives mx1 ..."
    fields: dict[str, Reader]
    example: str
    rfc: str


def ipv4(word: str, _: Name) -> str:
    try:
        return str(ipaddress.IPv4Address(word))
    except ValueError:
        if _is_address(word):
            raise Fault("that is an IPv6 address, and its type is AAAA", "RFC 3596 section 2.1") from None
        rule = "an IPv4 address is four numbers from 0 to 255 with dots between, as 192.0.2.67"
        raise Fault(rule, "RFC 1035 section 3.4.1") from None


def ipv6(word: str, _: Name) -> str:
    try:
        return str(ipaddress.IPv6Address(word))
    except ValueError:
        if _is_address(word):
            raise Fault("that is an IPv4 address, and its type is A", "RFC 1035 section 3.4.1") from None
        raise Fault("an IPv6 address looks like 2001:db8::25", "RFC 3596 section 2.1") from None


def number(most: int, rfc: str, unit: str = "") -> Reader:
    def read(word: str, _: Name) -> int:
        if re.fullmatch(r"[0-9]{1,10}", word) and int(word) <= most:
            return int(word)
        raise Fault(f"it is a whole number{unit} from 0 to {most}", rfc)

    return read


def host(word: str, origin: Name) -> Name:
    """A name that stands for a machine."""
    if _is_address(word.strip("[]")):
        raise Fault("a host is given by name: give the address to that name, in an A record", "RFC 1035 section 3.3")
    return read_name(word, origin)


def _is_address(word: str) -> bool:
    try:
        ipaddress.ip_address(word.removesuffix("."))
    except ValueError:
        return False
    return True


def strings(word: str, _: Name) -> bytes:
    """One character-string, its escapes undone."""

    def undo(escape: re.Match[bytes]) -> bytes:
        if not escape[1].isdigit():
            return escape[1]
        if len(escape[1]) == 3 and int(escape[1]) < 256:
            return bytes([int(escape[1])])
        raise Fault(BACKSLASH, "RFC 1035 section 5.1")

    octets = re.sub(rb"\\([0-9]{1,3}|.)", undo, word.encode(), flags=re.DOTALL)
    if len(octets) > STRING_MAX_OCTETS:
        rule = f"one string holds at most {STRING_MAX_OCTETS} octets, and this one has {len(octets)}: cut it in two"
        raise Fault(rule, "RFC 1035 section 3.3")
    return octets


_16 = number(65_535, "RFC 1035 section 3.3.9")
_PORT = number(65_535, "RFC 2782")
_SERIAL = number(2**32 - 1, "RFC 1035 section 3.3.13")
_SECONDS = number(TTL_MAX_S, "RFC 1035 section 3.3.13", " of seconds")
_TIMES = dict.fromkeys(("refresh", "retry", "expire", "minimum"), _SECONDS)
_SOA = {"name server": host, "mailbox": host, "serial": _SERIAL, **_TIMES}
_SRV = {"priority": _PORT, "weight": _PORT, "port": _PORT, "host": host}

FORMS = {
    "A": Form("an address", {"address": ipv4}, "A 192.0.2.67", "RFC 1035 section 3.4.1"),
    "AAAA": Form("an IPv6 address", {"address": ipv6}, "AAAA 2001:db8::25", "RFC 3596 section 2.1"),
    "CNAME": Form("an alias", {"name": host}, "CNAME mx1", "RFC 1035 section 3.3.1"),
    "MX": Form("a mail server", {"preference": _16, "host": host}, "MX 10 mx1", "RFC 1035 section 3.3.9"),
    "NS": Form("a name server", {"host": host}, "NS ns.example.", "RFC 1035 section 3.3.11"),
    "PTR": Form("a pointer", {"name": host}, "PTR mx1.example.com.", "RFC 1035 section 3.3.12"),
    "SOA": Form(
        "the zone’s own data",
        _SOA,
        "SOA ns.example. hostmaster.example. 1 86400 7200 2419200 300",
        "RFC 1035 section 3.3.13",
    ),
    "SRV": Form("a service", _SRV, "SRV 0 1 993 mail", "RFC 2782"),
    "TXT": Form("a text", {"text": strings}, 'TXT "v=spf1 -all"', "RFC 1035 section 3.3.14"),
}


def read_type(word: str) -> str:
    if word.upper() in FORMS:
        return word.upper()
    hint = "".join(f" (did you mean {close}?)" for close in get_close_matches(word.upper(), FORMS, n=1))
    says = f'has the type "{word}", but the types of this lab are {", ".join(FORMS)}{hint}'
    raise Fault(says, "RFC 1035 section 3.2.2", field="type")


def read_rdata(type: str, owner: str, words: Sequence[Word], origin: Name) -> Rdata:
    """The data of `owner`'s record. The first field that breaks a rule is named."""
    form = FORMS[type]
    values: list[object] = []
    if not words or len(words) < len(form.fields):
        raise _missing(type, owner, words, origin)
    if type == "TXT":
        _check_quotes(owner, words)
        values.append(tuple(_read("text", strings, owner, word, origin) for word in words))
    else:
        for (field, reader), word in zip(form.fields.items(), words, strict=False):
            values.append(_read(field, reader, owner, word, origin))
        for word in words[len(values) :]:
            says = f"gives {owner} {_a(type)} record of {len(words)} words, and it takes {len(values)}: {form.example}"
            raise Fault(says, form.rfc, field=word.text, line=word.line)
    rdata = make_rdata(type, *values)
    if len(rdata.to_wire() or b"") > RDATA_MAX_OCTETS:
        says = f"gives {owner} more than {RDATA_MAX_OCTETS} octets in one record"
        raise Fault(says, "RFC 1035 section 3.2.1", field="text")
    return rdata


def make_rdata(type: str, *values: object) -> Rdata:
    rdtype = dns.rdatatype.from_text(type)
    kind: Callable[..., Rdata] = dns.rdata.get_rdata_class(dns.rdataclass.IN, rdtype)  # type: ignore[no-untyped-call]
    return kind(dns.rdataclass.IN, rdtype, *values)


def text_strings(text: str) -> list[bytes]:
    """A text of any length as character-strings, cut where one is full."""
    octets = text.encode()
    return [octets[at : at + STRING_MAX_OCTETS] for at in range(0, len(octets), STRING_MAX_OCTETS)] or [b""]


def _read(field: str, reader: Reader, owner: str, word: Word, origin: Name) -> object:
    try:
        return reader(word.text, origin)
    except Fault as fault:
        said = word.text if len(word.text) <= 60 else f"{word.text[:50]}..."
        says = f'gives {owner} the {field} "{said}", but {fault.says}'
        raise Fault(says, fault.rfc, field=field, line=word.line) from None


def _missing(type: str, owner: str, words: Sequence[Word], origin: Name) -> Fault:
    """Too few words: the first field that does not find itself among them."""
    form = FORMS[type]
    missing = list(form.fields)[len(words)]
    for (field, reader), word in zip(form.fields.items(), words, strict=False):
        try:
            reader(word.text, origin)
        except Fault:
            missing = field
            break
    says = f"gives {owner} {_a(type)} record without its {missing}: right would be a record as {form.example}"
    return Fault(says, form.rfc, field=missing, line=words[0].line if words else None)


def _check_quotes(owner: str, words: Sequence[Word]) -> None:
    """Legal, and never meant: without quotes blanks vanish, and a ; begins a comment."""
    bare = [word for word in words if not word.quoted]
    if any(word.cut for word in bare):
        says = f'gives {owner} a text that ends at "{bare[-1].text}", where ; begins a comment: put the text in quotes'
    elif len(bare) > 1:
        says = (
            f"gives {owner} a text without quotes, whose {len(bare)} words DNS joins without blanks: put it in quotes"
        )
    else:
        return
    raise Fault(says, "RFC 1035 section 5.1", field="text", line=bare[0].line)


def _a(type: str) -> str:
    return f"an {type}" if type[0] in "AMNS" else f"a {type}"
