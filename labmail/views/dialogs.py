"""Dialogs of SMTP as arrows between hosts: who handed what to whom, how it ended, and what the server had found out.

An arrow for each letter, or for a dialog without one, in the order of `lab.conversations()`. RFC 5321 section 3.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labmail.lab.dialogs import Conversations
from labmail.record import Conversation, Event
from labmail.smtp.words import Command
from labmail.views.evidence import CHECKS, checks, evidence
from labmail.views.reading import lines

__all__ = ["HEAD", "Conversations", "dialogs", "table"]

Data = dict[str, Any]
HEAD = ["#", "from", "to", "MAIL FROM", "RCPT TO", "outcome", "found"]
LOOKS = {"2": "pass", "4": "error", "5": "fail"}  # of the first digit of a reply; a dialog without one is neutral


def dialogs(conversations: Conversations) -> Data:
    """All that the widget shows."""
    places: dict[str, str] = {}  # host -> address
    rows: list[Data] = []
    for row, (item, events) in zip(conversations.rows, _letters(conversations), strict=True):
        wire = item.wire
        places |= {wire.client: wire.client_address, wire.server: wire.server_address}
        ends = [list(places).index(name) for name in (wire.client, wire.server)]
        rows.append({"key": str(len(rows)), "from": ends[0], "to": ends[1], **_row(row, item, events)})
    count = f"{len(rows)} dialog{'s' * (len(rows) != 1)}, oldest first"
    about = f"{count}. Behind each: what was said, and what the server found out."
    return {
        "title": "Who spoke to whom?",
        "about": about if rows else "Nobody to anybody yet. Send a letter, then run this cell again.",
        "hosts": [{"name": name, "address": address} for name, address in places.items()],
        "rows": rows,
        "chosen": next((row["key"] for row in reversed(rows) if row["is"] != "pass"), rows[-1]["key"] if rows else ""),
        "code": "from labmail import widgets\n\nwidgets.Dialogs(lab.conversations())",
    }


def table(data: Data) -> list[list[str]]:
    """The rows of the static table."""
    names = [host["name"] for host in data["hosts"]]
    return [
        [
            str(row["number"]),
            names[row["from"]],
            names[row["to"]],
            row["sender"],
            row["recipients"],
            row["outcome"],
            ", ".join(f"{one['name']} {one['word']}" for one in row["found"]),
        ]
        for row in data["rows"]
    ]


def _letters(conversations: Conversations) -> Iterator[tuple[Conversation, list[Event]]]:
    """The events of each letter of each dialog: a new one begins with each MAIL but the first."""
    for item in conversations:
        if item.wire.protocol != "smtp":
            continue
        part: list[Event] = []
        begun = False
        for event in item.events:
            mail = event.kind == "heard" and isinstance(event.value, Command) and event.value.verb == "MAIL"
            if mail and begun:
                yield item, part
                part = []
            begun = begun or mail
            part.append(event)
        yield item, part


def _row(row: Any, item: Conversation, events: list[Event]) -> Data:
    *_, sender, recipients, outcome = row.cells
    found = [event.value for event in events if event.kind == "verdict"]
    verdict = next((each for each in found if hasattr(each, "dmarc")), found[-1] if found else None)
    told = lines(item.wire.protocol, item.events)
    return {
        "number": row.number,
        "sender": sender,
        "recipients": recipients,
        "outcome": outcome,
        "is": LOOKS.get(outcome[:1], "neutral"),
        "found": [{"name": CHECKS[name], **result} for name, result in checks(verdict).items()],
        "evidence": evidence(verdict),
        "lines": [{key: line[key] for key in ("by", "text", "end", "code")} for line in told],
    }
