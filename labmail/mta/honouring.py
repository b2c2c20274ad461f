"""How a sending host honours MTA-STS: whom it asks for a policy, what it remembers, whom it believes. RFC 8461."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labmail.errors import LabError
from labmail.http.fetch import fetch
from labmail.smtp.deliver import Strict
from labmail.sts.finding import POLICY_MAX_OCTETS, POLICY_MAX_S, TARGET, Finder, policy_host

if TYPE_CHECKING:
    from labmail.lab.running import Running

__all__ = ["honouring"]


def honouring(running: Running, host: str) -> Strict:
    """What `deliver` needs for it. It remembers policies until the next reset."""
    return Strict(finder=_finder(running, host), secure=running.trusting())


def _finder(running: Running, host: str) -> Finder:
    net = running.net

    async def look(name: str) -> list[str]:
        resolver = running.resolvers[host]
        answer = await net.in_thread(lambda: resolver.lookup(name, "TXT"), f"{host} looks up {name}")
        if answer.rcode not in ("NOERROR", "NXDOMAIN"):
            raise LabError(f"no name server could say ({answer.rcode})")
        return [text.decode("latin-1") for text in answer.texts]

    async def fetched(domain: str) -> tuple[str, bytes]:
        name, resolver = policy_host(domain), running.resolvers[host]
        answer = await net.in_thread(lambda: resolver.lookup(name, "A"), f"{host} looks up {name}")
        if not answer.records:
            raise LabError(f"{name} has no address")
        context = await running.trusting()()
        place = name, answer.records[0]
        file = await fetch(net, host, place, TARGET, context, most=POLICY_MAX_OCTETS, timeout_s=POLICY_MAX_S)
        return file.type, file.content

    return Finder(look, fetched, lambda: net.agenda.now, lambda event: net.note(event, by=host))
