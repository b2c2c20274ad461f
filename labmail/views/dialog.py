"""A dialog as plain data: each line with its bytes, its part in SMTP and what it means.

`dialog(conversation)` is what the conversation widget and the stepper show; a `Reader` gives the same for events that
arrive one by one, as on the timeline. RFC 5321 sections 3.3 and 4.2.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from labmail import explain
from labmail.record import Conversation, Event

__all__ = ["Reader", "dialog", "recreate", "table"]

LINE_END = re.compile(r"(\r\n|\n|\r)?\Z")
# RFC 5321 section 4.2, RFC 2034 section 4
REPLY = re.compile(r"([2-5]\d\d)([ -]|\Z)(?:([245]\.\d{1,3}\.\d{1,3})(?= |\Z))?")
HEADER = re.compile(r"[!-9;-~]+:")  # RFC 5322 section 2.2


class Reader:
    """Hears the lines of one wire, in order, and knows which part each plays."""

    def __init__(self) -> None:
        self._place = "commands"  # or "headers", "body": inside the letter; "secret": inside AUTH
        self._inside = False  # a reply of several lines
        self._unanswered: list[str] = []  # the verbs whose replies are still to come: RFC 2920

    def read(self, event: Event) -> dict[str, Any]:
        """One line as a widget shows it."""
        text = event.octets.decode("utf-8", "replace")
        end = LINE_END.search(text)
        said = text[: end.start()] if end else text
        line = self._client(said) if event.kind == "heard" else self._server(said)
        return {
            "n": event.number,
            "by": "client" if event.kind == "heard" else "server",
            "head": f"{event.by} says",
            "octets": event.octets.hex(),
            "text": said,
            "end": end.group() if end else "",
            **line,
        }

    def _client(self, said: str) -> dict[str, Any]:
        if self._place == "commands":
            word = said.split(" ")[0]
            verb = word.upper()
            self._unanswered.append(verb)
            told = meaning(("smtp.command", verb), ("smtp.command", "unknown"))
            if word != verb and explain.find_any(("smtp.command", verb)):
                told["says"] += f" {explain.find('smtp.line', 'case').says}"
            return {"part": verb, **told}
        if self._place == "secret":
            return {"part": "secret", **meaning(("smtp.line", "secret"))}
        return {"part": "text", **meaning(("smtp.line", self._letter(said)))}

    def _letter(self, said: str) -> str:
        if said == ".":
            self._place = "commands"
            self._unanswered.append(".")
            return "dot"
        if said.startswith("."):
            return "stuffed"
        if self._place == "headers":
            if not said:
                self._place = "body"
                return "blank"
            if HEADER.match(said):
                return "header"
            if said[0] in " \t":
                return "fold"
            self._place = "body"
        return "body"

    def _server(self, said: str) -> dict[str, Any]:
        reply = REPLY.match(said)
        if not reply:
            return {"part": "reply", **meaning(("smtp.class", "5"))}
        code, follows, enhanced = reply.groups()
        verb = self._unanswered[0] if self._unanswered else ""
        places = [("smtp.reply", code), ("smtp.class", code[0])]
        if code == "250" and self._inside:  # the first line of a reply to EHLO is a greeting: section 4.1.1.1
            places.insert(0, ("smtp.extension", said[4:].split(" ")[0].upper()))
        elif code == "250":
            places.insert(0, ("smtp.yes", verb))
        self._inside = follows == "-"
        if follows != "-":
            self._place = {"354": "headers", "334": "secret"}.get(code, "commands")
            del self._unanswered[:1]
        told = meaning(*places)
        if enhanced and not enhanced.endswith(".0.0") and (detail := explain.find_any(("smtp.enhanced", enhanced))):
            told = {"says": f"{told['says']} {detail.says}", "rfc": explain.reference(detail)}
        return {"part": "reply", "code": code, **told}


def meaning(*places: tuple[str, str]) -> dict[str, Any]:
    """The sentence and the link of the first place that is explained."""
    found = explain.find_any(*places)
    return {"says": found.says, "rfc": explain.reference(found)} if found else {"says": "", "rfc": None}


def lines(events: Iterable[Event]) -> list[dict[str, Any]]:
    reader = Reader()
    return [reader.read(event) for event in events if event.kind in ("heard", "said")]


def dialog(conversation: Conversation) -> dict[str, Any]:
    """The whole dialog, complete: a widget that has it needs to ask for nothing."""
    wire, told = conversation.wire, lines(conversation.events)
    over = f"{wire.protocol.upper()}, port {wire.server_port}"
    count = f"{len(told)} line{'s' * (len(told) != 1)}" if told else "no line yet"
    numbers = "; their numbers are the timeline’s, which counts other events too" if told else ""
    said = [event.octets.rstrip(b"\r\n") for event in conversation.events if event.kind == "heard"]
    return {
        "title": f"{wire.client} to {wire.server}",
        "about": f"{over}: {count}{', still open' if conversation.open else ''}{numbers}.",
        "client": {"name": wire.client, "address": wire.client_address},
        "server": {"name": wire.server, "address": wire.server_address, "port": wire.server_port},
        "lines": told,
        "open": conversation.open,
        "code": recreate(wire.client, wire.server, said),
    }


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
