"""A resolver that knows the records of some files and no others: to judge a letter as it would have been judged.

A file is a zone, or any records in the form of RFC 1035 section 5. Each question goes through a name server as on the
lab's Internet; what is not in the files does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import dns.name
from dns.name import Name

from labmail.dns import master
from labmail.dns.contents import Contents
from labmail.dns.master import TTL_S, Entry, Master
from labmail.dns.names import Fault, name_of
from labmail.dns.rdata import Word, read_rdata
from labmail.dns.resolver import Resolver
from labmail.dns.server import NameServer
from labmail.dns.zones import Zones
from labmail.errors import LabError, ZoneError

__all__ = ["resolver_of"]

OF_A_ZONE = {"SOA": "ns. hostmaster. 1 86400 7200 2419200 300", "NS": "ns."}  # of no use here: these stand for all


def resolver_of(files: Iterable[str | Path]) -> Resolver:
    """One that answers from these files alone, at the machine's own time."""
    entries: list[Entry] = []
    for file in map(Path, files):
        try:
            found = _entries(file)
            _whole(found)
        except Fault as fault:
            where = f"{file} line {fault.line}" if fault.line else str(file)
            raise ZoneError(f"{where} {fault.says}", line=fault.line, field=fault.field, rfc=fault.rfc) from None
        entries += found
    try:
        text = master.write(_whole(entries), dns.name.root)
    except Fault as fault:
        raise ZoneError(f"the files together: one {fault.says}", field=fault.field, rfc=fault.rfc) from None
    server = NameServer(Zones({".": text}))

    def exchange(query: bytes, over: str) -> bytes:
        reply = server.answer(query, over)[1]
        if reply is None:
            raise TimeoutError("a question that gets no answer")
        return reply.octets

    return Resolver(exchange, lambda: datetime.now(UTC))


def _entries(file: Path) -> list[Entry]:
    """Its records. TTLs are not looked at: nothing is asked twice."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise LabError(f"{file} cannot be read as a zone file: {_why(fault)}") from None
    if "\0" in text:
        raise LabError(f"{file} cannot be read as a zone file: it is no text")
    found = master.read(text, dns.name.root, _origin(file))
    entries = [replace(entry, ttl=TTL_S) for entry in found.entries if entry.type not in OF_A_ZONE]
    if not entries:
        raise LabError(f'{file} has no records; one is a line as example.net. TXT "v=spf1 -all"')
    return entries


def _origin(file: Path) -> Name:
    """What its names are relative to until $ORIGIN says so: the domain that its own name begins with."""
    stem = file.name.removesuffix(".zone")
    try:
        return name_of(stem) if stem != file.name else dns.name.root
    except LabError:
        return dns.name.root


def _whole(entries: list[Entry]) -> Master:
    """With what makes a zone of them, or the Fault of the first that breaks a rule."""
    top = [
        Entry(owner=dns.name.root, ttl=TTL_S, type=type, rdata=read_rdata(type, "@", _words(data), dns.name.root))
        for type, data in OF_A_ZONE.items()
    ]
    return Contents.of(dns.name.root, Master(ttl=TTL_S, entries=(*top, *entries))).file


def _words(data: str) -> list[Word]:
    return [word for line in master.lines(data) for word in line.words]


def _why(fault: Exception) -> str:
    return (fault.strerror or str(fault)).lower() if isinstance(fault, OSError) else "it is not UTF-8"
