"""The web application: its routes, and what every answer has in common. RFC 9110, Content Security Policy Level 3.

It works without JavaScript and allows none. All links are relative and no page lies in a folder, so it works under
any prefix, and a cookie without a path is sent to all of it and to nothing beside it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import jinja2
from aiohttp import web

from labmail.webmail import acting, reading, showing
from labmail.webmail.desk import Desk, Gone, Unwilling
from labmail.webmail.forms import FORM_MAX_OCTETS, Refused
from labmail.webmail.visit import ENVIRONMENT, Visit

__all__ = ["POLICY", "make"]

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
SENTENCES = {
    404: "There is no such page here.",
    405: "This page cannot be asked for in that way.",
}

DESK: web.AppKey[Callable[[], Desk]] = web.AppKey("desk")
Handler = Callable[[Visit], Awaitable[web.StreamResponse]]
PAGES: dict[str, Handler] = {
    "/": reading.home,
    "/login": reading.login,
    "/mailbox": reading.mailbox,
    "/message": reading.message,
    "/html": reading.html,
    "/part": reading.part,
    "/source": reading.source,
    "/compose": reading.compose,
}
ACTS: dict[str, acting.Act] = {
    "/login": acting.login,
    "/logout": acting.logout,
    "/act": acting.act,
    "/send": acting.send,
}


def make(desk: Callable[[], Desk]) -> web.Application:
    """`desk()` is asked at each request: a reset of the lab makes a new one."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(when=showing.when, moment=showing.moment, size=showing.size)
    sheet = (HERE / "style.css").read_bytes()

    async def style(_: Visit) -> web.Response:
        return web.Response(
            body=sheet, content_type="text/css", charset="utf-8", headers={"Cache-Control": "max-age=3600"}
        )

    def served(handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            return await _answer(Visit(request, desk()), handler)

        return serve

    app = web.Application(client_max_size=FORM_MAX_OCTETS, middlewares=[_with_headers, _in_words])
    app[ENVIRONMENT] = environment
    app[DESK] = desk
    for path, handler in {**PAGES, "/style.css": style}.items():
        app.router.add_get(path, served(handler))
    for path, act in ACTS.items():
        app.router.add_post(path, served(acting.ours(act)))
    return app


async def _answer(visit: Visit, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(visit)
    except Refused as refused:
        return visit.page("refused.html", refused.status, sentence=refused.sentence)
    except Unwilling as unwilling:
        return visit.page("refused.html", 502, sentence=f"The mail server says: {unwilling}")
    except Gone as gone:
        return visit.page("gone.html", 503, sentence=str(gone))


@web.middleware
async def _with_headers(request: web.Request, handler: Any) -> web.StreamResponse:
    response: web.StreamResponse = await handler(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


@web.middleware
async def _in_words(request: web.Request, handler: Any) -> web.StreamResponse:
    """What the router itself refuses is said on a page like all others."""
    try:
        response: web.StreamResponse = await handler(request)
    except web.HTTPException as refused:
        if refused.status not in SENTENCES:
            raise
        visit = Visit(request, request.app[DESK]())
        response = visit.page("refused.html", refused.status, sentence=SENTENCES[refused.status])
        if "Allow" in refused.headers:
            response.headers["Allow"] = refused.headers["Allow"]
    return response
