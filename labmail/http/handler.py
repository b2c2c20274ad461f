"""aiohttp's own protocol, tuned for the lab: lab time in every Date, no trace of a version, no real clock.

It loads aiohttp, so only `serve` imports it, in a thread.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from labmail.record import Event

if TYPE_CHECKING:
    from labmail.net import Tap

__all__ = ["Handler", "opened"]

IDLE_MAX_S = 86_400  # real seconds: a learner may think
SERVER = "labmail"  # without a version: RFC 9110 section 10.2.4 warns of detail

_silent = logging.getLogger("labmail.http")  # what aiohttp has to say is on the timeline
_silent.addHandler(logging.NullHandler())
_silent.propagate = False


async def opened(app: web.Application) -> Callable[[Tap], Handler]:
    """What makes the protocol of one connection to an application that has begun."""
    app.on_response_prepare.append(_stamp)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    return lambda tap: Handler(runner.server, tap)


class Handler(RequestHandler):
    """One connection. A fault of the application is ours: it is noted, and heard by whoever watches the loop."""

    __slots__ = ("tap",)

    def __init__(self, manager: Any, tap: Tap) -> None:
        super().__init__(
            manager,
            loop=tap.net.loop,
            keepalive_timeout=IDLE_MAX_S,
            tcp_keepalive=False,
            logger=_silent,
            access_log=None,  # type: ignore[arg-type]  # as its own runner hands it on
            lingering_time=0,
        )
        self.tap = tap

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        if isinstance(resp, web.StreamResponse) and not resp.prepared:
            await _stamp(request, resp)  # its own refusals pass by the application's signal
        return await super().finish_response(request, resp, start_time)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if status >= 500:
            fault = exc or RuntimeError(f"status {status}")
            self.tap.note(Event(kind="fault", value=f"{type(fault).__name__}: {fault}"))
            self.tap.net.loop.call_exception_handler({"message": "labmail: a web page failed", "exception": fault})
        return super().handle_error(request, status, exc, message)


async def _stamp(request: web.BaseRequest, response: web.StreamResponse) -> None:
    response.headers["Server"] = SERVER
    protocol = request.protocol
    assert isinstance(protocol, Handler)
    response.headers["Date"] = format_datetime(protocol.tap.net.agenda.now, usegmt=True)  # RFC 9110 section 6.6.1
