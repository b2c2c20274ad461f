"""The map of Alice's letter to Bob: the machines in the order of the way, the hops between, and who vouches for it.

Plain data; what became of the letter is told by the events alone (`fate.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labmail import explain
from labmail.views.fate import BOX, DESK, LAPTOP, NAMES, PHONE, SENDER, Fate, count, told

__all__ = ["BOX", "CHECKED", "HEAD", "HOSTS", "LAPTOP", "PHONE", "Fate", "chart", "checks_table", "table"]

Data = dict[str, Any]
HOSTS = {
    LAPTOP: "sender",
    SENDER: "outgoing",
    NAMES: "directory",
    "mx1.example.com": "receiver",
    "mx2.example.com": "receiver",
    DESK: "mailbox",
    PHONE: "reader",
}
ASIDE = (NAMES, "mx2.example.com")  # drawn below the one before it: the directory, and who stands in
CHECKS = ("signature", "SPF", "DKIM", "DMARC")
HEAD = ["name", "address", "role", "state", "reached by", "what it does"]
CHECKED = ["check", "by", "result", "why"]
NO_PLUG = (LAPTOP, PHONE)  # without them there is no letter, and nobody who reads it


def chart(addresses: Mapping[str, str], up: Mapping[str, bool], fate: Fate) -> Data:
    """All that the map shows: its stations, where the letter was, and since which event."""
    names = [name for name in HOSTS if name in addresses]
    stations = [_station(name, addresses[name], up[name], fate) for name in names]
    steps = [[number, names.index(name)] for number, name in fate.steps if name in names]
    return {
        "stations": stations,
        "steps": steps,
        "letter": steps[-1][1] if steps else 0,
        "checks": [_check(name, fate) for name in CHECKS],
        "says": fate.says(),
        "going": {"deliver": told("going"), "fetch": told("fetching")},
    }


def _station(name: str, address: str, up: bool, fate: Fate) -> Data:
    """`up` is None where there is no plug to pull."""
    role, hop = HOSTS[name], fate.hops.get(name)
    state = {"is": "pass", "word": "up"}
    if not up:
        state = {"is": "error", "word": "unplugged"}
    elif name == DESK:
        empty = {"is": "neutral", "word": "empty"}
        state = {"is": "pass", "word": count(fate.letters)} if fate.letters else empty
    return {
        "name": name,
        "address": address,
        "role": role,
        "does": explain.find("journey.role", role).says,
        "result": None if name in NO_PLUG else state,
        "box": BOX if name == DESK else "",
        "up": None if name in NO_PLUG else up,
        "aside": name in ASIDE,
        "part": fate.part(name),
        "hop": {"says": hop.says, "lock": hop.lock, "n": hop.n} if hop else None,
    }


def _check(name: str, fate: Fate) -> Data:
    """A check, made or still to be made: then `n` is None, and only its question is there."""
    nothing = {"name": name, "by": "", "is": "", "word": "", "says": "", "n": None}
    asks = explain.find("journey.question", name).says
    return {**nothing, **fate.checks.get(name, {}), "title": name[0].upper() + name[1:], "asks": asks}


def table(places: list[Data]) -> list[list[str]]:
    """The map's rows for the static table."""
    return [
        [
            at["name"],
            at["address"],
            ", ".join(filter(None, [at["role"], at["part"]])),
            at["result"]["word"] if at["result"] else "",
            _reached(at["hop"]),
            at["does"],
        ]
        for at in places
    ]


def _reached(hop: Data | None) -> str:
    if hop is None:
        return ""
    return str(hop["says"]) + {True: ", under TLS", False: ", in the clear", None: ""}[hop["lock"]]


def checks_table(checks: list[Data]) -> list[list[str]]:
    return [[each["title"], each["by"], each["word"], each["says"]] for each in checks if each["n"]]
