"""What each octet of a record of TLS is there for. RFC 8446 section 5, RFC 5246 section 6.

The fields cover a record from its first octet to its last, without a gap: what is in the clear is taken apart, what is
sealed is one field that says so. Where sense ends, a last field says that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from labmail.record import TlsRecord
from labmail.tls.codes import ALERTS, TYPES, VERSIONS, named

__all__ = ["KEYS", "Alert", "Field", "NoSense", "Reader", "Record", "read", "read_all"]

# key -> RFC and section; the words for each are kept elsewhere
KEYS = {
    "type": "RFC 8446 section 5.1",
    "record-version": "RFC 8446 section 5.1",
    "length": "RFC 8446 section 5.1",
    "sealed": "RFC 8446 section 5.2",
    "change-cipher-spec": "RFC 8446 section 5",
    "alert-level": "RFC 8446 section 6",
    "alert": "RFC 8446 section 6",
    "message-type": "RFC 8446 section 4",
    "message-length": "RFC 8446 section 4",
    "hello-version": "RFC 8446 section 4.1.2",
    "random": "RFC 8446 section 4.1.2",
    "session-id": "RFC 8446 section 4.1.2",
    "suites-length": "RFC 8446 section 4.1.2",
    "suite": "RFC 8446 section 4.1.2",
    "suite-chosen": "RFC 8446 section 4.1.3",
    "compression": "RFC 8446 section 4.1.2",
    "extensions-length": "RFC 8446 section 4.2",
    "extension-type": "RFC 8446 section 4.2",
    "extension-length": "RFC 8446 section 4.2",
    "extension": "RFC 8446 section 4.2",
    "server-name": "RFC 6066 section 3",
    "supported-versions": "RFC 8446 section 4.2.1",
    "version-chosen": "RFC 8446 section 4.2.1",
    "supported-groups": "RFC 8446 section 4.2.7",
    "signature-algorithms": "RFC 8446 section 4.2.3",
    "key-share": "RFC 8446 section 4.2.8",
    "certificates-length": "RFC 5246 section 7.4.2",
    "certificate-length": "RFC 5246 section 7.4.2",
    "certificate": "RFC 5246 section 7.4.2",
    "message": "RFC 5246 section 7.4",
    "rest": "RFC 8446 section 6.2",  # not understood
}


@dataclass(frozen=True, kw_only=True)
class Field:
    """`length` octets at `offset` of the record. `value` is what they say, in words; `key` is what explains them."""

    name: str
    offset: int
    length: int
    value: str
    key: str
    depth: int = 0  # of what it is a part: the record, a message, an extension

    @property
    def end(self) -> int:
        return self.offset + self.length

    @property
    def rfc(self) -> str:
        return KEYS[self.key]


@dataclass(frozen=True, kw_only=True)
class Alert:
    level: str
    description: str


@dataclass(frozen=True, kw_only=True)
class Record:
    """`messages` are what it says in the clear: hellos, certificates, an alert; none where it is sealed."""

    type: str
    version: str
    sealed: bool
    octets: bytes
    fields: tuple[Field, ...]
    messages: tuple[object, ...] = ()
    crossed: TlsRecord | None = None  # where and when


class NoSense(Exception):
    """What comes next cannot be understood."""


class Reader:
    """Octet after octet, each into a field."""

    def __init__(self, octets: bytes) -> None:
        self.octets, self.at, self.depth = octets, 0, 0
        self.fields: list[Field] = []

    def take(self, length: int, name: str, key: str, say: Callable[[bytes], str] | None = None) -> bytes:
        found = self.octets[self.at : self.at + length]
        if len(found) < length:
            raise NoSense(f"{name} has {length} octets, and {len(found)} are left")
        value = say(found) if say else found.hex()
        self.fields.append(
            Field(name=name, offset=self.at, length=length, value=value, key=key, depth=self.depth)
        ) if length else None
        self.at += length
        return found

    def number(self, length: int, name: str, key: str, table: dict[int, str] | None = None) -> int:
        def say(octets: bytes) -> str:
            value = int.from_bytes(octets, "big")
            return named(table, value, 2 * length) if table is not None else str(value)

        return int.from_bytes(self.take(length, name, key, say), "big")

    def rest(self, why: str) -> None:
        self.depth = 0
        self.take(len(self.octets) - self.at, "rest", "rest", lambda _: why)


def read(octets: bytes, *, sealed: bool = False) -> Record:
    """One record. `sealed`: its sender has changed to sealing already, so a handshake in it cannot be read either."""
    reader = Reader(octets)
    messages: tuple[object, ...] = ()
    kind, version = "", ""
    try:
        kind = named(TYPES, reader.number(1, "type", "type", TYPES), 2)
        version = named(VERSIONS, reader.number(2, "version", "record-version", VERSIONS))
        reader.number(2, "length", "length")
        sealed = sealed or kind == "application_data"
        reader.depth = 1
        if sealed:
            reader.take(len(octets) - reader.at, "sealed", "sealed", lambda found: f"{len(found)} octets")
        else:
            messages = _in_the_clear(reader, kind)
            if reader.at < len(octets):
                raise NoSense("more than the record says")
    except NoSense as fault:
        reader.rest(str(fault))
    fields = tuple(reader.fields)
    return Record(type=kind, version=version, sealed=sealed, octets=octets, fields=fields, messages=messages)


def _in_the_clear(reader: Reader, kind: str) -> tuple[object, ...]:
    from labmail.tls.hello import messages

    if kind == "handshake":
        return tuple(messages(reader))
    if kind == "alert":
        levels = {1: "warning", 2: "fatal"}
        level = named(levels, reader.number(1, "level", "alert-level", levels), 2)
        return (Alert(level=level, description=named(ALERTS, reader.number(1, "description", "alert", ALERTS), 2)),)
    if kind == "change_cipher_spec":
        reader.number(1, "change_cipher_spec", "change-cipher-spec")
        return ()
    raise NoSense(f"{kind} is no type of a record in a handshake")


def read_all(crossed: Sequence[TlsRecord]) -> tuple[Record, ...]:
    """The records of one wire, in order. After its change_cipher_spec a side seals all that it says."""
    changed: set[str] = set()
    records = []
    for each in crossed:
        record = read(each.octets, sealed=each.by in changed)
        if record.type == "change_cipher_spec":
            changed.add(each.by)
        records.append(Record(**{**record.__dict__, "crossed": each}))
    return tuple(records)
