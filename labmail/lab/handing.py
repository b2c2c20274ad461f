"""Handing a letter in: which server takes letters from a user, and how it gets them. RFC 6409, RFC 8314.

A mail program does it (`lab.submit`), and so does a webmail.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from labmail.errors import LabError
from labmail.smtp.submit import Handed, submit
from labmail.world import Provider

if TYPE_CHECKING:
    from labmail.lab.running import Running

__all__ = ["hand_in", "host_with"]


def host_with(running: Running, service: str, provider: Provider) -> str:
    """The provider's host that offers it."""
    for name, host in running.world.hosts.items():
        if host.provider == provider.name and service in host.services:
            return name
    raise LabError(f"{provider.name} has no host that offers {service}, which its users would need")


async def hand_in(
    running: Running,
    host: str,
    server: tuple[str, str],
    letter: str | bytes,
    recipients: Sequence[str],
    *,
    user: str,
    password: str,
) -> Handed:
    """From `host` to the server of that name and address, on port 587."""
    secure = running.trusting()
    return await submit(running.net, host, server, letter, recipients, user=user, password=password, secure=secure)
