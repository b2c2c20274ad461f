"""The header of a message as plain data: each field as it came and as it reads, who wrote it, and the way travelled.

`headers(message)` gives one dict of JSON values; the widget, the text and the static table all come from it. What
stands above the first Received line of the receiving server can have been written by that server alone.
RFC 5322 section 3.6, RFC 5321 section 4.4.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from labmail import explain
from labmail.mime import Hop, Part, hops, pieces, structure
from labmail.mime.header import Field
from labmail.mime.words import Piece
from labmail.views.mime import link, octets_of, recreate, subject_of
from labmail.webmail.words import plain

__all__ = ["HEAD", "delay", "headers", "table", "text"]

Data = dict[str, Any]

FIELDS_MAX = 300  # ours: that a widget shows
RAW_MAX_OCTETS = 8_192  # ours: of one field
TEXT_LINES_MAX = 20  # of a cell's output
VALUE_MAX = 64  # characters of a value in the text form
HEAD = ["field", "value", "written by", "can be believed"]

WRITERS = {  # a field's name -> who writes it
    **dict.fromkeys(("return-path", "delivered-to", "authentication-results", "received-spf"), "receiver"),
    **dict.fromkeys(("received", "arc-seal", "arc-message-signature", "arc-authentication-results"), "relay"),
    **dict.fromkeys(("dkim-signature", "message-id", "date", "mime-version"), "origin"),
    **dict.fromkeys(("list-id", "list-post", "list-unsubscribe", "list-help"), "list"),
}
ON_THE_WAY = ("receiver", "relay")
WRITES = {
    "author": "the author’s mail program",
    "origin": "the author’s mail program or server",
    "relay": "a server on the way",
    "receiver": "the receiving server",
    "list": "a mailing list",
    "nobody": "nobody should have",
}
BELIEVED = {"own": "your own server’s", "claim": "another server’s claim", "anyone": "anyone can write this"}


def headers(message: object) -> Data:
    octets = octets_of(message)
    root = structure(octets)
    trail = hops(root)
    own = _own(message, root)
    of_start = {hop.start: hop for hop in trail}
    shown = [_field(n, each, root, own, of_start.get(each.start)) for n, each in enumerate(root.headers[:FIELDS_MAX])]
    number_of = {each["start"]: each["n"] for each in shown}
    way = [_hop(hop, number_of[hop.start], hop.start < own) for hop in trail if hop.start in number_of]
    return {
        "title": subject_of(root),
        "about": _about(len(root.headers), len(trail), sum(each["own"] for each in shown)),
        "fields": shown,
        "hops": way,
        "begins": _begins(trail),
        "code": recreate("Headers", octets),
    }


def _own(message: object, root: Part) -> int:
    """Up to where the receiving server wrote. A letter knows; of octets, it is the first Received line and above."""
    came = getattr(message, "octets", None)
    if isinstance(came, bytes):
        return root.end - len(came)
    for each in root.headers:
        name = each.name.lower()
        if name == "received":
            return each.end
        if WRITERS.get(name) != "receiver":
            break
    return 0


def _about(fields: int, way: int, own: int) -> str:
    top = f"the {own} on top are your own server’s" if own > 1 else "the top one is your own server’s" if own else ""
    hop = f"{way} hop{'s' * (way != 1)}" if way else "no Received line, so nothing tells of its way"
    return f"{fields} field{'s' * (fields != 1)}, {hop}{f'; {top}' if top else ''}."


# ---- one field


def _field(n: int, each: Field, root: Part, own: int, hop: Hop | None) -> Data:
    octets = root.whole[each.start : each.end][:RAW_MAX_OCTETS]
    found = pieces(each.raw[:RAW_MAX_OCTETS])
    name = each.name.lower()
    writer = WRITERS.get(name, "author" if name else "nobody")
    mine = each.end <= own
    trust = "own" if mine else "claim" if writer in ON_THE_WAY else "anyone"
    value = plain("".join(piece.text for piece in found), 2000)
    return {
        "n": n,
        "name": plain(each.name, 80),
        "lines": [_line(line) for line in octets.splitlines(keepends=True)],
        "value": value,
        "encoded": any(piece.encoding for piece in found),
        "pieces": [_piece(piece) for piece in found if piece.encoding],
        "start": each.start,
        "end": each.end,
        "own": mine,
        "trust": trust,
        "believe": explain.find("headers.trust", trust).says,
        "writer": WRITES[writer],
        "group": "Written on the way" if writer in ON_THE_WAY else "Written with the letter",
        "defects": [
            {"says": plain(str(wrong), 400), "rfc": link(wrong.rfc)}
            for wrong in root.defects
            if each.start <= wrong.at < each.end and each.start != 0
        ],
        "hop": hop.number if hop else None,
        **_told(name),
    }


def _line(line: bytes) -> Data:
    end = "\r\n" if line.endswith(b"\r\n") else "\n" if line.endswith(b"\n") else ""
    return {"text": line[: len(line) - len(end)].decode("utf-8", "replace"), "end": end}


def _piece(piece: Piece) -> Data:
    return {
        "raw": piece.raw.decode("utf-8", "replace"),
        "charset": piece.charset,
        "encoding": piece.encoding,
        "octets": piece.octets.hex(" "),
        "text": plain(piece.text),
        "fault": piece.fault,
    }


def _told(name: str) -> Data:
    rest = "private" if name.startswith("x-") else "other" if name else "none"
    found = explain.find_any(("headers.field", name), ("headers.field", rest))
    assert found is not None
    return {"says": found.says, "rfc": explain.reference(found)}


# ---- the way


def _begins(trail: tuple[Hop, ...]) -> Data | None:
    if not trail:
        return None
    return {"name": plain(trail[0].from_ or "somebody", 80), "address": trail[0].address or ""}


def _hop(hop: Hop, field: int, own: bool) -> Data:
    return {
        "number": hop.number,
        "field": field,
        "own": own,
        "from": plain(hop.from_ or "", 80),
        "address": hop.address or "",
        "by": plain(hop.by or "a host without a name", 80),
        "with": plain(hop.with_ or "", 40),
        "id": plain(hop.id or "", 80),
        "for": plain(hop.for_ or "", 80),
        "at": f"{hop.at:%a, %d %b %Y %H:%M:%S %z}" if hop.at else "",
        "delay": delay(hop.delay),
    }


def delay(time: timedelta | None) -> str:
    """How long until the next hop."""
    if time is None:
        return ""
    if not time:
        return "at once"
    return f"{_long(time)} later" if time > timedelta(0) else f"{_long(-time)} before it was sent on: a clock is wrong"


def _long(time: timedelta) -> str:
    minutes, seconds = divmod(int(time.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    named = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")]
    return " ".join([f"{count} {unit}" for count, unit in named if count][:2]) or "0 s"


# ---- text and table


def text(data: Data) -> str:
    """The way, then the fields, a line each."""
    way = [_way(hop) for hop in data["hops"]]
    names = max((len(each["name"]) for each in data["fields"]), default=0)
    lines = [*way, *(_row(each, names) for each in data["fields"])]
    if len(lines) + 1 > TEXT_LINES_MAX:
        left = len(lines) + 2 - TEXT_LINES_MAX
        lines = [*lines[:-left], f"... and {left} lines more"]
    return "\n".join([f"{data['title']}: {data['about']}", *lines])


def _row(each: Data, names: int) -> str:
    whose = "own   " if each["own"] else "anyone"
    return f"{whose}  {each['name'].ljust(names)}  {plain(each['value'], VALUE_MAX)}".rstrip()


def _way(hop: Data) -> str:
    seen = f" [{hop['address']}]" if hop["address"] else ""
    with_ = f" with {hop['with']}" if hop["with"] else ""
    after = f", {hop['delay']}" if hop["delay"] else ""
    return f"{hop['number']}. {hop['from'] or 'somebody'}{seen} to {hop['by']}{with_}, {hop['at'] or 'no time'}{after}"


def table(data: Data) -> list[list[str]]:
    """The rows of the static table: the fields as they stand."""
    return [
        [each["name"], plain(each["value"], 300), each["writer"], BELIEVED[each["trust"]]] for each in data["fields"]
    ]
