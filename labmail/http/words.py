"""What the two sides of HTTP say, as values: request line, status line, header line, body. RFC 9110, RFC 9112.

Some of it differs from run to run, and is nobody's business: cookies, and the tokens that a form carries against
forgery. A value knows how its octets are shown without them; the record keeps the octets as they were sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["SECRET", "Body", "Header", "Request", "Status", "start_line", "unchunk"]

SECRET = b"(secret)"

# request-line and status-line: RFC 9112 sections 3 and 4; a method and a field name are tokens: RFC 9110 section 5.6.2
_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST = re.compile(rb"(" + _TOKEN + rb") (\S+) (HTTP/\d\.\d)")
_STATUS = re.compile(rb"(HTTP/\d\.\d) ([1-9]\d\d)(?: (.*))?")
_HEADER = re.compile(rb"(" + _TOKEN + rb"):[ \t]*(.*?)[ \t]*", re.DOTALL)

_COOKIE = re.compile(rb"(?<=[:;])([ \t]*[^=;\s]+=)[^;\r\n]*")  # each of Cookie: RFC 6265 section 4.2.1
_SET_COOKIE = re.compile(rb"(:[ \t]*[^=;\s]+=)[^;\r\n]*")  # the first pair; attributes follow: RFC 6265 section 4.1.1
_CREDENTIALS = re.compile(rb"(:[ \t]*\S+[ \t]+)[^\r\n]+")  # scheme, then what proves: RFC 9110 section 11.4
_MASKS = {"cookie": _COOKIE, "set-cookie": _SET_COOKIE, "authorization": _CREDENTIALS}
_FORM = re.compile(rb"(?<![^&])([^=&]*csrf[^=&]*=)[^&\r\n]*", re.IGNORECASE)
_TAG = re.compile(rb"<(?:input|meta)\b[^>]*\bname=[\"']?[^\"'>]*csrf[^>]*>", re.IGNORECASE)
_TAG_VALUE = re.compile(rb"(\b(?:value|content)=([\"']))(?:(?!\2).)*", re.IGNORECASE)
# a part of a form: RFC 7578 section 4.2
_PART = re.compile(rb"(name=\"[^\"]*csrf[^\"]*\"\r\n(?:[^\r\n]+\r\n)*\r\n)[^\r\n]*", re.IGNORECASE)

_TEXT = ("text/", "application/x-www-form-urlencoded", "application/json", "application/javascript", "multipart/")


@dataclass(frozen=True, kw_only=True)
class Request:
    """The first line of a request: RFC 9112 section 3."""

    method: str
    target: str
    version: str

    @property
    def key(self) -> tuple[str, str]:
        return "http.method", self.method


@dataclass(frozen=True, kw_only=True)
class Status:
    """The first line of a response: RFC 9112 section 4."""

    version: str
    code: int
    reason: str

    @property
    def key(self) -> tuple[str, str]:
        return "http.status", str(self.code)

    @property
    def interim(self) -> bool:
        """The real answer is still to come: RFC 9110 section 15.2."""
        return self.code < 200


@dataclass(frozen=True, kw_only=True)
class Header:
    """One field line, its name in small letters: RFC 9110 section 5.1 says that its case means nothing."""

    name: str
    value: str

    @classmethod
    def parse(cls, line: bytes) -> Header | None:
        found = _HEADER.fullmatch(line.rstrip(b"\r\n"))
        return cls(name=_text(found[1]).lower(), value=_text(found[2])) if found else None

    @property
    def key(self) -> tuple[str, str]:
        return "http.header", self.name

    @property
    def secret(self) -> bool:
        return self.name in _MASKS

    def mask(self, octets: bytes) -> bytes:
        mask = _MASKS.get(self.name)
        count = 1 if self.name == "set-cookie" else 0
        return octets if mask is None else mask.sub(rb"\1" + SECRET, octets, count=count)


@dataclass(frozen=True, kw_only=True)
class Body:
    """What follows a head: RFC 9112 section 6. Its event keeps the octets as sent, up to a limit."""

    type: str  # the media type, without parameters: RFC 9110 section 8.3; empty: the head names none
    size_octets: int  # all of them, with the lines between chunks
    chunked: bool = False  # RFC 9112 section 7.1
    whole: bool = True  # it came to its end

    @property
    def key(self) -> tuple[str, str]:
        return "http.body", self.type

    @property
    def readable(self) -> bool:
        """Whether it is text that a person may read."""
        return self.type.startswith(_TEXT)

    def mask(self, octets: bytes) -> bytes:
        """As text without secrets; what is no text is named and not shown."""
        if not self.readable:
            return f"({self.size_octets:,} octets of {self.type or 'no named type'})".encode()
        content = unchunk(octets) if self.chunked else octets
        if self.type == "application/x-www-form-urlencoded":
            return _FORM.sub(rb"\1" + SECRET, content)
        if self.type.startswith("multipart/"):
            return _PART.sub(rb"\1" + SECRET, content)
        return _TAG.sub(lambda tag: _TAG_VALUE.sub(rb"\1" + SECRET, tag[0]), content)


def start_line(line: bytes) -> Request | Status | None:
    """The first line of a message; None if it is neither."""
    bare = line.rstrip(b"\r\n")
    if found := _REQUEST.fullmatch(bare):
        return Request(method=_text(found[1]), target=_text(found[2]), version=_text(found[3]))
    if found := _STATUS.fullmatch(bare):
        return Status(version=_text(found[1]), code=int(found[2]), reason=_text(found[3] or b""))
    return None


def unchunk(octets: bytes) -> bytes:
    """The content without its chunks' lines, as far as it goes: RFC 9112 section 7.1."""
    content, at = b"", 0
    while (end := octets.find(b"\r\n", at)) >= 0:
        size = octets[at:end].partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}", size) or not int(size, 16):
            break
        content += octets[end + 2 : end + 2 + int(size, 16)]
        at = end + 4 + int(size, 16)
    return content


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "replace")
