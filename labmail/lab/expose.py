"""Exposed on purpose: a free loopback port for each service, so that programs from outside reach the lab."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from labmail.errors import LabError
from labmail.net import Net, Service

__all__ = ["Exposed", "domain_of", "expose"]


@dataclass(frozen=True, kw_only=True)
class Exposed:
    """One service, and where a program of this machine finds it. The port stays until the lab stops."""

    domain: str  # the host's own: the zone in which its name stands
    host: str
    protocol: str
    tls: str  # "none", "starttls" or "implicit"
    address: str
    port: int


def expose(net: Net, outsider: str, zones: Iterable[str], tls: Callable[[Service], str]) -> list[Exposed]:
    """Open every service of the lab; whoever comes sits at `outsider`. What a filter keeps from there is left out."""
    net.address_of(outsider)
    if net.memory:
        raise LabError("a lab in memory has no ports to open")
    return net.run(_open(net, outsider, frozenset(zones), tls))


def domain_of(host: str, zones: Iterable[str]) -> str:
    """The nearest zone at or above a host's name."""
    origins = set(zones)
    labels = host.split(".")
    above = (".".join(labels[start:]) for start in range(len(labels)))
    return next((name for name in above if name in origins), host)


async def _open(net: Net, outsider: str, zones: frozenset[str], tls: Callable[[Service], str]) -> list[Exposed]:
    offered = {(place[0], place[1]): service for place, service in net.services.items()}
    found = []
    for target, service in offered.items():
        if (outsider, service.port) in net.filtered:
            continue
        address, port = await net.expose(*target, outsider)
        domain = domain_of(service.host, zones)
        found.append(
            Exposed(
                domain=domain,
                host=service.host,
                protocol=service.name,
                tls=tls(service),
                address=address,
                port=port,
            )
        )
    return found
