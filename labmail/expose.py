"""Exposed on purpose: a free loopback port for each service, so that programs from outside reach the lab."""

from __future__ import annotations

from dataclasses import dataclass

from labmail.errors import LabError
from labmail.net import Net

__all__ = ["Exposed", "expose"]


@dataclass(frozen=True, kw_only=True)
class Exposed:
    """One service, and where a program of this machine finds it. The port stays until the lab stops."""

    domain: str
    host: str
    protocol: str
    tls: str  # "none": there is no TLS in the lab yet
    address: str
    port: int


def expose(net: Net, outsider: str) -> list[Exposed]:
    """Open every service of the lab; whoever comes sits at `outsider`."""
    net.address_of(outsider)
    if net.memory:
        raise LabError("a lab in memory has no ports to open")
    return net.run(_open(net, outsider))


async def _open(net: Net, outsider: str) -> list[Exposed]:
    offered = {(place[0], place[1]): service for place, service in net.services.items()}
    found = []
    for target, service in offered.items():
        address, port = await net.expose(*target, outsider)
        domain = service.host.partition(".")[2]
        found.append(
            Exposed(domain=domain, host=service.host, protocol=service.protocol, tls="none", address=address, port=port)
        )
    return found
