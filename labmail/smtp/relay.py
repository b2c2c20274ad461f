"""The ways to another domain that an address can hide, as an open relay follows them. RFC 5321 section 3.6.1.

In the first days mail found its way by such addresses; then senders of spam did. Today they are tried on a server, to
see whether it can be made to relay.
"""

from __future__ import annotations

from collections.abc import Callable

from labmail.smtp.paths import mailbox
from labmail.smtp.transaction import Where

__all__ = ["hidden_target"]

STEPS_MAX = 10  # ours: an address can name many hosts on its way


def hidden_target(address: str, whose: Callable[[str], Where]) -> str:
    """Where it leads in the end: `bob%example.com@here` and `example.com!bob@here` to bob@example.com."""
    for _ in range(STEPS_MAX):
        if whose(address) is not Where.UNKNOWN:  # a mailbox of ours, or another domain already
            return address
        local = mailbox(address).rpartition("@")[0]
        if "@" in local:  # "bob@example.com"@here
            address = local
        elif "%" in local:
            user, _, domain = local.rpartition("%")
            address = f"{user}@{domain}"
        elif "!" in local:
            domain, _, user = local.partition("!")
            address = f"{user}@{domain}"
        else:
            return address
    return address
