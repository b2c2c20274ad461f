"""Somebody on the wire, and their switches: what they do to the next letter is seen from both sides, live. RFC 3207."""

from __future__ import annotations

import json
from typing import Any

import labmail
from labmail.errors import LabError
from labmail.views import attack, two_views
from labmail.widgets.face import Face, Held, script, static_table

__all__ = ["Attacker"]

Data = dict[str, Any]
BOB = "bob@example.com"


class Attacker(Face):
    """`Attacker(lab, "mail.example.net", "mx1.example.com")`; `to` is who gets the letter."""

    _esm = script("parts.js", "sides.js", "attacker.js")

    def __init__(
        self, lab: Any, client: str = "mail.example.net", server: str = "mx1.example.com", *, to: str = BOB
    ) -> None:
        self._held, self._client, self._server, self._to = Held(lab), client, server, to
        self._on: list[str] = []
        self._sent: Any = None
        lab.wire(client, server)  # both are hosts of this lab
        super().__init__(self._data(), switch=self.switch, deliver=self.deliver)

    # ---- acts

    def switch(self, name: str, on: bool) -> None:
        """Begin or end one thing that the attacker does to the wires between the two."""
        if name not in attack.SWITCHES:
            raise LabError(f"{name!r} is no switch; there are {', '.join(attack.SWITCHES)}")
        self._on = [key for key in attack.SWITCHES if (on if key == name else key in self._on)]
        wires = self._held().wire(self._client, self._server)
        wires.clear()
        acts = {"strip": wires.strip, "substitute": wires.substitute, "lose": wires.drop}
        for key in self._on:
            acts[key]()
        self.data = self._data()

    def deliver(self) -> None:
        """The client's own delivery of Alice's letter, as `lab.send` does it."""
        lab = self._held()
        before = len(lab.conversations())
        delivery = lab.send(labmail.cake, self._to, at=self._client)
        spoke = [each for each in lab.conversations()[before:] if each.wire.client == self._client and each.lines]
        self._sent = delivery, spoke[-1] if spoke else None
        self.data = self._data()

    # ---- what comes of them

    def _data(self) -> Data:
        return attack.attack(self._client, self._server, self._on, self._sent, self._code())

    def _code(self) -> str:
        """What comes to the same: the switches as they are, and a letter."""
        ends = f"{json.dumps(self._client)}, {json.dumps(self._server)}"
        acts = [f"lab.wire({ends}).{attack.SWITCHES[key][1]}" for key in self._on]
        send = f"lab.send(cake, {json.dumps(self._to)}, at={json.dumps(self._client)})"
        return "\n".join(["from labmail import cake, widgets", "", *acts, send, f"widgets.Attacker(lab, {ends})"])

    def __repr__(self) -> str:
        views = [two_views.text(self.data["views"])] if self.data["views"] else []
        return "\n\n".join([attack.text(self.data), *views])

    def _static_html(self) -> str:
        drawn = static_table(attack.rows(self.data), head=attack.HEAD, caption=attack.text(self.data))
        views = self.data["views"]
        return (
            drawn + static_table(two_views.table(views), head=two_views.HEAD, caption=views["says"]) if views else drawn
        )
