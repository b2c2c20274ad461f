"""Authentication-Results: what a receiver found out, written on top of the letter for whoever reads it. RFC 8601.

`write` makes the field from verdicts, `without` takes away those that somebody else wrote in the receiver's name, and
`read` reads what is there. Only the field of one's own server may be believed: anybody can write one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labmail.dkim.letter import as_it_is, octets_of, places
from labmail.errors import LabError, cited

if TYPE_CHECKING:
    from labmail import dkim as of_dkim
    from labmail import dmarc as of_dmarc
    from labmail import spf as of_spf

__all__ = ["Result", "Results", "read", "read_field", "without", "write"]

NAME = "authentication-results"
VERSION = "1"  # RFC 8601 section 2.2: the only one, and what is meant where none is named
VALUE_MAX = 255  # characters of one value that we write; ours: whoever sent the letter chose some of them
TEXT_MAX = 65_536  # octets of a field that are read; ours

PLAIN = re.compile(  # RFC 2045 section 5.1
    r"(?:[^\s()<>,;:\\\"/\[\]?=\x00-\x1f\x7f]*@)?[^\s()<>@,;:\\\"/\[\]?=\x00-\x1f\x7f]+"
)
QUOTED = r'"(?P<quoted>(?:[^"\\]|\\.)*)"'
LEXEMES = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|[()]|[^"\\()]+|["\\]', re.DOTALL)
PARTS = re.compile(r'"(?:[^"\\]|\\.)*"|;|[^";]+|"', re.DOTALL)
HEAD = re.compile(rf'\s*(?:{QUOTED}|(?P<word>[^\s";=]+))(?:\s+(?P<version>\d+))?\s*', re.DOTALL)
PAIR = re.compile(  # a value that nobody quoted may hold "=", as many a mailing list's addresses do
    rf'\s*(?P<name>[^\s=";./]+(?:\s*[./]\s*[^\s=";./]+)*)\s*=\s*(?:{QUOTED}(?P<rest>@[^\s";]*)?|(?P<word>[^\s";]+))(?=\s|\Z)',
    re.DOTALL,
)
PROPERTY = re.compile(r"[a-z][a-z0-9-]*\.[a-z][a-z0-9_-]*")


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one check came to. `properties` are its own words: ("smtp.mailfrom", "example.net")."""

    method: str  # "spf", "dkim", "dmarc" or another
    result: str
    reason: str = ""
    properties: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        """The first property of that name; empty: there is none."""
        return next((value for key, value in self.properties if key == name.lower()), "")


@dataclass(frozen=True, kw_only=True)
class Results:
    """One field. `fault` says why it cannot be read; then it has no results."""

    authserv_id: str
    results: tuple[Result, ...] = ()
    version: str = VERSION
    fault: str = ""
    start: int = 0  # in the message
    end: int = 0

    def get(self, method: str) -> tuple[Result, ...]:
        return tuple(one for one in self.results if one.method == method)


# ---- writing


def write(
    authserv_id: str,
    *,
    spf: of_spf.Verdict | None = None,
    dkim: of_dkim.Verdict | None = None,
    dmarc: of_dmarc.Verdict | None = None,
    reasons: bool = False,
) -> bytes:
    """The field, with its line end: a line for each result. With `reasons`, why a signature does not count."""
    lines = [*_spf(spf), *_dkim(dkim, reasons=reasons), *_dmarc(dmarc)]
    text = ";\r\n ".join([_value(authserv_id), *lines]) if lines else f"{_value(authserv_id)}; none"
    return f"Authentication-Results: {text}\r\n".encode()


def _spf(verdict: of_spf.Verdict | None) -> Iterator[str]:
    """RFC 8601 section 2.7.2: which name was checked, and it says which of the two it was."""
    if verdict is not None:
        name = verdict.sender if verdict.identity == "mailfrom" else verdict.domain
        yield _result("spf", verdict.result, [(f"smtp.{verdict.identity}", name)])


def _dkim(verdict: of_dkim.Verdict | None, *, reasons: bool) -> Iterator[str]:
    """RFC 8601 section 2.7.1; of two signatures for one domain, header.b tells which is which."""
    if verdict is None:
        return
    if not verdict.signatures:
        yield _result("dkim", verdict.result, [])
    domains = [one.domain for one in verdict.signatures]
    for one in verdict.signatures:
        words = [("header.d", one.domain), ("header.s", one.selector)]
        if domains.count(one.domain) > 1 and one.b:
            words.append(("header.b", _first_of(one.b)))
        yield _result("dkim", one.result, words, one.why if reasons and one.result != "pass" else "")


def _dmarc(verdict: of_dmarc.Verdict | None) -> Iterator[str]:
    if verdict is not None:
        yield _result("dmarc", verdict.result, [("header.from", verdict.domain)])


def _result(method: str, result: str, properties: list[tuple[str, str]], reason: str = "") -> str:
    words = [f"{method}={result}", *([f"reason={_quoted(reason)}"] if reason else [])]
    return " ".join([*words, *(f"{name}={_value(value)}" for name, value in properties if value)])


def _value(text: str) -> str:
    """As it is, where nothing in it could be taken for something else."""
    return text if len(text) <= VALUE_MAX and PLAIN.fullmatch(text) else _quoted(text)


def _quoted(text: str) -> str:
    shown = "".join(sign if sign.isprintable() else "?" for sign in text[:VALUE_MAX])
    return '"' + re.sub(r'(["\\])', r"\\\1", shown) + '"'


def _first_of(signature: bytes) -> str:
    """The first eight signs of b=, as they stand in the letter."""
    import base64

    return base64.b64encode(signature[:6]).decode("ascii")


# ---- taking away


def without(message: bytes, *authserv_ids: str) -> bytes:
    """The letter without fields that claim to come from here. RFC 8601 section 5

    One that names us somewhere and cannot be read goes as well: another program may read it.
    """
    if NAME.encode() not in message[: places(message)[0]].lower():  # most letters, and soon told
        return message
    own = {_folded(name) for name in authserv_ids}
    kept, last = [], 0
    for one in read(message):
        text = message[one.start : one.end].decode("utf-8", "replace").lower()
        if _folded(one.authserv_id) in own or (one.fault and any(name in text for name in own)):
            kept.append(message[last : one.start])
            last = one.end
    return b"".join([*kept, message[last:]])


def _folded(name: str) -> str:
    from labmail.dkim.field import in_ascii

    return in_ascii(name.strip().removesuffix(".")).lower()


# ---- reading


def read(message: object) -> tuple[Results, ...]:
    """Every field of a letter, from the top, whatever stands in it. Of octets no line end is changed."""
    octets = bytes(message) if isinstance(message, bytes | bytearray) else octets_of(message)
    return tuple(
        _read(one.octets.partition(b":")[2], one.start, one.end) for one in as_it_is(octets).fields if one.name == NAME
    )


def read_field(value: bytes | str) -> Results:
    """One field's value, what stands after the colon."""
    if not isinstance(value, bytes | str):
        raise LabError(f"a field's value is text or octets, and not {cited(value)}")
    return _read(value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value, 0, 0)


class _Unread(Exception):
    """What is wrong with a field."""


def _read(value: bytes, start: int, end: int) -> Results:
    text = value[:TEXT_MAX].decode("utf-8", "replace")
    authserv_id, version = "", VERSION
    try:
        head, *rest = _parts(_uncommented(text))
        found = HEAD.fullmatch(head)
        if found is None:
            raise _Unread("it does not begin with the name of the server that wrote it")
        authserv_id = _unquoted(found["quoted"]) if found["quoted"] is not None else found["word"]
        version = found["version"] or VERSION
        if version != VERSION:
            raise _Unread(f"only version {VERSION} is known")
        results = tuple(one for part in rest if (one := _one(part)) is not None)
    except _Unread as why:
        return Results(authserv_id=authserv_id, version=version, fault=str(why), start=start, end=end)
    return Results(authserv_id=authserv_id, version=version, results=results, start=start, end=end)


def _uncommented(text: str) -> str:
    """A comment is a blank; within one there may be others: RFC 5322 section 3.2.2."""
    kept: list[str] = []
    depth = 0
    for found in LEXEMES.finditer(text):
        piece = found[0]
        if not depth and piece != "(":
            kept.append(piece)
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if depth < 0:
            raise _Unread("a bracket closes that was never open")
        if not depth and piece == ")":
            kept.append(" ")
    if depth:
        raise _Unread("a comment has no end")
    return "".join(kept)


def _parts(text: str) -> list[str]:
    """What stands between semicolons."""
    parts = [""]
    for found in PARTS.finditer(text):
        if found[0] == ";":
            parts.append("")
        else:
            parts[-1] += found[0]
    return parts


def _one(part: str) -> Result | None:
    """`method=result reason="..." type.property=value`; None: an empty part, or the word none."""
    if part.strip().lower() in ("", "none"):
        return None
    pairs, at = [], 0
    while part[at:].strip():
        found = PAIR.match(part, at)
        if found is None:
            raise _Unread(f"“{part[at:].strip()[:40]}” is no name, = and a value")
        word = found["word"] if found["quoted"] is None else _unquoted(found["quoted"]) + (found["rest"] or "")
        pairs.append((re.sub(r"\s", "", found["name"]).lower(), word))
        at = found.end()
    (method, result), *rest = pairs
    reason = rest.pop(0)[1] if rest and rest[0][0] == "reason" else ""
    wrong = next((name for name, _ in rest if not PROPERTY.fullmatch(name)), None)
    if wrong is not None:
        raise _Unread(f"“{wrong[:40]}” is no property such as header.d")
    return Result(method=method.partition("/")[0], result=result.lower(), reason=reason, properties=tuple(rest))


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
