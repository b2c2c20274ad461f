"""An answer as `dig` and as `nslookup` print it, for whoever will meet them in a terminal.

What differs from run to run (id, milliseconds, the time of day) is left out, and tabs are spaces; the rest is theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from labmail.dns.message import Answer, Record

__all__ = ["Dug", "Look", "dig_text", "nslookup_text"]

COLUMNS = (24, 32, 40, 48)  # where dig puts TTL, class, type and data
TAB = 8
NSLOOKUP = {"MX": "mail exchanger", "NS": "nameserver", "TXT": "text", "CNAME": "canonical name", "PTR": "name"}
SOA_WORDS = ("origin", "mail addr", "serial", "refresh", "retry", "expire", "minimum")


class Look(str):
    """A text that shows itself as it is, not as Python would write it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


@dataclass(frozen=True, kw_only=True, repr=False)
class Dug:
    """What `lab.dig` brings home. It shows itself as dig does; `.nslookup` is the other look."""

    answer: Answer
    server: str  # who was asked
    address: str

    @property
    def records(self) -> tuple[str, ...]:
        return self.answer.records

    @property
    def rdata(self) -> bytes:
        """The first record's data, as octets."""
        return self.answer.rdata

    @property
    def rcode(self) -> str:
        return self.answer.rcode

    @property
    def ttl(self) -> int:
        return self.answer.ttl

    @property
    def nslookup(self) -> Look:
        return Look(nslookup_text(self.answer, self.server, self.address))

    def __repr__(self) -> str:
        return dig_text(self.answer, self.server, self.address)


def dig_text(answer: Answer, server: str, address: str) -> str:
    if answer.rcode == "TIMEOUT":
        return f";; communications error to {address}#53: timed out\n;; no servers could be reached"
    opt = answer.edns_octets is not None
    counts = {"ANSWER": answer.answers, "AUTHORITY": answer.authority, "ADDITIONAL": answer.additional}
    sizes = [f"{title}: {len(records) + (opt and title == 'ADDITIONAL')}" for title, records in counts.items()]
    lines = [
        *([";; Truncated, retrying in TCP mode.", ""] if answer.over == "tcp" else []),
        f";; ->>HEADER<<- opcode: QUERY, status: {answer.rcode}",
        f";; flags: {' '.join(answer.flags)}; QUERY: 1, {', '.join(sizes)}",
        "",
        *([";; OPT PSEUDOSECTION:", f"; EDNS: version: 0, flags:; udp: {answer.edns_octets}"] if opt else []),
        ";; QUESTION SECTION:",
        _columns(f";{answer.name}", "", "IN", answer.type),
        "",
    ]
    for title, records in counts.items():
        if records:
            lines += [f";; {title} SECTION:", *map(_dig_line, records), ""]
    if answer.from_cache:
        lines.append(";; CACHE: remembered from an earlier answer; no question was sent")
    else:
        lines.append(f";; SERVER: {address}#53({server}) ({answer.over.upper()})")
        lines.append(f";; MSG SIZE  rcvd: {answer.size_octets}")
    return "\n".join(lines).expandtabs(TAB)


def _dig_line(record: Record) -> str:
    return _columns(record.name, str(record.ttl), "IN", record.type, record.text)


def _columns(*words: str) -> str:
    """The words at their columns, as BIND sets them: with tabs where it can, and a blank at least."""
    line, at = words[0], len(words[0].lstrip(";"))
    for word, column in zip(words[1:], COLUMNS, strict=False):
        if word:
            to = max(column, at + 1)
            tabs = to // TAB - at // TAB
            line += "\t" * tabs + " " * (to % TAB if tabs else to - at) + word
            at = to + len(word)
    return line


def nslookup_text(answer: Answer, server: str, address: str) -> str:
    if answer.rcode == "TIMEOUT":
        return f";; communications error to {address}#53: timed out\n;; no servers could be reached"
    lines = [f"Server:\t\t{server}", f"Address:\t{address}#53", ""]
    name = answer.name.removesuffix(".")
    if answer.rcode != "NOERROR":
        lines.append(f"** server can't find {name}: {answer.rcode}")
    elif not answer.answers:
        lines.append(f"*** Can't find {name}: No answer")
    else:
        lines += [] if answer.authoritative else ["Non-authoritative answer:"]
        lines += [line for record in answer.answers for line in _nslookup_lines(record)]
    return "\n".join(lines).expandtabs(TAB)


def _nslookup_lines(record: Record) -> Iterator[str]:
    name = record.name.removesuffix(".")
    if record.type in ("A", "AAAA"):
        yield from (f"Name:\t{name}", f"Address: {record.text}")
    elif record.type == "SOA":
        yield name
        for word, value in zip(SOA_WORDS, record.text.split(), strict=True):
            yield f"\t{word} = {value.removesuffix('.')}"
    else:
        yield f"{name}\t{NSLOOKUP.get(record.type, record.type)} = {record.text}"
