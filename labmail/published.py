"""What domains publish by HTTPS: the policy of MTA-STS at https://mta-sts.DOMAIN/.well-known/mta-sts.txt. RFC 8461.

A world says it in a table, `[policy."example.com"]`: which host serves it, and its text. `lab.policy("example.com")` is
the same file while the lab runs, to read and to edit; what is wrong with it is the business of whoever fetches it.
"""

from __future__ import annotations

import difflib
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labmail.errors import LabError, cited, needs_text
from labmail.overlay import Overlay
from labmail.sts import Policy, read_policy
from labmail.sts.finding import TARGET, policy_host

if TYPE_CHECKING:
    from labmail.running import Running

__all__ = ["PolicyData", "PolicyFile", "read_published", "served_by"]

KEYS = ("host", "text")
SERVICE = "https"
QUIET_MAX_S = 2.0  # real seconds that a change waits for what still moves


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


class PolicyFile:
    """A domain's policy as its web server has it now. `text` may be set: the next who asks gets the new."""

    def __init__(self, running: Running, domain: str) -> None:
        needs_text("a domain", domain, "example.com")
        published = running.world.policies
        plain = domain.lower().removesuffix(".")
        if plain not in published:
            near = difflib.get_close_matches(plain, published, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(published) or 'none'}"
            raise LabError(f"{cited(domain)} publishes no policy of MTA-STS in this world; {hint}")
        self._running, self._data = running, published[plain]

    @property
    def domain(self) -> str:
        return self._data.domain

    @property
    def host(self) -> str:
        """Which host serves it."""
        return self._data.host

    @property
    def url(self) -> str:
        return f"https://{policy_host(self.domain)}{TARGET}"

    @property
    def text(self) -> str:
        return self._running.policies[self.domain]

    @text.setter
    def text(self, text: str) -> None:
        if not isinstance(text, str):
            raise LabError(f"the policy of {self.domain} is a text with a line for each field, not {text!r}")
        self._running.net.settle(QUIET_MAX_S)  # who asked before gets the old one
        self._running.net.call(self._running.policies.__setitem__, self.domain, text)

    @property
    def read(self) -> Policy:
        """The text as a sender understands it."""
        return read_policy(self.text)

    def __repr__(self) -> str:
        return "\n".join([f"{self.url}, served by {self.host}", *self.text.splitlines()])
