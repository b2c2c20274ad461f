"""TLS with somebody between: two sessions back to back, and every word in the clear in one hand. RFC 8446.

The client shakes hands with the middleman, who shows a certificate of their own; then the middleman, as any client
would, with the server, and takes whatever certificate it has. A record is opened, read, and sealed anew.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable

from labmail.net.gate import Weather
from labmail.net.seal import ClientSeal, Handshake, Seal
from labmail.record import Event

__all__ = ["Middle", "make_seal"]


async def make_seal(
    show: Callable[[str], Awaitable[tuple[ssl.SSLContext, str]]],
    number: Callable[[bytes, bool], int],
    weather: Weather,
    note: Callable[[Event, str], object],
) -> Seal:
    """The server's; where somebody sits between, theirs, with the server's behind it. `show` makes certificates."""
    context, certificate = await show("")
    if not weather.certificate:
        return Seal(context, certificate, number)
    behind = Seal(context, certificate, lambda octets, from_client: 0)  # its records cross where nobody listens
    shown, kind = await show(weather.certificate)
    note(Event(kind="substituted", value=kind), weather.attacker)
    return Middle(
        shown, kind, number, behind, lambda handshake: note(Event(kind="resealed", value=handshake), weather.attacker)
    )


class Middle(Seal):
    """A `Seal` to its tap: what it numbers is what crosses between the client and the middleman.

    `behind` is the server's own, on the far side; `met` is called when that handshake stands.
    """

    def __init__(
        self,
        context: ssl.SSLContext,
        certificate: str,
        note: Callable[[bytes, bool], int],
        behind: Seal,
        met: Callable[[Handshake], object],
    ) -> None:
        super().__init__(context, certificate, note)
        self._behind, self._met = behind, met
        self._hand: ClientSeal | None = None  # the middleman's, towards the server

    def receive(self, octets: bytes) -> bytes:
        said = super().receive(octets)
        if self.done and self._hand is None:
            self._hand = self._shake(ClientSeal(_takes_any(), None))
        return self._behind.receive(self._hand.send(said)) if self._hand and said else b""

    def send(self, octets: bytes) -> bytes:
        return super().send(self._answered(self._behind.send(octets)))

    def end(self) -> bytes:
        self._answered(self._behind.end())
        return super().end()

    def _answered(self, records: bytes) -> bytes:
        return self._hand.receive(records) if self._hand else b""

    def _shake(self, hand: ClientSeal) -> ClientSeal:
        """The second handshake. Nothing lies between these two that could keep it waiting."""
        hand.receive()
        while not (hand.done and self._behind.done):
            self._behind.receive(hand.pending())
            hand.receive(self._behind.pending())
        self._met(self._behind.handshake)
        return hand


def _takes_any() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # RFC 8996
    return context
