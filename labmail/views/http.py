"""The lines of HTTP: which part each plays, and what it means. RFC 9110, RFC 9112, RFC 6265.

A cookie's value and a form's token are shown as (secret): they differ from run to run, and whoever has them is the
user.
"""

from __future__ import annotations

from dataclasses import replace

from labmail import explain
from labmail.http.words import SECRET, Body, Header, Request, Status
from labmail.record import Event
from labmail.views.line import Line, Reader, meaning

__all__ = ["HttpReader"]

BODY_SHOWN_MAX_OCTETS = 1024  # of a body's bytes on a row: the record holds more
ATTRIBUTES = ("httponly", "secure", "samesite", "path", "domain", "max-age", "expires")  # RFC 6265 section 4.1.1
RESULTS = {"4": "fail", "5": "error"}


class HttpReader(Reader):
    """Hears the lines of one wire. The story is carried by request lines and status lines."""

    stage = "Browse"

    def read(self, event: Event) -> Line:
        body = event.value if isinstance(event.value, Body) else None
        shown = event.shown[:BODY_SHOWN_MAX_OCTETS] if body else event.shown
        line = super().read(replace(event, octets=shown))
        return line | ({"text": _summary(event, body), "end": ""} if body else {})

    def _client(self, said: str, event: Event) -> Line:
        value = event.value
        if isinstance(value, Request):
            told = meaning(("http.method", value.method), ("http.method", "other"), target=value.target)
            return {"part": "request", "code": value.method, **told}
        return self._common(said, event)

    def _server(self, said: str, event: Event) -> Line:
        value = event.value
        if isinstance(value, Status):
            code = str(value.code)
            told = meaning(("http.status", code), ("http.class", code[0]))
            result = {"is": RESULTS[code[0]], "word": value.reason.lower() or code} if code[0] in RESULTS else None
            return {"part": "status", "code": value.version, "result": result, **told}
        return self._common(said, event)

    def _common(self, said: str, event: Event) -> Line:
        value = event.value
        if isinstance(value, Header):
            return {"part": "header", "main": False, **_header(value)}
        if isinstance(value, Body):
            places = (("http.body", value.type), ("http.body", "other"))
            told = meaning(*places, type=value.type or "no named type", size=f"{value.size_octets:,}")
            return {"part": "body", "main": False, **_with_secret(told, SECRET in event.shown)}
        return {"part": "line", "main": False, **meaning(("http.line", "blank" if not said else "strange"))}


def _header(header: Header) -> Line:
    told = meaning(("http.header", header.name), ("http.header", "other"), value=header.value)
    if header.name == "set-cookie":
        told["says"] = " ".join([told["says"], *_attributes(header.value)])
    return _with_secret(told, header.secret)


def _attributes(value: str) -> list[str]:
    """A sentence for each attribute of a cookie: RFC 6265 section 4.1.2."""
    names = [part.strip().partition("=") for part in value.split(";")[1:]]
    found = [(name.lower(), said) for name, _, said in names]
    keys = [(f"{name}-{said}".lower() if name == "samesite" else name, said) for name, said in found]
    return [
        meaning(("http.cookie", key), value=said)["says"]
        for key, said in keys
        if explain.find_any(("http.cookie", key))
    ]


def _with_secret(told: Line, secret: bool) -> Line:
    return told | {"says": f"{told['says']} {explain.find('http.line', 'secret').says}"} if secret else told


def _summary(event: Event, body: Body) -> str:
    """A body in one line: a short form as it is, anything else by its size."""
    text = event.shown.decode("utf-8", "replace")
    if body.type == "application/x-www-form-urlencoded" and "\n" not in text:
        return text
    return f"{body.size_octets:,} octets of {body.type or 'no named type'}"
