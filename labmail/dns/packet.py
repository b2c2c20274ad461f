"""What each octet of a DNS message is there for. RFC 1035 section 4, RFC 6891 for OPT.

The fields cover a message from its first octet to its last, without a gap. It is read here once more, by hand, for a
picture must show what is on the wire, sense or not: where sense ends, one last field says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype

__all__ = ["KEYS", "Field", "fields"]

# key -> RFC and section; the words for each are kept elsewhere
KEYS = {
    "length": "RFC 1035 section 4.2.2",  # before each message over TCP
    "id": "RFC 1035 section 4.1.1",
    "flags-query": "RFC 1035 section 4.1.1",
    "flags-answer": "RFC 1035 section 4.1.1",
    "count-questions": "RFC 1035 section 4.1.1",
    "count-answers": "RFC 1035 section 4.1.1",
    "count-authority": "RFC 1035 section 4.1.1",
    "count-additional": "RFC 1035 section 4.1.1",
    "name": "RFC 1035 section 3.1",
    "name-root": "RFC 1035 section 3.1",
    "name-pointer": "RFC 1035 section 4.1.4",  # nothing but a pointer
    "name-and-pointer": "RFC 1035 section 4.1.4",  # letters, then a pointer
    "type": "RFC 1035 section 3.2.2",
    "class": "RFC 1035 section 3.2.4",
    "ttl": "RFC 1035 section 4.1.3",
    "rdlength": "RFC 1035 section 4.1.3",
    "address": "RFC 1035 section 3.4.1",
    "address6": "RFC 3596 section 2.2",
    "preference": "RFC 1035 section 3.3.9",
    "string-length": "RFC 1035 section 3.3",
    "string": "RFC 1035 section 3.3.14",
    "serial": "RFC 1035 section 3.3.13",
    "refresh": "RFC 1035 section 3.3.13",
    "retry": "RFC 1035 section 3.3.13",
    "expire": "RFC 1035 section 3.3.13",
    "minimum": "RFC 2308 section 4",
    "edns-size": "RFC 6891 section 6.2.3",
    "edns-flags": "RFC 6891 section 6.1.3",
    "data": "RFC 1035 section 4.1.3",  # of a type that is not taken apart here
    "rest": "RFC 1035 section 4.1",  # not understood
}
FLAGS = {"AA": 0x0400, "TC": 0x0200, "RD": 0x0100, "RA": 0x0080}  # section 4.1.1
COUNTS = {"questions": "question", "answers": "answer", "authority": "", "additional": ""}  # key -> word for one
JUMPS_MAX = 127  # a name has at most 127 labels, so more pointers lead nowhere: RFC 1035 section 2.3.4


@dataclass(frozen=True, kw_only=True)
class Field:
    """Octets `start` to `end` (which is no longer part of it). Fields of one `row` stand side by side: the header, a
    question, a record. `facts` fill the sentence that explains `key`; offsets in them count from the message's id."""

    start: int
    end: int
    section: str  # "length", "header", "question", "answer", "authority", "additional", "rest"
    row: int
    label: str
    key: str
    facts: Mapping[str, str | int] = field(default_factory=dict)
    points_to: int | None = None  # the octet that a pointer means

    @property
    def rfc(self) -> str:
        return KEYS[self.key]


def fields(octets: bytes, over: str = "udp") -> list[Field]:
    """The fields of one message; over "tcp" two octets of length stand before it."""
    reader = _Reader(octets, 2 if over == "tcp" else 0)
    try:
        reader.message()
    except _NoSense as fault:
        reader.rest(str(fault))
    return reader.fields


class _NoSense(Exception):
    """What comes next cannot be understood."""


class _Reader:
    def __init__(self, octets: bytes, first: int) -> None:
        self.octets, self.first = octets, first  # offsets in a message count from its first octet
        self.at, self.row, self.section = 0, 0, "length"
        self.fields: list[Field] = []

    def message(self) -> None:
        if self.first:
            length = self.number(2, "length")
            self.add(2, "length", f"{length} octets", octets=length)
            self.row += 1
        counts = self.header()
        for section, count in zip(("question", "answer", "authority", "additional"), counts, strict=True):
            for _ in range(count):
                self.section, self.row = section, self.row + 1
                self.question() if section == "question" else self.record()
        if self.at < len(self.octets):
            raise _NoSense("more than was announced")

    def header(self) -> list[int]:
        self.section = "header"
        number = self.number(2, "id")
        self.add(2, "id", "ID", id=number)
        flags = self.number(2, "flags")
        rcode, opcode = dns.rcode.to_text(dns.rcode.Rcode(flags & 0x0F)), flags >> 11 & 0x0F
        words = ["answer" if flags & 0x8000 else "query", *(word for word, bit in FLAGS.items() if flags & bit)]
        words += [_opcode(opcode)] if opcode else []
        words += [rcode] if rcode != "NOERROR" else []
        key = "flags-answer" if flags & 0x8000 else "flags-query"
        set_ = {word: "set" if flags & bit else "not set" for word, bit in FLAGS.items()}
        self.add(2, key, ", ".join(words), bits=f"{flags:04x}", opcode=_opcode(opcode), rcode=rcode, **set_)
        counts = []
        for key, one in COUNTS.items():
            count = self.number(2, key)
            self.add(2, f"count-{key}", f"{count} {one if one and count == 1 else key}", count=count)
            counts.append(count)
        return counts

    def question(self) -> None:
        self.name()
        self.type_and_class()

    def record(self) -> None:
        self.name()
        type = self.number(2, "type")
        if type == dns.rdatatype.OPT:
            self.edns()
        else:
            self.type_and_class()
            ttl = self.number(4, "TTL")
            self.add(4, "ttl", f"TTL {ttl} s", seconds=ttl)
        length = self.number(2, "length")
        self.add(2, "rdlength", f"{length} octet" + "s" * (length != 1), octets=length)
        if self.at + length > len(self.octets):
            raise _NoSense("the data ends too soon")
        self.data(dns.rdatatype.to_text(dns.rdatatype.RdataType.make(type)), self.at + length)

    def data(self, type: str, end: int) -> None:
        """The record's data, taken apart if the parts fill them exactly."""
        at, count = self.at, len(self.fields)
        try:
            for part in DATA.get(type, ()):
                part(self, end)
            while type == "TXT" and self.at < end:
                self.string(end)
        except _NoSense:
            self.at = -1
        if self.at != end:
            self.at, self.fields[count:] = at, []
            if end > at:
                self.add(end - at, "data", f"data of {type}", type=type, octets=end - at)

    # ---- one field

    def type_and_class(self) -> None:
        type = dns.rdatatype.to_text(dns.rdatatype.RdataType.make(self.number(2, "type")))
        self.add(2, "type", type, type=type, number=self.number(2, "type"))
        class_ = dns.rdataclass.to_text(dns.rdataclass.RdataClass.make(self.number(2, "class")))
        self.add(2, "class", class_, number=self.number(2, "class"))

    def edns(self) -> None:
        """OPT is no record: its class and TTL mean other things."""
        self.add(2, "type", "OPT", type="OPT", number=dns.rdatatype.OPT)
        size = self.number(2, "size")
        self.add(2, "edns-size", f"up to {size}", octets=size)
        bits = self.number(4, "flags")
        version = bits >> 16 & 0xFF
        self.add(4, "edns-flags", f"EDNS {version}", version=version, rcode=bits >> 24, bits=f"{bits & 0xFFFF:04x}")

    def name(self, end: int | None = None) -> None:
        labels, at, target = self.labels(self.at)
        size = at - self.at
        if end is not None and at > end:
            raise _NoSense("the name runs out of its record")
        name = _text(labels)
        if target is None:
            key = "name" if labels else "name-root"
            self.add(size, key, name[:-1] or ".", name=name)
            return
        pointed, _, _ = self.labels(self.first + target, follow=True)
        whole, to = _text([*labels, *pointed]), f"{target:04x}"
        facts = {"name": whole, "letters": _text(labels)[:-1], "target": _text(pointed), "at": to}
        key, label = ("name-and-pointer", f"{facts['letters']} → {to}") if labels else ("name-pointer", f"→ {to}")
        self.add(size, key, label, self.first + target, **facts)

    def labels(self, at: int, follow: bool = False) -> tuple[list[bytes], int, int | None]:
        """The labels from `at` to the end of the name or, unless followed, to a pointer; where it ends; the pointer."""
        labels: list[bytes] = []
        for _ in range(2 * JUMPS_MAX):
            length = self.octets[at] if at < len(self.octets) else -1
            if length == 0:
                return labels, at + 1, None
            if 0 < length < 64 and at + 1 + length <= len(self.octets):
                labels.append(self.octets[at + 1 : at + 1 + length])
                at += 1 + length
            elif length >= 0xC0 and at + 2 <= len(self.octets):
                target = int.from_bytes(self.octets[at : at + 2], "big") & 0x3FFF
                if self.first + target >= at:
                    raise _NoSense("a pointer points forward")
                if not follow:
                    return labels, at + 2, target
                at = self.first + target
            else:
                break
        raise _NoSense("a name does not end")

    def string(self, end: int) -> None:
        length = self.number(1, "length")
        if self.at + 1 + length > end:
            raise _NoSense("a string runs out of its record")
        self.add(1, "string-length", f"{length}", octets=length)
        text = self.octets[self.at : self.at + length].decode("utf-8", "backslashreplace")
        if length:
            self.add(length, "string", f"“{text}”", text=text)

    def number(self, size: int, what: str) -> int:
        if self.at + size > len(self.octets):
            raise _NoSense(f"the message ends before its {what}")
        return int.from_bytes(self.octets[self.at : self.at + size], "big")

    def add(self, size: int, key: str, label: str, points_to: int | None = None, /, **facts: str | int) -> None:
        start, self.at = self.at, self.at + size
        place = {"start": start, "end": self.at, "row": self.row}
        self.fields.append(Field(**place, section=self.section, label=label, key=key, facts=facts, points_to=points_to))

    def rest(self, why: str) -> None:
        if self.at < len(self.octets):
            self.section, self.row = "rest", self.fields[-1].row + 1 if self.fields else 0
            self.add(len(self.octets) - self.at, "rest", "not understood", why=why)


def _name(reader: _Reader, end: int) -> None:
    reader.name(end)


def _number(key: str, size: int, label: str) -> Callable[[_Reader, int], None]:
    def read(reader: _Reader, _: int) -> None:
        number = reader.number(size, key)
        reader.add(size, key, label.format(number), number=number)

    return read


def _a(reader: _Reader, _: int) -> None:
    address = str(IPv4Address(reader.number(4, "address")))
    reader.add(4, "address", address, address=address)


def _aaaa(reader: _Reader, _: int) -> None:
    address = str(IPv6Address(reader.number(16, "address")))
    reader.add(16, "address6", address, address=address)


_SOA = ("refresh", "retry", "expire", "minimum")
DATA: dict[str, tuple[Callable[[_Reader, int], None], ...]] = {  # type -> the parts of its data
    "A": (_a,),
    "AAAA": (_aaaa,),
    "CNAME": (_name,),
    "MX": (_number("preference", 2, "pref. {}"), _name),
    "NS": (_name,),
    "PTR": (_name,),
    "SOA": (_name, _name, _number("serial", 4, "serial {}"), *(_number(key, 4, key + " {} s") for key in _SOA)),
}


def _text(labels: list[bytes]) -> str:
    return "".join(label.decode("ascii", "backslashreplace") + "." for label in labels) or "."


def _opcode(number: int) -> str:
    return dns.opcode.to_text(dns.opcode.Opcode.make(number))
