"""A home Internet provider of a running lab, as a learner holds it: whom it connects, and what it lets nobody reach.

Most let no customer out to port 25: what leaves a home for there is the spam of machines that are no longer their
owner's. Letters go by a mail server of the writer's own, over port 587 or 465 (RFC 6409, RFC 8314).
"""

from __future__ import annotations

from collections.abc import Iterable

from labmail.errors import LabError, cited
from labmail.lab.running import QUIET_MAX_S
from labmail.net import Net
from labmail.world import Isp, World

__all__ = ["HomeProvider", "home_provider"]


class HomeProvider:
    """`filters` can be set; a reset gives back the world's own."""

    def __init__(self, net: Net, data: Isp, customers: tuple[str, ...]) -> None:
        self._net, self.name, self.about, self.customers = net, data.name, data.about, customers

    @property
    def filters(self) -> tuple[int, ...]:
        """The ports of other people's hosts that its customers cannot reach."""
        return tuple(sorted({port for host, port in self._net.filtered if host in self.customers}))

    @filters.setter
    def filters(self, ports: Iterable[int]) -> None:
        wanted = [ports] if isinstance(ports, int) else list(ports) if isinstance(ports, Iterable) else [ports]
        if not all(isinstance(port, int) and 0 < port < 65536 for port in wanted):
            raise LabError(f"filters of {self.name} is a list of ports, such as [25], not {ports!r}")
        self._net.settle(QUIET_MAX_S)  # what came before goes the way it could
        self._net.call(self._filter, wanted)

    def _filter(self, ports: list[int]) -> None:
        others = {(host, port) for host, port in self._net.filtered if host not in self.customers}
        self._net.filtered = others | {(host, port) for host in self.customers for port in ports}

    def __repr__(self) -> str:
        ports = ", ".join(map(str, self.filters))
        lets = f"lets nobody out to port {ports}" if ports else "lets everybody out to every port"
        return f"{self.name}: {lets}; its customers are {', '.join(self.customers) or 'no hosts'}"


def home_provider(net: Net, world: World, name: str) -> HomeProvider:
    """By its own name, or by that of a customer's host."""
    for data in world.isps.values():
        customers = tuple(host.name for host in world.hosts.values() if data.holds(host.address))
        if name == data.name or name in customers:
            return HomeProvider(net, data, customers)
    raise LabError(
        f"{cited(name)} is no home provider, and no customer of one; there are {', '.join(world.isps) or 'none'}"
    )
