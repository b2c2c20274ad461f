"""Zones: what a name server knows, each zone one file, open to edits while the server answers. RFC 1034, RFC 1035.

An edit is all or nothing. It makes the zone's next contents beside the old ones, and only when every rule holds do they
change places, in one step: whoever reads meanwhile sees the old zone or the new one, never half of each.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache

from dns.name import Name
from dns.rdata import Rdata
from dns.rdtypes.ANY.TXT import TXT

from labmail.dns import master
from labmail.dns.contents import Contents
from labmail.dns.names import Fault, name_of, plain, read_name, shown
from labmail.dns.rdata import make_rdata, read_rdata, read_type, text_strings
from labmail.errors import LabError, ZoneError

__all__ = ["Zone", "Zones"]


class Zones:
    """All zones of one name server, made from zone files: `Zones({"example.com": text, ...})`."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._zones = {name_of(origin): Zone(origin, text) for origin, text in files.items()}

    def __getitem__(self, origin: str) -> Zone:
        name = name_of(origin)
        if name not in self._zones:
            close = get_close_matches(plain(name), list(self), n=1)
            hint = f"did you mean {close[0]}?" if close else f"its zones are {', '.join(self)}"
            raise LabError(f"{plain(name)} is no zone of this lab: {hint}")
        return self._zones[name]

    def __iter__(self) -> Iterator[str]:
        return map(plain, self._zones)

    def __len__(self) -> int:
        return len(self._zones)

    def find(self, name: Name) -> Contents | None:
        """The contents of the zone nearest above `name`; None: it lies outside all of them."""
        for depth in range(len(name), 0, -1):
            zone = self._zones.get(name.split(depth)[1])
            if zone is not None:
                return zone.contents
        return None

    def __repr__(self) -> str:
        return "\n".join(f"{plain(name):<26}serial {zone.serial}" for name, zone in self._zones.items())


class Zone:
    """One zone. Names are as in its file: `@` is the zone's own, `mx1` lies in it, a dot at the end makes absolute.

    zone["@", "MX"]                   ['10 mx1', '20 mx2']
    zone["@", "MX"] = "10 mx2"        one record in place of all that were there
    zone["@", "MX"] = ["10 mx1", ...] several
    zone["@", "MX"] = []              none
    """

    def __init__(self, origin: str, text: str) -> None:
        self._lock = threading.Lock()  # of those who edit; who reads takes `contents` once, and needs none
        name = name_of(origin)
        try:
            self.contents = _first(name, text)
        except Fault as fault:
            where = f"In zone {plain(name)}, line {fault.line}" if fault.line else f"Zone {plain(name)}"
            raise _error(f"{where} {fault.says}.", fault, origin) from None

    @property
    def serial(self) -> int:
        """The number of this version; it grows with every edit that changes something."""
        return self.contents.soa.serial

    @property
    def text(self) -> str:
        """The zone as a zone file, always in the same form; comments are not kept."""
        return master.write(self.contents.file, self.contents.origin)

    def publish(self, text: str) -> None:
        """Put the zone that `text` describes in place of this one, or raise ZoneError and change nothing."""
        with self._lock:
            origin = self.contents.origin
            try:
                self.contents = self.contents.followed_by(Contents.of(origin, master.read(text, origin)))
            except Fault as fault:
                where = f"Line {fault.line}" if fault.line else "The new zone"
                raise _error(f"{where} {fault.says}. The old zone still answers.", fault) from None

    def __getitem__(self, at: tuple[str, str]) -> list[str]:
        """The records of a name and type as the zone's file writes them, but a text without its quotes."""
        contents = self.contents
        return [_value(entry.rdata, contents.origin) for entry in contents.entries(*_place(at, contents.origin))]

    def __setitem__(self, at: tuple[str, str], values: str | Iterable[str]) -> None:
        with self._lock:
            origin = self.contents.origin
            owner, type = _place(at, origin)
            try:
                data = [_rdata(value, type, shown(owner, origin), origin) for value in _texts(values)]
                self.contents = self.contents.followed_by(self.contents.having(owner, type, data))
            except Fault as fault:
                fault.line = None  # there is no file
                subject = "This record" if fault.field not in ("SOA", "NS") else "After that, the zone"
                raise _error(f"{subject} {fault.says}. The old zone still answers.", fault) from None

    def __repr__(self) -> str:
        return self.text


@lru_cache(maxsize=256)  # contents never change, so every lab of a world may begin with the same: a reset is quick
def _first(origin: Name, text: str) -> Contents:
    return Contents.of(origin, master.read(text, origin))


def _error(sentence: str, fault: Fault, origin: str = "") -> ZoneError:
    return ZoneError(sentence, origin=origin, line=fault.line, field=fault.field, rfc=fault.rfc)


def _place(at: tuple[str, str], origin: Name) -> tuple[Name, str]:
    """Name and type from between the square brackets."""
    if not (isinstance(at, tuple) and len(at) == 2 and all(isinstance(part, str) for part in at)):
        raise ZoneError('A zone takes a name and a type, as in zone["@", "MX"].')
    try:
        owner, type = read_name(at[0], origin), read_type(at[1])
    except Fault as fault:
        says = fault.says if fault.field else f'has the name "{at[0]}", but {fault.says}'
        raise _error(f'zone["{at[0]}", "{at[1]}"] {says}.', fault) from None
    if not owner.is_subdomain(origin):
        sentence = f"{plain(owner)} lies outside the zone {plain(origin)}."
        raise ZoneError(sentence, field="name", rfc="RFC 1035 section 5.2")
    return owner, type


def _texts(values: str | Iterable[str]) -> list[str]:
    texts = [values] if isinstance(values, str) else list(values)
    for text in texts:
        if not isinstance(text, str):
            raise Fault(f"is {text!r}, but a record is written as a string", "RFC 1035 section 5.1")
    return texts


def _rdata(value: str, type: str, owner: str, origin: Name) -> Rdata:
    """What a person wrote in Python. A text needs no quotes there: it may hold blanks and ; and be of any length."""
    if type == "TXT" and not value.startswith('"'):
        return make_rdata("TXT", tuple(text_strings(value)))
    found = list(master.lines(value))
    if len(found) > 1:
        raise Fault(f"gives {owner} {len(found)} lines, but one record is one line", "RFC 1035 section 5.1")
    return read_rdata(type, owner, [word for line in found for word in line.words], origin)


def _value(rdata: Rdata, origin: Name) -> str:
    """The other way round: without quotes if that can be put back as it was."""
    if isinstance(rdata, TXT):
        octets = b"".join(rdata.strings)
        text = octets.decode("utf-8", "replace")
        if text.isprintable() and not text.startswith('"') and tuple(text_strings(text)) == rdata.strings:
            return text
    return rdata.to_text(origin=origin, relativize=True)
