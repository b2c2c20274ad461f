"""All wires from one host to another, as a learner holds them: now, and those to come."""

from __future__ import annotations

from dataclasses import replace

from labmail.errors import LabError, cited
from labmail.net.forging import lie
from labmail.net.gate import Weather
from labmail.net.internet import Net
from labmail.net.seal import check_kind

__all__ = ["Wires"]

ATTACKER = "mallory.example"
DNS_PORT = 53  # RFC 1035 section 4.2
QUIET_MAX_S = 2.0  # real seconds


class Wires:
    """`lab.wire(client, server)`. What it does to the octets holds until `clear()`, on new connections too."""

    def __init__(self, net: Net, client: str, server: str) -> None:
        for name in (client, server):
            net.address_of(name)
        self._net, self.client, self.server = net, client, server

    def hold(self) -> None:
        """Keep what the server says until it is released."""
        self._change(hold=True)

    def release(self, count: int | None = None) -> int:
        """Let that many held lines go, or all. The result is how many went."""
        return self._net.call(
            lambda: sum(tap.outward.release(count) for tap in self._net.taps_between(self.client, self.server))
        )

    def delay(self, seconds: float) -> None:
        """Let everything, in both directions, take that much lab time."""
        if not isinstance(seconds, int | float):
            raise LabError(f"a delay is a number of seconds, and not {cited(seconds)}")
        if seconds < 0:
            raise LabError(f"a wire cannot be faster than at once: {seconds:g} s is less than 0")
        self._change(delay_s=seconds, both=True)

    def drop(self) -> None:
        """Lose everything, in both directions, until TCP gives up."""
        self._change(drop=True, both=True)

    def strip(self, *, by: str = ATTACKER) -> None:
        """Make STARTTLS unreadable, in both directions, as long as the dialog is in the clear."""
        self._net.address_of(by)
        self._change(strip=True, attacker=by, both=True)

    def substitute(self, certificate: str = "unknown CA", *, by: str = ATTACKER) -> None:
        """Show the client another certificate than the server's, of that kind, and read what it then says."""
        check_kind(certificate)
        self._net.address_of(by)
        self._change(certificate=certificate, attacker=by)

    def forge(self, name: str, type: str, data: str, *, by: str = ATTACKER) -> None:
        """Answer that question in the name server's place: `forge("example.com", "MX", "10 mallory.example")`.

        The client asks again only when what it remembers has run out: `lab.resolver.flush()` is quicker.
        """
        self._net.address_of(by)
        wanted = lie(name, type, data)
        place = self._net.address_of(self.server), DNS_PORT, "udp"
        if place not in self._net.services:
            raise LabError(f"{self.server} answers no questions of DNS; who does: {self._name_servers()}")
        kept = [each for each in self._weather[1].lies if (each.name, each.type) != (wanted.name, wanted.type)]
        self._change(lies=(*kept, wanted), attacker=by)

    def _name_servers(self) -> str:
        return ", ".join(
            host for host, address in self._net.hosts.items() if (address, DNS_PORT, "udp") in self._net.services
        )

    @property
    def _weather(self) -> tuple[Weather, Weather]:
        return self._net.weather_between(self.client, self.server)

    def cut(self) -> None:
        """End the connections that stand now."""

        def cut() -> None:
            for tap in self._net.taps_between(self.client, self.server):
                tap.abort()

        self._net.call(cut)

    def clear(self) -> None:
        """Fair weather again; what was held goes on."""
        self._net.call(self._net.set_weather, self.client, self.server, Weather(), Weather())

    def _change(self, *, both: bool = False, **what: object) -> None:
        def change() -> None:
            there, back = self._weather
            back = replace(back, **what)  # type: ignore[arg-type]
            there = replace(there, **what) if both else there  # type: ignore[arg-type]
            self._net.set_weather(self.client, self.server, there, back)

        self._net.settle(QUIET_MAX_S)  # what came before happens in the old weather
        self._net.call(change)

    def __repr__(self) -> str:
        there, back = self._weather
        words = {
            "fair": there == back == Weather(),
            "held": back.hold,
            "losing everything": back.drop,
            f"{back.delay_s:g} s slow": bool(back.delay_s),
            f"stripped of STARTTLS by {back.attacker}": back.strip,
            f"with a certificate of {back.attacker} ({back.certificate})": bool(back.certificate),
            f"with answers of {back.attacker} ({', '.join(map(str, back.lies))})": bool(back.lies),
        }
        said = [word for word, holds in words.items() if holds]
        return f"wires from {self.client} to {self.server}: {', '.join(said)}"
