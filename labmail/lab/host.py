"""One host of a running lab, as a learner holds it: stop it, start it, read and change its settings."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from labmail.errors import LabError
from labmail.net import Service
from labmail.record import Event
from labmail.smtp.transaction import Settings
from labmail.world import HostData
from labmail.world.settings import SETTINGS, as_kept, fault

if TYPE_CHECKING:
    from labmail.dkim import Key
    from labmail.lab.running import Running
    from labmail.reports import Reports

__all__ = ["QUIET_MAX_S", "Host", "NoSetting"]

QUIET_MAX_S = 2.0  # real seconds that a change waits for what still moves


class Host:
    """Reset renews what it says, and leaves it in the hand that holds it."""

    _running: Running
    _data: HostData

    def __init__(self, running: Running, data: HostData) -> None:
        object.__setattr__(self, "_running", running)
        object.__setattr__(self, "_data", data)

    @property
    def name(self) -> str:
        return self._data.name

    @property
    def address(self) -> str:
        return self._data.address

    @property
    def up(self) -> bool:
        """Whether it takes connections."""
        return not self._silent()

    def stop(self) -> None:
        """Its servers end: whoever connects is refused, and open connections break."""
        self._running.net.run(self._unplug())

    def start(self) -> None:
        """Its servers take connections again."""
        self._running.net.run(self._plug_in())

    def send_reports(self) -> Reports:
        """Tell the owners of domains at once what was seen of their mail since the last report. RFC 9990

        Else that happens as the lab's day ends. Who asks for reports (`rua` in the DMARC record) gets them by mail, and
        they are in your hand as well.
        """
        if self.name not in self._running.posts:
            raise LabError(f"{self.name} takes no mail, so it has nothing to report")
        return self._running.net.run(self._running.posts[self.name].reporter.send())

    @property
    def signs_for(self) -> dict[str, str]:
        """The domains whose letters it signs, and the selector of each."""
        return self._running.posts[self.name].keys.selectors if self.name in self._running.posts else {}

    def sign_for(self, domain: str, selector: str, key: Key | str | None) -> None:
        """The private key that signs a domain's letters from now on, as PEM or a `dkim.Key`; None takes it away.

        The other half is published at SELECTOR._domainkey.DOMAIN. RFC 6376 section 3.6.2.1
        """
        if self.name not in self._running.posts:
            raise LabError(f"{self.name} is no mail server, so it signs nothing")
        post = self._running.posts[self.name]
        held = post.keys.check(domain, selector, key)
        self._running.net.settle(QUIET_MAX_S)
        self._running.net.call(post.keys.hold, domain, held)

    async def listen(self) -> None:
        await self._running.net.listen(*self._silent())

    async def _unplug(self) -> None:
        net = self._running.net
        if any(self._place(service) in net.services for service in self._running.services(self.name)):
            net.note(Event(kind="stopped", value=self.address), by=self.name)
        await net.unlisten(self.name)

    async def _plug_in(self) -> None:
        changes = bool(self._silent())
        await self.listen()
        if changes:
            self._running.net.note(Event(kind="started", value=self.address), by=self.name)

    def _silent(self) -> list[Service]:
        """What it offers, and does not listen for now."""
        return [s for s in self._running.services(self.name) if self._place(s) not in self._running.net.services]

    def _place(self, service: Service) -> tuple[str, int, str]:
        return self.address, service.port, service.over

    def __getattr__(self, name: str) -> Any:
        return getattr(self._settings(name), name)

    def __setattr__(self, name: str, value: object) -> None:
        settings = self._settings(name)
        if right := fault(name, value):
            raise LabError(f"{name} of {self.name} is {right}, not {value!r}")
        self._running.net.settle(QUIET_MAX_S)  # what came before happens as it was set
        self._running.net.call(setattr, settings, name, as_kept(name, value))

    def _settings(self, name: str) -> Settings:
        settings = self._running.settings.get(self.name)
        if settings is None or name not in SETTINGS:
            known = list(SETTINGS) if settings is not None else []
            close = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]}?" if close else f"it has {', '.join(known) or 'none'}"
            raise NoSetting(f"{self.name} has no setting {name}; {hint}")
        return settings

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(SETTINGS if self.name in self._running.settings else ())]

    def __repr__(self) -> str:
        services = ", ".join(self._data.services) or "no services"
        state = "" if not self._data.services else ", up" if self.up else ", stopped"
        return f"{self.name} [{self.address}]: {services}{state}"


class NoSetting(LabError, AttributeError):
    """A host was asked for a setting that it does not have."""
