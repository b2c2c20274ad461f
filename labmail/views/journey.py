"""The map of Alice's letter to Bob, and what became of it: plain data, told by the events alone.

So it is right for whoever sent the letter, the button or a line of code. RFC 5321 section 5.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from labmail import explain
from labmail.record import Event
from labmail.smtp.deliver import Choice

__all__ = ["BOX", "HEAD", "HOSTS", "SENDER", "Fate", "stations", "table"]

Data = dict[str, Any]
SENDER, NAMES, BOX = "mail.example.net", "ns.example", "bob@example.com"
HOSTS = {SENDER: "sender", NAMES: "directory", "mx1.example.com": "receiver", "mx2.example.com": "receiver"}
HEAD = ["name", "address", "role", "state", "what it does"]
PLACE = re.compile(r"(\S+) port (\d+)\Z")
DNS = "53"
KNOCKED = {"refused": "refused the connection", "timeout": "did not answer"}
BRIEF = {"refused the connection": "refused", "did not answer": "silent", "hung up": "hung-up"}  # reason -> its part


class Fate:
    """Hears every event, and knows how the last letter of SENDER to BOX fared. `letters` are those in the mailbox."""

    def __init__(self) -> None:
        self.letters = 0
        self._servers: list[str] = []  # as they were tried, for the letter that was sent last
        self._failed: dict[str, list[str]] = {}  # why servers did not take it: reason -> which
        self._silent = ""  # a name server that did not answer
        self._asks = self._asked = False  # whether the directory was asked, for the next letter and for the last
        self._reply = ""  # the yes
        self._stored = self._over = False
        self._settled = False  # whether the last server has had its say

    def tell(self, event: Event) -> None:
        wire = event.wire
        if event.kind == "stored" and getattr(event.value, "address", None) == BOX:
            self.letters += 1
            self._stored = wire is not None and wire.client == SENDER
        elif isinstance(event.value, Choice) and event.by == SENDER:
            self._choose(event.value.server)
        elif event.kind in KNOCKED and event.by == SENDER and (place := PLACE.match(str(event.value))):
            self._knocked(place[1], place[2], event.kind)
        elif wire is not None and (wire.protocol, wire.client) == ("smtp", SENDER) and event.kind in ("said", "close"):
            self._answered(event)
        elif wire is not None and (wire.protocol, wire.client, event.by) == ("dns", SENDER, SENDER):
            self._asks = True

    def _choose(self, server: str) -> None:
        if self._over or self._silent or server in self._servers:  # another letter
            self._servers, self._failed, self._reply = [], {}, ""
            self._silent, self._stored, self._over = "", False, False
        elif self._servers and not self._settled:
            self._fail(KNOCKED["timeout"])
        if not self._servers:
            self._asked, self._asks = self._asks, False
        self._servers.append(server)
        self._settled = False

    def _knocked(self, host: str, port: str, kind: str) -> None:
        if port == DNS:
            self._silent = host
        elif self._servers[-1:] == [host]:
            self._fail(KNOCKED[kind])

    def _answered(self, event: Event) -> None:
        assert event.wire is not None
        if self._settled or self._servers[-1:] != [event.wire.server]:
            return
        text = event.octets.decode("utf-8", "replace").rstrip()
        if event.kind == "close":
            self._fail(KNOCKED["timeout"] if event.by == SENDER else "hung up")
        elif self._stored and text.startswith("2"):
            self._reply, self._over, self._settled = text, True, True
        elif text[:1] in "45" and text[3:4] != "-":
            self._fail(f"said {text}")
            self._over = text[0] == "5"

    def _fail(self, reason: str) -> None:
        self._failed.setdefault(reason, []).append(self._servers[-1])
        self._settled = True

    @property
    def known(self) -> bool:
        """Whether a letter was sent at all."""
        return bool(self._servers or self._silent)

    @property
    def delivered(self) -> bool:
        return bool(self._reply) and not self._silent

    def had(self, host: str) -> bool:
        """Whether the letter is or was there."""
        return host == SENDER or (self.delivered and host == self._servers[-1])

    def part(self, host: str) -> str:
        """What a machine had to do with the letter, in a word or two."""
        if host == NAMES:
            key = "silent" if self._silent else "" if not self._servers else "asked" if self._asked else "remembered"
            return key and _part(key)
        failed = next((reason for reason, servers in self._failed.items() if host in servers), "")
        if not self.known or self._silent or host == SENDER:
            return ""
        if failed:
            return _part(BRIEF.get(failed, "no"))
        return _part("took" if self.had(host) else "spared") if self.delivered else ""

    def says(self) -> str:
        """One sentence on the letter, and one on the mailbox."""
        holds = _told("holds", letters=count(self.letters))
        failed = ", ".join(f"{' and '.join(servers)} {reason}" for reason, servers in self._failed.items())
        if self._silent:
            return _told("nobody", host=self._silent, holds=holds)
        if self._reply:
            key = "fallback" if failed else "took"
            return _told(key, failed=failed, server=self._servers[-1], reply=self._reply, holds=holds)
        return _told("kept", failed=failed, holds=holds) if failed else _told("ready")


def stations(addresses: Mapping[str, str], up: Mapping[str, bool], fate: Fate) -> list[Data]:
    """The machines that matter, in the order of the way, and Bob's mailbox at its end."""
    found = [
        _station(name, addresses[name], up[name]) | {"had": fate.had(name), "part": fate.part(name)}
        for name in HOSTS
        if name in addresses
    ]
    held = {"is": "pass", "word": count(fate.letters)} if fate.letters else {"is": "neutral", "word": "empty"}
    box = {"name": "Bob’s mailbox", "address": BOX, "role": "mailbox", "does": _does("mailbox")}
    return [*found, {**box, "result": held, "up": None, "had": fate.delivered, "part": ""}]


def _station(name: str, address: str, up: bool) -> Data:
    """`up` is None where there is no plug to pull: without its sender there is no letter."""
    role = HOSTS[name]
    state = {"is": "pass", "word": "up"} if up else {"is": "error", "word": "unplugged"}
    plug = None if name == SENDER else up
    return {"name": name, "address": address, "role": role, "does": _does(role), "result": state, "up": plug}


def table(places: list[Data]) -> list[list[str]]:
    """The map's rows for the static table."""
    return [
        [at["name"], at["address"], ", ".join(filter(None, [at["role"], at["part"]])), at["result"]["word"], at["does"]]
        for at in places
    ]


def going() -> str:
    """What is said while the letter's way is drawn."""
    return _told("going")


def count(letters: int) -> str:
    return f"{letters or 'no'} letter{'' if letters == 1 else 's'}"


def _does(role: str) -> str:
    return explain.find("journey.role", role).says


def _part(key: str) -> str:
    return explain.find("journey.part", key).says


def _told(key: str, **facts: str) -> str:
    return explain.find("journey.fate", key).says.format(**facts)
