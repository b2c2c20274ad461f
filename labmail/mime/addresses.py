"""Who stands in From:, To: and the like: the addresses of a field's value, however broken it is. RFC 5322 section 3.4.

Nothing is decoded, and nothing raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from labmail.mime.header import FIELD_MAX_OCTETS

__all__ = ["Address", "read_addresses"]

ADDRESSES_MAX = 2000  # ours: of one field


@dataclass(frozen=True, kw_only=True)
class Address:
    """One of a list. A group begins with a mailbox without a host, and ends with neither."""

    name: bytes | None = None
    route: bytes | None = None
    mailbox: bytes | None = None
    host: bytes | None = None


_TOKEN = re.compile(
    rb'"(?P<quoted>[^"\\]*(?:\\.[^"\\]*)*)(?:"|\\?\Z)|(?P<domain>\[[^\]]*\]?)|(?P<sign>[<>,:;@])|(?P<open>\()'
    rb'|(?P<blank>[ \t\r\n]+)|(?P<atom>[^\s"\[<>,:;@(]+)|(?P<other>.)',
    re.S,
)
_COMMENT_PART = re.compile(rb"\\.|[()]", re.S)


class _Token(NamedTuple):  # many of them: a letter has a dozen
    kind: str
    text: bytes
    blank: bool  # there was a space before it


def _tokens(value: bytes) -> Iterator[_Token]:
    at, blank = 0, False
    while at < len(value):
        found = _TOKEN.match(value, at)
        assert found is not None
        at, kind = found.end(), found.lastgroup or "other"
        text = found[kind]
        if kind == "blank":
            blank = True
            continue
        if kind == "open":
            text, at = _comment(value, at)
            kind = "comment"
        elif kind == "quoted":
            text = _unquoted(text)
        yield _Token(kind, text, blank)
        blank = False


def _comment(value: bytes, at: int) -> tuple[bytes, int]:
    """What stands between `(` and the `)` that belongs to it, and where it ends."""
    depth, start = 1, at
    for found in _COMMENT_PART.finditer(value, at):
        depth += {b"(": 1, b")": -1}.get(found[0], 0)
        if not depth:
            return _unquoted(value[start : found.start()]), found.end()
    return _unquoted(value[start:]), len(value)


def _unquoted(text: bytes) -> bytes:
    return re.sub(rb"\\(.)", rb"\1", text, flags=re.S)


def read_addresses(value: bytes) -> list[Address]:
    """Every address of a field's value, in order, however broken it is."""
    found: list[Address] = []
    reader = _Addresses()
    for token in _tokens(value[:FIELD_MAX_OCTETS]):
        found += reader.take(token)
        if len(found) > ADDRESSES_MAX:
            return found[:ADDRESSES_MAX]
    return found + reader.finish()


class _Addresses:
    """Gathers tokens until a comma, a semicolon or the end makes an address of them."""

    def __init__(self) -> None:
        self._in_group = False
        self._clear()

    def _clear(self) -> None:
        self._words: list[_Token] = []  # outside the angle brackets
        self._inner: list[_Token] | None = None  # inside them
        self._closed = False
        self._comment: bytes | None = None

    def take(self, token: _Token) -> list[Address]:
        sign = token.text if token.kind == "sign" else b""
        inside = self._inner is not None and not self._closed
        if token.kind == "comment":
            self._comment = self._comment or token.text
        elif inside and sign == b">":
            self._closed = True
        elif inside and (self._inner or sign == b"@") and sign in (b"@", b",", b":", b""):
            if sign != b"," or self._is_route():
                self._inner.append(token)  # type: ignore[union-attr]
            else:  # the bracket was never closed
                return self._address()
        elif sign == b"<" and self._inner is None:
            self._inner = []
        elif sign == b",":
            return self._address()
        elif sign == b":" and not inside and not self._in_group:
            return self._begin_group()
        elif sign == b";":
            return self.finish()
        elif inside and self._inner is not None:
            self._inner.append(token)
        elif not self._closed:
            self._words.append(token)
        return []

    def _is_route(self) -> bool:
        return bool(self._inner) and self._inner[0].text == b"@" and self._inner[0].kind == "sign"  # type: ignore[index]

    def finish(self) -> list[Address]:
        """At the end of a group or of the field."""
        found = self._address()
        if self._in_group:
            self._in_group = False
            found.append(Address())
        return found

    def _begin_group(self) -> list[Address]:
        name = _join(self._words)
        self._clear()
        self._in_group = True
        return [Address(mailbox=name)]

    def _address(self) -> list[Address]:
        words, inner, comment = self._words, self._inner, self._comment
        self._clear()
        if inner is None:
            if not words:
                return []
            mailbox, host = _mailbox(words)
            return [Address(name=comment, mailbox=mailbox, host=host)]
        route = None
        colon = next((at for at, token in enumerate(inner) if token.kind == "sign" and token.text == b":"), None)
        if colon is not None:  # RFC 5322 section 4.4
            route, inner = _tight(inner[:colon]), inner[colon + 1 :]
        mailbox, host = _mailbox(inner)
        return [Address(name=_join(words) if words else comment, route=route, mailbox=mailbox, host=host)]


def _mailbox(tokens: list[_Token]) -> tuple[bytes, bytes]:
    """What stands before and after the last @. Neither is NIL: that would be a group."""
    signs = [at for at, token in enumerate(tokens) if token.kind == "sign" and token.text == b"@"]
    if not signs:
        return _join(tokens), b""
    return _tight(tokens[: signs[-1]]), _tight(tokens[signs[-1] + 1 :])


def _join(tokens: list[_Token]) -> bytes:
    """A phrase: a space wherever there were some."""
    return b"".join(b" " * (token.blank and at > 0) + token.text for at, token in enumerate(tokens))


def _tight(tokens: list[_Token]) -> bytes:
    return b"".join(token.text for token in tokens)
