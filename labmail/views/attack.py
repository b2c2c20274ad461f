"""What somebody on the wire can do to a letter, and what became of it: switches, an outcome, both views of the dialog.

A switch is a way to change the wires of a lab; what it does is told in `explain/en/tls.toml`. RFC 3207 section 6.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from labmail import explain
from labmail.record import Conversation
from labmail.smtp.deliver import Delivery
from labmail.views.line import Line, meaning
from labmail.views.two_views import two_views

__all__ = ["ATTACKER", "SWITCHES", "attack", "rows", "text"]

ATTACKER = "mallory.example"
SWITCHES = {  # key -> its name, and the line of code after lab.wire(...)
    "strip": ("Strip STARTTLS", "strip()"),
    "substitute": ("Show another certificate", "substitute()"),
    "lose": ("Lose everything", "drop()"),
}
SEALED = ("stands", "implicit")
HEAD = ["switch", "", "what it does"]


def attack(
    client: str, server: str, on: Iterable[str], sent: tuple[Delivery, Conversation | None] | None, code: str
) -> dict[str, Any]:
    """All that there is to see; `sent` is the last letter's delivery and the dialog that decided."""
    active = set(on)
    views = two_views(sent[1]) if sent and sent[1] else None
    return {
        "title": "What can somebody on the wire do?",
        "about": f"{ATTACKER} sits between {client} and {server}. What is switched on meets the next letter.",
        "client": client,
        "server": server,
        "attacker": ATTACKER,
        "switches": [
            {"key": key, "name": name, "on": key in active, **meaning(("tls.attack", key))}
            for key, (name, _) in SWITCHES.items()
        ],
        "outcome": _outcome(server, sent[0], sent[1], views) if sent else None,
        "views": views,
        "code": code,
    }


def _outcome(server: str, delivery: Delivery, conversation: Conversation | None, views: Line | None) -> Line:
    result = delivery.results[0]
    went = conversation.wire.server if conversation else ""
    if result.status != "delivered" or views is None:
        return {"is": "neutral", "word": result.status, "says": f"{_capital(result.why).rstrip('.')}."}
    verdict = views["verdict"]
    key = "sealed" if verdict in SEALED else "stolen" if verdict == "stolen" else "clear"
    says = explain.find("tls.outcome", key).says.format(attacker=ATTACKER)
    elsewhere = explain.find("tls.outcome", "elsewhere").says.format(server=server, went=went)
    told = f"{elsewhere} {says}" if went != server else says
    return {"is": "pass" if key == "sealed" else "fail", "word": f"delivered to {went}", "says": told}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def rows(data: dict[str, Any]) -> list[list[str]]:
    return [[each["name"], "on" if each["on"] else "off", each["says"]] for each in data["switches"]]


def text(data: dict[str, Any]) -> str:
    on = [each["name"] for each in data["switches"] if each["on"]]
    outcome = data["outcome"]
    told = f"{outcome['word']}: {outcome['says']}" if outcome else "No letter was sent yet."
    return "\n".join([data["title"], data["about"], f"Switched on: {', '.join(on) or 'nothing'}.", told])
