"""The TLS of one wire, at either end: octets of the wire on one side, what they say on the other. RFC 8446.

It owns no socket and knows no loop. At the server's end what crosses is cut into records, and each gets its number as
it passes; so the dialog above can say which record carried a line. Only public names of `ssl` are used: a handshake
that fails still sends its alert, and who has sent everything may still listen, as without TLS.
"""

from __future__ import annotations

import ssl
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass

from labmail.errors import LabError

__all__ = ["CERTIFICATES", "FRAGMENT_MAX_OCTETS", "ClientSeal", "Handshake", "Seal", "check_kind", "why"]

CERTIFICATES = ("good", "expired", "not yet valid", "wrong host", "unknown CA", "self-signed")  # of which kinds

FRAGMENT_MAX_OCTETS = 16_384  # of what one record says: RFC 8446 section 5.1
HEADER_OCTETS = 5  # type, version, length
RECORD_MAX_OCTETS = HEADER_OCTETS + FRAGMENT_MAX_OCTETS + 2048  # TLS 1.2 allows that much more: RFC 5246 section 6.2.3
TYPES = range(20, 25)  # ContentType: RFC 8446 section 5.1; 24 is of RFC 6520

_ALERTS = ("TLSV1_ALERT_", "SSLV3_ALERT_", "TLSV13_ALERT_")  # how OpenSSL calls what the other side complains of


@dataclass(frozen=True, kw_only=True)
class Handshake:
    """How a handshake ended, as the server knows it."""

    version: str = ""  # "TLS 1.3"; empty where it failed
    cipher: str = ""
    certificate: str = "good"  # of which kind the server's was
    alert: str = ""  # what the client complained of, in the words of RFC 8446 section 6
    problem: str = ""  # why it failed otherwise

    @property
    def success(self) -> bool:
        return bool(self.version)

    def __str__(self) -> str:
        if self.success:
            return f"{self.version}, {self.cipher}"
        return f"no TLS: the client refuses, {self.alert}" if self.alert else f"no TLS: {self.problem}"


def check_kind(certificate: str) -> None:
    if certificate not in CERTIFICATES:
        raise LabError(f"{certificate!r} is no kind of certificate; there are {', '.join(CERTIFICATES)}")


def why(fault: Exception) -> Handshake:
    """What is known of a handshake that failed."""
    reason = getattr(fault, "reason", None) or ""
    for prefix in _ALERTS:
        if reason.startswith(prefix):
            return Handshake(alert=reason.removeprefix(prefix).lower())
    return Handshake(problem=reason.replace("_", " ").lower() or str(fault))


class _End:
    """One end of it. `done`: the handshake; `over`: what the other end had to say."""

    def __init__(self, context: ssl.SSLContext, *, server_side: bool, server: str | None = None) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side, server)
        self.done = self.over = False

    def _open(self) -> bytes:
        """What the octets that came in say, as far as they go."""
        if not self.done:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                return b""
            self.done = True
        pieces = []
        try:
            while piece := self._tls.read(FRAGMENT_MAX_OCTETS):
                pieces.append(piece)
            self.over = True  # close_notify: RFC 8446 section 6.1
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.over = True
        return b"".join(pieces)

    def pending(self) -> bytes:
        """What TLS itself has to say: parts of the handshake, alerts."""
        return self._outgoing.read()

    def end(self) -> bytes:
        """The last record, which says that nothing more comes: RFC 8446 section 6.1"""
        try:
            self._tls.unwrap()
        except (ssl.SSLError, OSError):  # the other end's own is not awaited
            pass
        return self.pending()


class ClientSeal(_End):
    """The client's end. `receive()` without octets begins; then send `pending()`, after a failure too."""

    def __init__(self, context: ssl.SSLContext, server: str | None) -> None:
        super().__init__(context, server_side=False, server=server)

    def receive(self, octets: bytes = b"") -> bytes:
        """What the server says by these octets; ssl.SSLError where the client refuses it."""
        self._incoming.write(octets)
        return self._open()

    def send(self, octets: bytes) -> bytes:
        """The records that say this."""
        for start in range(0, len(octets), FRAGMENT_MAX_OCTETS):
            self._tls.write(octets[start : start + FRAGMENT_MAX_OCTETS])
        return self.pending()


class Seal(_End):
    """The server's end. `note(octets, from_client)` gives a record that crosses its number."""

    def __init__(self, context: ssl.SSLContext, certificate: str, note: Callable[[bytes, bool], int]) -> None:
        super().__init__(context, server_side=True)
        self._certificate, self._note = certificate, note
        self._inbox = bytearray()
        self._last = 0  # the number of the last record
        self._ends: list[int] = []  # how many octets the client has said by the end of each record that said some
        self._numbers: list[int] = []  # and the numbers of these records
        self._heard = self._unsent = 0  # octets that the dialog has heard; that it has said, and not sent yet

    @property
    def handshake(self) -> Handshake:
        version = (self._tls.version() or "").replace("TLSv", "TLS ")
        cipher = self._tls.cipher()
        return Handshake(version=version, cipher=cipher[0] if cipher else "", certificate=self._certificate)

    # ---- from the client

    def receive(self, octets: bytes) -> bytes:
        """What the client says by these octets; ssl.SSLError where they are none of TLS's. Then send `pending()`."""
        if self.over:
            return b""
        self._inbox += octets
        said = []
        while record := self._record():
            self._last = self._note(record, True)
            self._incoming.write(record)
            said.append(self._open())
        return b"".join(said)

    def _record(self) -> bytes:
        """The next whole record; empty: not yet. What is none goes on as it is, for OpenSSL to say so."""
        box = self._inbox
        if len(box) < HEADER_OCTETS:
            return b""
        length = HEADER_OCTETS + int.from_bytes(box[3:5], "big")
        if box[0] not in TYPES or box[1] != 3 or length > RECORD_MAX_OCTETS:
            length = len(box)
        if len(box) < length:
            return b""
        record = bytes(box[:length])
        del box[:length]
        return record

    def _open(self) -> bytes:
        said = super()._open()
        if said:
            self._ends.append((self._ends[-1] if self._ends else 0) + len(said))
            self._numbers.append(self._last)
        return said

    # ---- to the client

    def send(self, octets: bytes) -> bytes:
        """The records that say this."""
        self._unsent = max(self._unsent - len(octets), 0)
        records = []
        for start in range(0, len(octets), FRAGMENT_MAX_OCTETS):
            self._tls.write(octets[start : start + FRAGMENT_MAX_OCTETS])
            records.append(self.pending())
        return b"".join(records)

    def pending(self) -> bytes:
        octets = super().pending()
        start = 0
        while start < len(octets):
            end = start + HEADER_OCTETS + int.from_bytes(octets[start + 3 : start + 5], "big")
            self._last = self._note(octets[start:end], False)
            start = end
        return octets

    # ---- which record carried a line of the dialog

    def of_heard(self, octets: int) -> int:
        """The dialog hears that many octets: the number of the record that brought the last of them."""
        self._heard += octets
        at = bisect_left(self._ends, self._heard)
        number = self._numbers[at] if at < len(self._numbers) else self._last
        if at > 1000:  # the records of what was heard long ago
            del self._ends[: at - 1], self._numbers[: at - 1]
        return number

    def of_said(self, octets: int) -> int:
        """The dialog says that many octets and sends them in this turn: the number of the record to come."""
        self._unsent += octets
        return self._last + 1 + (self._unsent - 1) // FRAGMENT_MAX_OCTETS
