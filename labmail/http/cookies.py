"""What a browser keeps for a server and gives back. RFC 6265.

It knows no real time: a cookie lives as long as its browser, unless the server takes it back with Max-Age=0 or an
Expires in the past.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

__all__ = ["Cookie", "Jar"]

COOKIES_MAX = 200  # ours, of one browser; RFC 6265 section 6.1 asks for 50 of one site at least


@dataclass(frozen=True, kw_only=True)
class Cookie:
    name: str
    value: str
    host: str
    path: str
    whole_domain: bool = False  # hosts below `host` get it as well
    secure: bool = False
    http_only: bool = False
    same_site: str = ""  # "strict", "lax", "none"; empty: the server does not say

    def goes_to(self, host: str, path: str, *, secure: bool) -> bool:
        """RFC 6265 section 5.4."""
        near = host == self.host or (self.whole_domain and host.endswith(f".{self.host}"))
        return near and _covers(self.path, path) and (secure or not self.secure)

    def __repr__(self) -> str:
        marks = ["HttpOnly"] * self.http_only + [f"SameSite={self.same_site.capitalize()}"] * bool(self.same_site)
        return "; ".join([f"{self.name}=(secret)", f"Path={self.path}", *marks])


class Jar:
    """The cookies of one browser."""

    def __init__(self) -> None:
        self._cookies: dict[tuple[str, str, str], Cookie] = {}

    def __iter__(self) -> Iterator[Cookie]:
        return iter(self._cookies.values())

    def keep(self, line: str, host: str, path: str, now: datetime) -> None:
        """One Set-Cookie that came from there: RFC 6265 sections 5.2 and 5.3. What breaks a rule is passed over."""
        pair, *parts = line.split(";")
        name, equals, value = (text.strip() for text in pair.partition("="))
        said = {key.strip().lower(): text.strip() for key, _, text in (part.partition("=") for part in parts)}
        domain = said.get("domain", "").lstrip(".").lower()
        if not (name and equals) or (domain and host != domain and not host.endswith(f".{domain}")):
            return
        if domain and "." not in domain:  # no host may have its cookie sent to all of com: section 5.3
            return
        where = said.get("path", "")
        cookie = Cookie(
            name=name,
            value=value,
            host=domain or host,
            path=where if where.startswith("/") else _default_path(path),
            whole_domain=bool(domain),
            secure="secure" in said,
            http_only="httponly" in said,
            same_site=said.get("samesite", "").lower(),
        )
        key = cookie.host, cookie.path, name
        self._cookies.pop(key, None)
        if not _is_over(said, now) and len(self._cookies) < COOKIES_MAX:
            self._cookies[key] = cookie

    def header(self, host: str, path: str, *, secure: bool, came_from: str, safe: bool) -> str:
        """What goes into Cookie; `came_from` is the site whose page asks, empty where the user does.

        From another site, SameSite=Strict goes never, and Lax only where a link is followed: `safe`.
        """
        other = came_from not in ("", host)
        going = [
            cookie
            for cookie in self._cookies.values()
            if cookie.goes_to(host, path, secure=secure)
            and not (other and (cookie.same_site == "strict" or (cookie.same_site != "none" and not safe)))
        ]
        going.sort(key=lambda cookie: -len(cookie.path))  # the longer path first: RFC 6265 section 5.4
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in going)


def _covers(own: str, path: str) -> bool:
    """RFC 6265 section 5.1.4."""
    return path == own or (path.startswith(own) and (own.endswith("/") or path[len(own)] == "/"))


def _default_path(path: str) -> str:
    """The folder of the page that set it: RFC 6265 section 5.1.4."""
    return path.rpartition("/")[0] or "/"


def _is_over(said: dict[str, str], now: datetime) -> bool:
    """Max-Age rules over Expires: RFC 6265 section 5.3."""
    if "max-age" in said:
        age = said["max-age"]
        return age.startswith("-") or age.strip("0") == ""
    try:
        until = parsedate_to_datetime(said["expires"])
    except (KeyError, ValueError):
        return False
    return until.replace(tzinfo=until.tzinfo or UTC) <= now
