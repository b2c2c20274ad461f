"""The policy of MTA-STS that a domain publishes, as a learner holds it while the lab runs. RFC 8461.

It is the file that `labmail.world.published` read, and can be edited; what is wrong with it is the business of whoever
fetches it.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from labmail.errors import LabError, cited, needs_text
from labmail.lab.host import QUIET_MAX_S
from labmail.sts import Policy, read_policy
from labmail.sts.finding import TARGET, policy_host

if TYPE_CHECKING:
    from labmail.lab.running import Running

__all__ = ["PolicyFile"]


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
