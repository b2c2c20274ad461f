"""A resolver over a dict, for checks without a lab: the house's own Answers, and every question kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from labmail.dns.message import Answer, Record

Entries = Mapping[str, Iterable[object]]
ALIASES_MAX = 8


class Zone:
    """`Zone({"example.net": [("TXT", "v=spf1 -all"), ("MX", "10 mx.example.net"), "TIMEOUT"]})`

    TIMEOUT stands for every type that has no record there; SERVFAIL too.
    """

    def __init__(self, entries: Entries) -> None:
        self.entries = {name.lower(): list(records) for name, records in entries.items()}
        self.asked: list[tuple[str, str]] = []

    def lookup(self, name: str, type: str) -> Answer:
        self.asked.append((name, type))
        at, chain = name.lower(), []
        for _ in range(ALIASES_MAX):
            here = self.entries.get(at)
            if here is None:
                return Answer(name=f"{name}.", type=type, rcode="NXDOMAIN")
            records = [entry for entry in here if isinstance(entry, tuple) and entry[0] == type]
            faults = [entry for entry in here if isinstance(entry, str)]
            alias = next((entry[1] for entry in here if isinstance(entry, tuple) and entry[0] == "CNAME"), None)
            if not records and faults:
                return Answer(name=f"{name}.", type=type, rcode=faults[0])
            if records or alias is None:
                found = (*chain, *(record(at, type, value) for _, value in records))
                return Answer(name=f"{name}.", type=type, rcode="NOERROR", answers=found)
            chain.append(Record(name=f"{at}.", ttl=300, type="CNAME", text=f"{alias}.", rdata=b""))
            at = alias.lower()
        return Answer(name=f"{name}.", type=type, rcode="SERVFAIL")


def record(name: str, type: str, value: object) -> Record:
    if type != "TXT":
        dot = "." if type in ("MX", "PTR") else ""
        text = f"{value}".removesuffix(".") + dot
        return Record(name=f"{name}.", ttl=300, type=type, text=text, rdata=b"")
    strings = [value] if isinstance(value, str | bytes) else list(value)  # type: ignore[call-overload]
    octets = [string if isinstance(string, bytes) else string.encode("latin-1") for string in strings]
    rdata = b"".join(bytes([len(part)]) + part for string in octets for part in pieces(string))
    text = " ".join(f'"{string.decode("latin-1")}"' for string in octets)
    return Record(name=f"{name}.", ttl=300, type="TXT", text=text, rdata=rdata)


def pieces(octets: bytes) -> list[bytes]:
    return [octets[at : at + 255] for at in range(0, len(octets), 255)] or [b""]
