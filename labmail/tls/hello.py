"""The messages of a handshake that cross in the clear: who greets with what, and, in TLS 1.2, who shows which
certificate. RFC 8446 section 4.1, RFC 5246 section 7.4.

In TLS 1.3 both hellos can be read by anybody, the certificate by the client alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from labmail.tls.codes import EXTENSIONS, GROUPS, MESSAGES, SIGNATURES, SUITES, VERSIONS, named
from labmail.tls.records import NoSense, Reader

__all__ = ["Certificate", "ClientHello", "Message", "ServerHello", "messages"]

RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")  # RFC 8446 section 4.1.3


@dataclass(frozen=True, kw_only=True)
class ClientHello:
    """What the client can do, and whom it wants to speak to: in the clear."""

    versions: tuple[str, ...]
    suites: tuple[str, ...]
    server_name: str | None  # SNI: RFC 6066 section 3
    groups: tuple[str, ...]
    signatures: tuple[str, ...]
    extensions: tuple[str, ...]
    random: bytes


@dataclass(frozen=True, kw_only=True)
class ServerHello:
    """What the server chose."""

    version: str
    suite: str
    group: str | None
    extensions: tuple[str, ...]
    random: bytes

    @property
    def retry(self) -> bool:
        """A HelloRetryRequest: the client must guess another group."""
        return self.random == RETRY


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """The server's certificate and those that vouch for it, each in DER; for everybody to see in TLS 1.2."""

    chain: tuple[bytes, ...]


@dataclass(frozen=True, kw_only=True)
class Message:
    """Another message of the handshake."""

    name: str


def messages(reader: Reader) -> Iterator[object]:
    """All that stand in one record, one after the other."""
    while reader.at < len(reader.octets):
        reader.depth = 1
        name = named(MESSAGES, reader.number(1, "handshake type", "message-type", MESSAGES), 2)
        length = reader.number(3, "length", "message-length")
        end = reader.at + length
        if end > len(reader.octets):
            raise NoSense(f"the {name} goes on in the next record")
        reader.depth = 2
        yield _READERS.get(name, _other(name))(reader, end)
        if reader.at != end:
            raise NoSense(f"the {name} does not end where it says")


def _other(name: str) -> Callable[[Reader, int], object]:
    def read(reader: Reader, end: int) -> Message:
        reader.take(end - reader.at, name, "message", lambda octets: f"{len(octets)} octets")
        return Message(name=name)

    return read


def _client_hello(reader: Reader, end: int) -> ClientHello:
    legacy = named(VERSIONS, reader.number(2, "legacy version", "hello-version", VERSIONS))
    random = reader.take(32, "random", "random")
    _vector(reader, 1, "session id", "session-id")
    reader.depth += 1
    suites = [
        named(SUITES, reader.number(2, "cipher suite", "suite", SUITES))
        for _ in range(reader.number(2, "cipher suites length", "suites-length") // 2)
    ]
    reader.depth -= 1
    _vector(reader, 1, "compression methods", "compression")
    found = _extensions(reader, end, _CLIENT)
    versions = found.get("supported_versions") or (legacy,)
    return ClientHello(
        versions=tuple(versions),
        suites=tuple(suites),
        server_name=next(iter(found.get("server_name", ())), None),
        groups=found.get("supported_groups", ()),
        signatures=found.get("signature_algorithms", ()),
        extensions=tuple(found),
        random=random,
    )


def _server_hello(reader: Reader, end: int) -> ServerHello:
    legacy = named(VERSIONS, reader.number(2, "legacy version", "hello-version", VERSIONS))
    random = reader.take(32, "random", "random")
    _vector(reader, 1, "session id", "session-id")
    suite = named(SUITES, reader.number(2, "cipher suite", "suite-chosen", SUITES))
    reader.number(1, "compression method", "compression")
    found = _extensions(reader, end, _SERVER)
    return ServerHello(
        version=next(iter(found.get("supported_versions", ())), legacy),
        suite=suite,
        group=next(iter(found.get("key_share", ())), None),
        extensions=tuple(found),
        random=random,
    )


def _certificate(reader: Reader, end: int) -> Certificate:
    reader.number(3, "certificates length", "certificates-length")
    chain = []
    while reader.at < end:
        length = reader.number(3, "certificate length", "certificate-length")
        chain.append(reader.take(length, "certificate", "certificate", lambda octets: f"{len(octets)} octets"))
    return Certificate(chain=tuple(chain))


def _vector(reader: Reader, size: int, name: str, key: str) -> bytes:
    """Octets with their length before them: RFC 8446 section 3.4"""
    return reader.take(reader.number(size, f"{name} length", key), name, key)


# ---- extensions

Words = tuple[str, ...]


def _extensions(reader: Reader, end: int, readers: dict[str, tuple[str, Callable[[bytes], Words]]]) -> dict[str, Words]:
    found: dict[str, Words] = {}
    if reader.at == end:
        return found
    reader.number(2, "extensions length", "extensions-length")
    reader.depth += 1
    while reader.at < end:
        name = named(EXTENSIONS, reader.number(2, "extension", "extension-type", EXTENSIONS))
        length = reader.number(2, f"{name} length", "extension-length")
        key, understand = readers.get(name, ("extension", lambda _: ()))
        octets = reader.octets[reader.at : reader.at + length]
        try:
            found[name] = understand(octets)
        except (IndexError, UnicodeDecodeError):
            found[name] = ()
        said = ", ".join(found[name])
        reader.take(length, name, key, _say(said))
    reader.depth -= 1
    return found


def _say(said: str) -> Callable[[bytes], str]:
    return lambda octets: said or octets.hex()


def _numbers(octets: bytes, head: int, table: dict[int, str]) -> Words:
    """A list of numbers of two octets, after its length of `head` octets."""
    pairs = octets[head : len(octets) - (len(octets) - head) % 2]
    return tuple(named(table, int.from_bytes(pairs[at : at + 2], "big")) for at in range(0, len(pairs), 2))


def _server_name(octets: bytes) -> Words:
    return (octets[5:].decode("ascii"),) if octets[2:3] == b"\0" else ()  # list, type host_name, length, name


def _shares(octets: bytes) -> Words:
    """The groups for which a client sends its share of the key."""
    groups, at = [], 2
    while at + 4 <= len(octets):
        groups.append(named(GROUPS, int.from_bytes(octets[at : at + 2], "big")))
        at += 4 + int.from_bytes(octets[at + 2 : at + 4], "big")
    return tuple(groups)


_CLIENT: dict[str, tuple[str, Callable[[bytes], Words]]] = {
    "server_name": ("server-name", _server_name),
    "supported_versions": ("supported-versions", lambda octets: _numbers(octets, 1, VERSIONS)),
    "supported_groups": ("supported-groups", lambda octets: _numbers(octets, 2, GROUPS)),
    "signature_algorithms": ("signature-algorithms", lambda octets: _numbers(octets, 2, SIGNATURES)),
    "key_share": ("key-share", _shares),
}
_SERVER: dict[str, tuple[str, Callable[[bytes], Words]]] = {
    "supported_versions": ("version-chosen", lambda octets: _numbers(octets, 0, VERSIONS)),
    "key_share": ("key-share", lambda octets: _numbers(octets[:2], 0, GROUPS)),
}
_READERS: dict[str, Callable[[Reader, int], object]] = {
    "client_hello": _client_hello,
    "server_hello": _server_hello,
    "certificate": _certificate,
}
