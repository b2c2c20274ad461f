"""A dialog as plain data: each line with its bytes, its part in its protocol and what it means.

`dialog(conversation)` is what the conversation widget shows. Who reads the lines of which protocol, `reading.py` knows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from labmail.record import Conversation, Event
from labmail.views.reading import is_dialog, lines

__all__ = ["dialog", "recreate", "table"]


def dialog(conversation: Conversation) -> dict[str, Any]:
    """The whole dialog, complete: a widget that has it needs to ask for nothing."""
    is_dialog(conversation)
    wire = conversation.wire
    told = lines(wire.protocol, conversation.events)
    over = f"{wire.protocol.upper()}, port {wire.server_port}"
    count = f"{len(told)} line{'s' * (len(told) != 1)}" if told else "no line yet"
    numbers = "; their numbers are the timeline’s, which counts other events too" if told else ""
    return {
        "title": f"{wire.client} to {wire.server}",
        "about": f"{over}: {count}{', still open' if conversation.open else ''}{numbers}.",
        "client": {"name": wire.client, "address": wire.client_address},
        "server": {"name": wire.server, "address": wire.server_address, "port": wire.server_port},
        "protocol": wire.protocol,
        "lines": told,
        "open": conversation.open,
        "code": _code(conversation),
    }


def _code(conversation: Conversation) -> str:
    """What has the same dialog once more: SMTP a step at a time, the others as plain octets."""
    wire = conversation.wire
    heard = [event for event in conversation.events if event.kind == "heard"]
    if wire.protocol == "smtp":
        return recreate(wire.client, wire.server, [event.octets.rstrip(b"\r\n") for event in heard])
    place = f"({json.dumps(wire.server)}, {wire.server_port})"
    seat = f"with lab.at({json.dumps(wire.client)}), socket.create_connection({place}) as wire:"
    said = [f"    wire.sendall({event.shown!r})" for event in heard]
    ends = _hung_up(conversation.events, wire.server)
    reading = '    print(wire.makefile("rb").read().decode())' if ends else "    print(wire.recv(4096).decode())"
    return "\n".join(["import socket", "", seat, *said, reading])


def _hung_up(events: Iterable[Event], server: str) -> bool:
    """Whether it was the server that closed the connection: then everything can be read to its end."""
    return any(event.kind == "close" and event.by == server for event in events)


def recreate(client: str, server: str, lines: Iterable[bytes]) -> str:
    """Code that says the same lines, without their ends, once more."""
    opening = f"step = lab.step({json.dumps(client)}, {json.dumps(server)})"
    return "\n".join([opening, *(f"step.say({_literal(line)})" for line in lines)])


def _literal(line: bytes) -> str:
    try:
        return json.dumps(line.decode(), ensure_ascii=False)
    except UnicodeDecodeError:
        return repr(line)


def table(data: dict[str, Any]) -> list[list[str]]:
    """The rows of the static table: who, and the line."""
    return [["C" if line["by"] == "client" else "S", line["text"]] for line in data["lines"]]
