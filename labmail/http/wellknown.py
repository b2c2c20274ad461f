"""A web server's answer to who asks for a domain's policy of MTA-STS. RFC 8461 section 3.3

Under the name mta-sts.DOMAIN, and only by TLS, there is this one file and nothing else. It loads aiohttp, so it is
imported in the thread that makes an application.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

__all__ = ["PREFIX", "TARGET", "serving_policies"]

PREFIX = "mta-sts."
TARGET = "/.well-known/mta-sts.txt"


def serving_policies(app: web.Application, text_of: Callable[[str], str]) -> web.Application:
    """`text_of(domain)` is the file; empty: there is none here."""

    @web.middleware
    async def serve(request: web.Request, handler: Any) -> web.StreamResponse:
        name = request.host.partition(":")[0].lower()
        if not name.startswith(PREFIX):
            answer: web.StreamResponse = await handler(request)
            return answer
        protocol: Any = request.protocol
        there = request.path == TARGET and request.method in ("GET", "HEAD") and protocol.tap.service.implicit
        text = text_of(name.removeprefix(PREFIX)) if there else ""
        if not text:
            return web.Response(status=404, text="There is no such file here.\n")
        return web.Response(text=text, content_type="text/plain", charset="utf-8")

    app.middlewares.insert(0, serve)
    return app
