"""What domains publish by HTTPS: the policy of MTA-STS at https://mta-sts.DOMAIN/.well-known/mta-sts.txt. RFC 8461.

A world says it in a table, `[policy."example.com"]`: which host serves it, and its text. What is wrong with the text is
the business of whoever fetches it.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass

from labmail.sts.finding import policy_host
from labmail.world.overlay import Overlay

__all__ = ["PolicyData", "read_published", "served_by"]

KEYS = ("host", "text")
SERVICE = "https"


@dataclass(frozen=True, kw_only=True)
class PolicyData:
    """One domain's. An empty text is no file: who asks for it hears 404."""

    domain: str
    host: str
    text: str = ""


def read_published(file: Overlay, domain: str, data: object, hosts: Mapping[str, Container[str]]) -> PolicyData:
    """`hosts`: each host of the world, and the services it offers."""
    table, found = file.table("policy", domain, data, KEYS)
    host, text = found.get("host"), found.get("text", "")
    if not isinstance(host, str) or host not in hosts:
        file.fault("host", f"the policy of {domain} needs a host of this world that serves it, not {host!r}", table)
    if SERVICE not in hosts[host]:
        file.fault("host", f"{host} offers no {SERVICE}, so it cannot serve the policy of {domain}", table)
    if not isinstance(text, str):
        file.fault("text", f"the text of {domain}’s policy stands in quotes, three of them for several lines", table)
    return PolicyData(domain=domain, host=host, text=text)


def served_by(host: str, published: Mapping[str, PolicyData]) -> tuple[str, ...]:
    """The names that its certificate needs beside the host's own."""
    return tuple(policy_host(each.domain) for each in published.values() if each.host == host)
