"""A web application behind a tap: aiohttp answers, and what crosses the tap is noted. RFC 9112.

Theory of operation. `Exchange` stands between the tap and aiohttp's own protocol: a protocol to the tap, and through
`Voice` the transport that aiohttp writes to. It hands over one whole request at a time, and the next one only once
the answer is said, so the timeline is the same however the octets came. aiohttp is loaded when the first client comes,
in a thread: that takes longer than a turn of the loop may.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from labmail.http.cutter import Cutter
from labmail.http.words import Request
from labmail.record import Event

if TYPE_CHECKING:
    from labmail.net import Tap

__all__ = ["HELD_MAX_OCTETS", "Exchange", "Site", "site"]

HELD_MAX_OCTETS = 1_048_576  # ours, of one request until it is whole, and of those that wait behind it


def site(make_app: Callable[[], Any]) -> Callable[[Tap], asyncio.Protocol]:
    """What `Service.make` wants, for an aiohttp application.

    `make_app()` is called once, in a thread and as the first client comes, so what it needs may load there. Nobody
    calls the application's clean-up: what it holds must end by itself when the loop's tasks are cancelled.
    """
    return Site(make_app)


class Site:
    """One application and all who visit it. On the loop, but for `make_app`."""

    def __init__(self, make_app: Callable[[], Any]) -> None:
        self._make_app = make_app
        self._make_handler: Callable[[Tap], Any] | None = None
        self._waiting: list[Exchange] | None = None  # None: nobody has come yet

    def __call__(self, tap: Tap) -> Exchange:
        return Exchange(tap, self)

    def welcome(self, exchange: Exchange) -> None:
        """Give it aiohttp's protocol, now or when it is there."""
        if self._make_handler is not None:
            exchange.begin(self._make_handler(exchange.tap))
        elif self._waiting is not None:
            self._waiting.append(exchange)
        else:
            self._waiting = [exchange]
            exchange.tap.net.loop.create_task(self._open(exchange.tap))

    async def _open(self, tap: Tap) -> None:
        try:
            load = await tap.net.in_thread(self._load, "the web server is loading")
            self._make_handler = await load()
        except Exception as fault:
            tap.note(Event(kind="fault", value=f"{type(fault).__name__}: {fault}"))
            tap.net.loop.call_exception_handler({"message": "labmail: a web application failed", "exception": fault})
        waiting, self._waiting = self._waiting or [], None
        for exchange in waiting:
            if self._make_handler is None:
                exchange.tap.abort()
            elif not exchange.tap.is_closing():
                exchange.begin(self._make_handler(exchange.tap))

    def _load(self) -> Any:
        from labmail.http import handler

        app = self._make_app()
        return lambda: handler.opened(app)


class Exchange(asyncio.Protocol):
    """One client's connection: it cuts what comes and what goes, and notes it."""

    def __init__(self, tap: Tap, site: Site) -> None:
        self.tap = tap
        self._site = site
        self._handler: Any = None
        self._heard, self._said = Cutter("heard"), Cutter("said")
        self._whole = bytearray()  # of the request that is coming in: handed over when it is all there
        self._under_way = False  # aiohttp has it, in part at least
        self._heard_all = False  # the client has said that nothing more will come
        self._still: set[str] = set()  # why nothing is read: "full" is our reason, "busy" aiohttp's

    # ---- to the tap: a protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._site.welcome(self)

    def begin(self, handler: Any) -> None:
        self._handler = handler
        handler.connection_made(Voice(self))
        self._go_on()

    def data_received(self, data: bytes) -> None:
        if not self.tap.is_closing():
            self._heard.put(data)
            self._go_on()

    def eof_received(self) -> bool:
        """Who has sent everything may still listen: what came before is answered first, then we hang up."""
        self._heard_all = True
        self._go_on()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        if self._handler is not None:
            self._handler.connection_lost(exc)

    def pause_writing(self) -> None:
        self._handler.pause_writing()

    def resume_writing(self) -> None:
        self._handler.resume_writing()

    # ---- requests: what comes

    def _go_on(self) -> None:
        """Take from what came all that may be taken now."""
        heard = self._heard
        if self._handler is None or self.tap.is_closing():
            return
        while event := heard.next():
            self.tap.heard(event.octets, event.value)
            if isinstance(event.value, Request):
                self._said.asked = event.value.method
        self._hand_over()
        self.stand("full", len(heard) > HELD_MAX_OCTETS)
        if heard.complete and self._said.complete:  # answered before it was all there
            self.tap.net.loop.call_soon(self._turn)
        elif self._heard_all and not (heard.complete or heard.lost):
            self._hang_up()

    def _hand_over(self) -> None:
        """A whole request; or what there is of one that is too long to wait for, or whose client waits for a word."""
        heard = self._heard
        if heard.lost and (event := heard.end()) is not None:
            self.tap.heard(event.octets, event.value)
        self._whole += heard.taken()
        due = heard.complete or heard.lost or heard.expects or self._under_way
        if self._whole and (due or len(self._whole) > HELD_MAX_OCTETS):
            octets, self._whole, self._under_way = bytes(self._whole), bytearray(), True
            self._handler.data_received(octets)

    def _turn(self) -> None:
        """Asked and answered: the next request may come."""
        if self._heard.lost or self._said.closes:  # lost: nobody knows where the next request begins
            self.close()
        elif self._heard.complete and self._said.complete:
            self._heard.go_on()
            self._said.go_on()
            self._under_way = False
            self._go_on()

    def _hang_up(self) -> None:
        if (event := self._heard.end()) is not None:
            self.tap.heard(event.octets, event.value)
        self.close()

    def stand(self, why: str, still: bool) -> None:
        """Read nothing while anybody has a reason."""
        before = bool(self._still)
        (self._still.add if still else self._still.discard)(why)
        if before != bool(self._still):
            (self.tap.pause_reading if still else self.tap.resume_reading)()

    # ---- responses: what aiohttp says

    def say(self, octets: bytes) -> None:
        said = self._said
        said.put(octets)
        while event := said.next():
            self.tap.said(event.octets, event.value)
        said.taken()
        self.tap.write(octets)
        if said.complete:
            self.tap.net.loop.call_soon(self._turn)

    def close(self) -> None:
        if not self.tap.is_closing():
            if (event := self._said.end()) is not None:
                self.tap.said(event.octets, event.value)
            self.tap.close()


class Voice(asyncio.Transport):
    """What aiohttp writes to."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__()
        self._exchange = exchange

    def write(self, data: Any) -> None:
        self._exchange.say(bytes(data))

    def writelines(self, list_of_data: Any) -> None:
        self._exchange.say(b"".join(list_of_data))

    def close(self) -> None:
        self._exchange.close()

    def abort(self) -> None:
        self._exchange.tap.abort()

    def is_closing(self) -> bool:
        return self._exchange.tap.is_closing()

    def pause_reading(self) -> None:
        self._exchange.stand("busy", True)

    def resume_reading(self) -> None:
        self._exchange.stand("busy", False)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._exchange.tap.get_extra_info(name, default)
