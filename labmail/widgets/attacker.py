"""Somebody on the wire, and their switches: what they do to the next letter is seen from both sides, live. RFC 3207."""

from __future__ import annotations

from typing import Any

import labmail
from labmail.errors import LabError
from labmail.views import attack, two_views
from labmail.widgets.face import Face, Held, script, static_table

__all__ = ["Attacker"]

Data = dict[str, Any]
ALICE, BOB = "alice@example.net", "bob@example.com"


class Attacker(Face):
    """`Attacker(lab, "mail.example.net", "mx1.example.com")`; `to` is who gets the letter.

    With a client at home, as laptop.example.net, it has the provider's filter as well, and the ways around it.
    """

    _esm = script("parts.js", "sides.js", "attacker.js")

    def __init__(
        self, lab: Any, client: str = "mail.example.net", server: str = "mx1.example.com", *, to: str = BOB
    ) -> None:
        self._held, self._client, self._server, self._to = Held(lab), client, server, to
        lab.wire(client, server)  # both are hosts of this lab
        self._relays = bool(lab.host(attack.ATTACKER).open_relay)  # before any switch
        self._on = ["filter"] if attack.FILTERED in self._scene().filters else []
        self._way = "direct"
        self._sent: attack.Sent | None = None
        super().__init__(self._data(), switch=self.switch, way=self.way, deliver=self.deliver)

    # ---- acts

    def switch(self, name: str, on: bool) -> None:
        """Begin or end one thing that happens to the letters between the two."""
        known = self._scene().switches
        if name not in known:
            raise LabError(f"{name!r} is no switch; there are {', '.join(known)}")
        self._on = [key for key in known if (on if key == name else key in self._on)]
        self._filter() if name == "filter" else self._attack()
        self.data = self._data()

    def way(self, name: str) -> None:
        """By which way the next letter goes."""
        known = self._scene().ways
        if name not in known:
            raise LabError(f"{name!r} is no way from {self._client}; there are {', '.join(known)}")
        self._way = name
        self.data = self._data()

    def deliver(self) -> None:
        """Alice's letter, as `lab.send` or `lab.submit` takes it there."""
        lab = self._held()
        before = len(lab.conversations())
        client = attack.RENTED if self._way == "rented" else self._client
        submits = self._way == "submission"
        letter = (lab.submit if submits else lab.send)(labmail.cake, self._to, at=client)
        spoke = [each for each in lab.conversations()[before:] if each.wire.client == client and each.lines]
        self._sent = attack.Sent(letter=letter, conversation=spoke[-1] if spoke else None, on=frozenset(self._on))
        self.data = self._data()

    # ---- what they do to the lab

    def _attack(self) -> None:
        lab = self._held()
        wires = lab.wire(self._client, self._server)
        asking = lab.wire(self._client, lab.world.name_server)
        for each in (wires, asking):
            each.clear()
        lab.host(attack.ATTACKER).open_relay = self._relays or "forge" in self._on

        def forge() -> None:
            asking.forge(self._to.rpartition("@")[2], "MX", f"10 {attack.ATTACKER}")
            with lab.at(self._client):
                lab.resolver.flush()

        acts = {"strip": wires.strip, "substitute": wires.substitute, "lose": wires.drop, "forge": forge}
        for key in self._on:
            if key in acts:
                acts[key]()

    def _filter(self) -> None:
        isp = self._held().isp(self._client)
        others = {port for port in isp.filters if port != attack.FILTERED}
        isp.filters = others | ({attack.FILTERED} if "filter" in self._on else set())

    # ---- what comes of them

    def _scene(self) -> attack.Scene:
        lab = self._held()
        isps = [lab.isp(name) for name in lab.world.isps]
        home = next((isp for isp in isps if self._client in isp.customers), None)
        writers = [name for name, each in lab.world.providers.items() if ALICE in each.mailboxes]
        hosts = lab.world.hosts.items()
        takes = [name for name, host in hosts if host.provider in writers and "submission" in host.services]
        return attack.Scene(
            client=self._client,
            server=self._server,
            to=self._to,
            names=lab.world.name_server,
            provider=takes[0] if takes else "",
            home=home is not None,
            filters=home.filters if home else (),
        )

    def _data(self) -> Data:
        return attack.attack(self._scene(), self._on, self._way, self._sent)

    def __repr__(self) -> str:
        views = [two_views.text(self.data["views"])] if self.data["views"] else []
        return "\n\n".join([attack.text(self.data), *views])

    def _static_html(self) -> str:
        drawn = static_table(attack.rows(self.data), head=attack.HEAD, caption=attack.text(self.data))
        views = self.data["views"]
        return (
            drawn + static_table(two_views.table(views), head=two_views.HEAD, caption=views["says"]) if views else drawn
        )
