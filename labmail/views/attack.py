"""What somebody on the wire can do to a letter, and what became of it: switches, an outcome, both views of the dialog.

A switch is a way to change the wires of a lab; what it does is told in `explain/en/tls.toml`. RFC 3207 section 6. Who
sits at home has one more, their provider's filter, and ways around it to choose from.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from labmail import explain
from labmail.record import Conversation
from labmail.smtp.deliver import Delivery
from labmail.smtp.submit import Handed
from labmail.views.line import Line, meaning
from labmail.views.two_views import two_views

__all__ = ["ATTACKER", "FILTERED", "RENTED", "SWITCHES", "WAYS", "Scene", "Sent", "attack", "code", "rows", "text"]

ATTACKER = "mallory.example"
RENTED = "vps.example"
FILTERED = 25
FORGE = """lab.wire({client}, {names}).forge({domain}, "MX", "10 {attacker}")
lab.host("{attacker}").open_relay = True  # takes every letter, and sends it on
with lab.at({client}):
    lab.resolver.flush()  # what it remembers, it does not ask again"""
SWITCHES = {  # key -> its name, and the lines of code
    "strip": ("Strip STARTTLS", "lab.wire({client}, {server}).strip()"),
    "substitute": ("Show another certificate", "lab.wire({client}, {server}).substitute()"),
    "lose": ("Lose everything", "lab.wire({client}, {server}).drop()"),
    "forge": ("Forge the MX answer", FORGE),
    "filter": ("Filter port 25 at home", "lab.isp({client}).filters = {ports}"),
}
WAYS = {  # key -> its name, and the line of code
    "direct": ("Straight to port 25", "lab.send(cake, {to}, at={client})"),
    "submission": ("Through her provider", "lab.submit(cake, {to}, at={client})"),
    "rented": ("From a rented server", 'lab.send(cake, {to}, at="{rented}")'),
}
SEALED = ("stands", "implicit")
HEAD = ["switch", "", "what it does"]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Where it happens. `home`: the client is the customer of a home provider, which lets nobody out to `filters`."""

    client: str
    server: str
    to: str
    names: str  # the name server
    provider: str = ""  # of the writer: the host that takes letters from its users
    home: bool = False
    filters: Collection[int] = ()

    @property
    def switches(self) -> list[str]:
        return [key for key in SWITCHES if key != "filter" or self.home]

    @property
    def ways(self) -> list[str]:
        return list(WAYS) if self.home and self.provider else ["direct"]

    def fill(self, code: str) -> str:
        quoted = {name: json.dumps(getattr(self, name)) for name in ("client", "server", "to", "names")}
        domain = json.dumps(self.to.rpartition("@")[2])
        return code.format(**quoted, domain=domain, ports=sorted(self.filters), attacker=ATTACKER, rented=RENTED)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A letter that was sent, the dialog that decided, and how it all stood then."""

    letter: Delivery | Handed
    conversation: Conversation | None
    on: frozenset[str] = field(default_factory=frozenset)

    @property
    def went(self) -> str:
        return self.conversation.wire.server if self.conversation else ""


def attack(scene: Scene, on: Iterable[str], way: str, sent: Sent | None) -> dict[str, Any]:
    """All that there is to see."""
    active = set(on)
    views = two_views(sent.conversation) if sent and sent.conversation else None
    facts = {"attacker": ATTACKER, "domain": scene.to.rpartition("@")[2], "provider": scene.provider, "rented": RENTED}
    return {
        "title": "What can somebody on the wire do?",
        "about": f"{ATTACKER} sits between {scene.client} and {scene.server}. "
        "What is switched on meets the next letter.",
        "client": scene.client,
        "server": scene.server,
        "between": _between(scene, active, way),
        "switches": [
            {"key": key, "name": SWITCHES[key][0], "on": key in active, **meaning(("tls.attack", key), **facts)}
            for key in scene.switches
        ],
        "ways": [
            {"key": key, "name": WAYS[key][0], "on": key == way, **meaning(("tls.way", key), **facts)}
            for key in scene.ways
            if len(scene.ways) > 1
        ],
        "outcome": _outcome(scene, sent, views) if sent else None,
        "views": views,
        "code": code(scene, active, way),
    }


def code(scene: Scene, on: Collection[str], way: str) -> str:
    """What comes to the same: the switches as they are, and a letter."""
    acts = [SWITCHES[key][1] for key in scene.switches if key in on or key == "filter"]
    again = "widgets.Attacker(lab, {client}, {server})"
    return scene.fill("\n".join(["from labmail import cake, widgets", "", *acts, WAYS[way][1], again]))


def _between(scene: Scene, on: Collection[str], way: str) -> Line:
    """Who stands on the way that the next letter takes."""
    if way != "direct":
        name, does = (scene.provider, "takes it on 587") if way == "submission" else (RENTED, "sends in its place")
        return {"name": name, "says": does, "on": False}
    acts = [SWITCHES[key][0] for key in scene.switches if key in on and key != "filter"]
    says = ", ".join(f"{act[0].lower()}{act[1:]}" for act in acts) or "only listens"
    return {"name": ATTACKER, "says": says, "on": bool(acts)}


def _outcome(scene: Scene, sent: Sent, views: Line | None) -> Line:
    facts = {"attacker": ATTACKER, "client": scene.client, "server": scene.server, "went": sent.went, "to": scene.to}
    facts |= {"domain": scene.to.rpartition("@")[2]}
    if isinstance(sent.letter, Handed):
        taken = sent.letter.results[0]
        word = "handed in" if taken.taken else "not taken"
        says = _told("submitted", facts) if taken.taken else _sentence(taken.why)
        return {"is": "pass" if taken.taken else "neutral", "word": word, "says": says}
    result = sent.letter.results[0]
    if result.status != "delivered" or views is None:
        filtered = result.status == "deferred" and "filter" in sent.on and not sent.conversation
        says = _told("filtered", facts) if filtered else _sentence(result.why)
        return {"is": "neutral", "word": result.status, "says": says}
    verdict = views["verdict"]
    key = "sealed" if verdict in SEALED else "stolen" if verdict == "stolen" else "clear"
    key = "forged" if sent.went == ATTACKER else key
    elsewhere = sent.went not in (scene.server, ATTACKER)
    passed = next((each for each in sent.letter.attempts if each.server == scene.server and each.reply), None)
    before = _told("passed", facts | {"why": passed.outcome}) if passed else _told("elsewhere", facts)
    says = " ".join([*[before] * elsewhere, _told(key, facts)])
    return {"is": "pass" if key == "sealed" else "fail", "word": f"delivered to {sent.went}", "says": says}


def _told(key: str, facts: dict[str, str]) -> str:
    return explain.find("tls.outcome", key).says.format(**facts)


def _sentence(why: str) -> str:
    return f"{_capital(why).rstrip('.')}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def rows(data: dict[str, Any]) -> list[list[str]]:
    return [[each["name"], "on" if each["on"] else "off", each["says"]] for each in data["switches"]]


def text(data: dict[str, Any]) -> str:
    on = [each["name"] for each in data["switches"] if each["on"]]
    outcome = data["outcome"]
    told = f"{outcome['word']}: {outcome['says']}" if outcome else "No letter was sent yet."
    ways = [f"The letter’s way: {each['name']}." for each in data["ways"] if each["on"]]
    return "\n".join([data["title"], data["about"], *ways, f"Switched on: {', '.join(on) or 'nothing'}.", told])
