"""A user agent: it asks for pages as a browser does, from a host of the lab. RFC 9110 section 3.5.

It follows redirects, keeps cookies, and never leaves the lab: its client is the standard library's `http.client`,
seated at the host.
"""

from __future__ import annotations

import http.client
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ssl import SSLContext
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

from labmail.errors import LabError
from labmail.http.cookies import Jar
from labmail.net import Net, at
from labmail.tls.faults import named

__all__ = ["CONTENT_MAX_OCTETS", "Agent", "Answer", "address"]

REDIRECTS_MAX = 10  # ours, from one page to the next; RFC 9110 section 15.4 asks to find circles
CONTENT_MAX_OCTETS = 4_194_304  # ours, of one answer
ANSWER_MAX_S = 30.0  # real seconds: a limit against hanging
SAFE = ("GET", "HEAD")  # they change nothing: RFC 9110 section 9.2.1
AGAIN_AS_IT_IS = (307, 308)  # RFC 9110 sections 15.4.8 and 15.4.9
ELSEWHERE = (301, 302, 303, *AGAIN_AS_IT_IS)
PORTS = {"http": 80, "https": 443}  # RFC 9110 sections 4.2.1 and 4.2.2
EXAMPLE = "http://mail.example.com/"
QUOTED_MAX = 60  # characters of what somebody typed that a sentence quotes

_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came for one request."""

    method: str
    url: str
    code: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    content: bytes

    def header(self, name: str) -> str:
        """A field's lines as one: RFC 9110 section 5.3."""
        return ", ".join(value for key, value in self.headers if key.lower() == name)

    @property
    def type(self) -> str:
        return self.header("content-type").partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        charset = re.search(r"charset=\"?([^\s;\"]+)", self.header("content-type"), re.IGNORECASE)
        try:
            return self.content.decode(charset[1] if charset else "utf-8", "replace")
        except LookupError:
            return self.content.decode("utf-8", "replace")


class Agent:
    """Sits at a host. On any thread but the loop's. `trust()` is the context of its TLS."""

    def __init__(self, net: Net, host: str, trust: Callable[[], SSLContext] | None = None) -> None:
        net.address_of(host)
        self._net, self.at, self._trust = net, host, trust
        self.jar = Jar()
        self._open: dict[str, http.client.HTTPConnection] = {}

    def ask(
        self, method: str, url: str, content: bytes | None = None, type: str = "", came_from: str = ""
    ) -> tuple[Answer, ...]:
        """Every answer until one is no redirect; `came_from` is the page that asks, empty where the user does."""
        answers: list[Answer] = []
        for _ in range(REDIRECTS_MAX + 1):
            answer = self._ask_once(method, url, content, type, came_from)
            answers.append(answer)
            where = answer.header("location")
            if answer.code not in ELSEWHERE or not where:
                return tuple(answers)
            url = address(urljoin(url, where))
            if answer.code not in AGAIN_AS_IT_IS and method != "HEAD":  # RFC 9110 section 15.4.4
                method, content, type = "GET", None, ""
        raise LabError(f"{url} goes round in circles: {REDIRECTS_MAX} redirects in a row, and no page")

    def hang_up(self) -> None:
        """A page is complete: its connections are closed."""
        for connection in self._open.values():
            connection.close()
        self._open.clear()

    def _ask_once(self, method: str, url: str, content: bytes | None, type: str, came_from: str) -> Answer:
        parts = urlsplit(url)
        if parts.scheme not in PORTS:
            raise LabError(f"{parts.scheme}: is not spoken here: an address of the lab begins with http:// or https://")
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        headers = tuple(self._headers(method, parts, content, type, came_from))
        with at(self._net, self.at):
            try:
                answer = self._exchange(host, port, method, url, headers, content)
            except (OSError, http.client.HTTPException) as fault:
                self.hang_up()
                raise LabError(f"{self.at} got no answer from {host} port {port}: {_why(fault)}") from None
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                self.jar.keep(value, host, parts.path or "/", self._net.agenda.now)
        return answer

    def _headers(
        self, method: str, parts: SplitResult, content: bytes | None, type: str, came_from: str
    ) -> Iterator[tuple[str, str]]:
        yield "Host", parts.netloc
        yield "User-Agent", "labmail"
        yield "Accept", "text/html, */*"
        source = urlsplit(came_from)
        if content is not None:
            if came_from:
                yield "Origin", f"{source.scheme}://{source.netloc}"  # RFC 6454 section 7
            yield "Content-Type", type
            yield "Content-Length", str(len(content))
        cookies = self.jar.header(
            parts.hostname or "",
            parts.path or "/",
            secure=parts.scheme == "https",
            came_from=source.hostname or "",
            safe=method in SAFE,
        )
        if cookies:
            yield "Cookie", cookies

    def _to(self, scheme: str, host: str, port: int) -> http.client.HTTPConnection:
        if scheme == "https":
            context = self._trust() if self._trust is not None else None
            return http.client.HTTPSConnection(host, port, timeout=ANSWER_MAX_S, context=context)
        return http.client.HTTPConnection(host, port, timeout=ANSWER_MAX_S)

    def _exchange(
        self,
        host: str,
        port: int,
        method: str,
        url: str,
        headers: tuple[tuple[str, str], ...],
        content: bytes | None,
    ) -> Answer:
        """One request on the connection to that host, which stays open for the next."""
        place = f"{host}:{port}"
        fresh = place not in self._open
        parts = urlsplit(url)
        connection = self._open.setdefault(place, self._to(parts.scheme, host, port))
        target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        try:
            connection.endheaders(content)
            came = connection.getresponse()
        except (ConnectionError, http.client.RemoteDisconnected):
            del self._open[place]
            connection.close()
            if fresh or method not in SAFE:  # what changes nothing may be asked again: RFC 9112 section 9.3.1
                raise
            return self._exchange(host, port, method, url, headers, content)
        octets = came.read(CONTENT_MAX_OCTETS + 1)
        if came.will_close or len(octets) > CONTENT_MAX_OCTETS:
            self._open.pop(place).close()
        if len(octets) > CONTENT_MAX_OCTETS:
            raise LabError(f"{url} is too long for this browser: it reads {CONTENT_MAX_OCTETS:,} octets")
        return Answer(
            method=method,
            url=url,
            code=came.status,
            reason=came.reason,
            headers=tuple(came.getheaders()),
            content=octets,
        )


def address(typed: str) -> str:
    """What somebody typed, as an address that can be asked for; a sentence where it is none. RFC 9110 section 4.2.1."""
    text = typed.strip()
    whole = text if re.match(r"[a-z][a-z0-9+.-]*:(?!\d)", text, re.IGNORECASE) else f"http://{text.lstrip('/')}"
    wrong = f"“{text[:QUOTED_MAX]}{'…' * (len(text) > QUOTED_MAX)}” is no address of a page: one looks like {EXAMPLE}"
    try:
        parts = urlsplit(whole)
        host = parts.hostname or ""
    except ValueError:
        raise LabError(wrong) from None
    try:
        _ = parts.port
    except ValueError:
        raise LabError(f"{wrong}, and a port is a number up to 65535, as in http://mail.example.com:80/") from None
    if parts.scheme not in PORTS:
        raise LabError(f"{parts.scheme}: is no page that this browser can ask for: try {EXAMPLE}")
    if not _HOST.fullmatch(host):
        raise LabError(wrong)
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    return urlunsplit((parts.scheme, parts.netloc.lower(), path, quote(parts.query, safe="/%:@!$&'()*+,;=~-._?"), ""))


def _why(fault: Exception) -> str:
    if found := named(fault):
        return str(found)
    if isinstance(fault, socket.gaierror):
        return str(fault.strerror)
    if isinstance(fault, TimeoutError):
        return fault.strerror or f"it said nothing for {ANSWER_MAX_S:g} s"
    if isinstance(fault, ConnectionRefusedError):
        return "nobody listens there"
    if isinstance(fault, http.client.HTTPException) and not isinstance(fault, ConnectionError):
        return f"what it said is no HTTP ({type(fault).__name__})"
    return "it hung up"
