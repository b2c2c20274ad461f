"""One request: who asks, and how a page is answered."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import jinja2
from aiohttp import web

from labmail.webmail.desk import Desk
from labmail.webmail.forms import Refused
from labmail.webmail.sessions import COOKIE, Session

__all__ = ["ENVIRONMENT", "Visit", "address"]

ENVIRONMENT = web.AppKey("templates", jinja2.Environment)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # what `new_token` gives


def address(page: str, /, **query: object) -> str:
    """Where a page is, from any other."""
    given = {name: value for name, value in query.items() if value not in ("", None, 0)}
    return f"{page}?{urlencode(given)}" if given else page


class Visit:
    """`token` is what the cookie says, or a new one that the answer will set."""

    def __init__(self, request: web.Request, desk: Desk) -> None:
        self.request, self.desk = request, desk
        said = request.cookies.get(COOKIE, "")
        self.known = _TOKEN.fullmatch(said) is not None
        self.token = said if self.known else ""
        self.session: Session | None = desk.sessions.get(self.token) if self.token else None

    @property
    def connection(self) -> Any:
        """The wire's tap, which aiohttp's protocol of http/ knows."""
        protocol: Any = self.request.protocol
        return protocol.tap

    @property
    def exposed(self) -> bool:
        """The client is a program of this machine, and none of the lab's hosts."""
        return bool(self.connection.exposed)

    def query(self, name: str) -> str:
        return self.request.query.get(name, "")

    def inside(self) -> Session:
        """Whoever is not logged in is sent to where that is done."""
        if self.session is None:
            raise web.HTTPSeeOther(address("login", why="again" if self.known else ""))
        return self.session

    def folder(self, name: str) -> str:
        """One that this person has; nobody else's, and no path out of it."""
        if not any(folder.name == name for folder in self.inside().folders):
            raise Refused(404, f"There is no folder “{name[:100]}” here.")
        return name

    # ---- answers

    def page(self, template: str, status: int = 200, **data: Any) -> web.Response:
        known = {
            "desk": self.desk,
            "session": self.session,
            "csrf": self.desk.sessions.csrf(self.token) if self.token else "",
            "now": self.desk.now,
            "address": address,
            "folder": "",
            "search": "",
            "notice": "",
        }
        text = self.request.app[ENVIRONMENT].get_template(template).render({**known, **data})
        return web.Response(text=text, status=status, content_type="text/html")

    def set_token(self, response: web.StreamResponse, token: str) -> None:
        """Strict: no page of another site can send a form or follow a link in this one's name. Without a path it goes
        where the page lies and below, under whatever prefix that is: RFC 6265 section 5.1.4.
        """
        age = "" if token else "; Max-Age=0"
        secure = "; Secure" * self.connection.service.implicit  # what came by TLS goes by TLS alone
        response.headers["Set-Cookie"] = f"{COOKIE}={token}{age}; HttpOnly; SameSite=Strict{secure}"

    @staticmethod
    def go(page: str, /, **query: object) -> web.Response:
        """To another page of ours; the address is relative, and nothing of it came from outside."""
        return web.Response(status=303, headers={"Location": address(page, **query)})
