"""The submitting client: a mail program hands a letter to its own provider's server, which sends it on. RFC 6409.

On port 587 it asks for TLS and goes no further without it, checks whose certificate that is, and only then gives name
and password: RFC 8314 section 3.3, RFC 4954 section 4.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from labmail.net import Net
from labmail.smtp.client import Dialog, HungUp, NoReply
from labmail.smtp.talk import CONNECT_S, GREETING_S, Secure, Talk, TlsFailed
from labmail.smtp.text import as_octets
from labmail.smtp.words import Reply
from labmail.tls.faults import named

__all__ = ["PORT", "Handed", "Taken", "submit"]

PORT = 587  # RFC 6409 section 3.1
AUTH_S = 300  # ours, lab seconds: as for any other command


@dataclass(frozen=True, kw_only=True)
class Taken:
    """Whether the server took the letter for one recipient, and its words, or why there are none."""

    recipient: str
    taken: bool
    why: str

    def __str__(self) -> str:
        return f"{self.recipient}: {'taken' if self.taken else 'not taken'}: {self.why}"


@dataclass(frozen=True, kw_only=True, repr=False)
class Handed:
    """What came of a letter that was handed in. What was taken is on its way, and not yet there."""

    server: str
    port: int
    results: tuple[Taken, ...]

    @classmethod
    def failed(cls, server: str, recipients: Sequence[str], why: str) -> Handed:
        results = tuple(Taken(recipient=recipient, taken=False, why=why) for recipient in recipients)
        return cls(server=server, port=PORT, results=results)

    @property
    def taken(self) -> tuple[str, ...]:
        return tuple(each.recipient for each in self.results if each.taken)

    def __repr__(self) -> str:
        return "\n".join([f"handed in at {self.server}, port {self.port}", *map(str, self.results)])


async def submit(
    net: Net,
    host: str,
    server: tuple[str, str],
    message: str | bytes,
    recipients: Sequence[str],
    *,
    user: str,
    password: str,
    secure: Secure,
) -> Handed:
    """From `host` to the server of that name and address. `user` is the address of the account that writes."""
    name, address = server
    talk = _Handing(as_octets(message), user, host, list(recipients), name, secure, password)
    why = ""
    try:
        reader, writer = await net.open(host, address, PORT, timeout_s=CONNECT_S)
        dialog = Dialog(net, reader, writer, name)
        try:
            await talk.hand_over(dialog)
        finally:
            dialog.close()
    except TimeoutError:
        why = f"{name} did not answer within {CONNECT_S} s"
    except (HungUp, NoReply) as fault:
        why = f"{fault}, at {talk.at}"
    except TlsFailed as failed:
        why = _without_tls(name, failed.fault)
    except OSError:
        why = f"{name} refused the connection"
    results = [
        Taken(recipient=one, taken=reply is not None and reply.success, why=repr(reply) if reply else why)
        for one, reply in talk.verdicts.items()
    ]
    return Handed(server=name, port=PORT, results=tuple(results))


def _without_tls(server: str, fault: OSError | Reply) -> str:
    if isinstance(fault, Reply):
        return f"{server} began no TLS and said {fault!r}; no password is given in the clear"
    bad = named(fault)
    if bad is None:
        return f"there is no TLS with {server}, and no password is given in the clear"
    return f"{server} could not be trusted: {bad}"


class _Handing(Talk):
    """Unlike the dialog of one server with another: TLS must be, and a password is given."""

    def __init__(
        self,
        octets: bytes,
        user: str,
        helo: str,
        recipients: list[str],
        server: str,
        secure: Secure,
        password: str,
    ) -> None:
        super().__init__(octets, user, helo, recipients, server, secure)
        self._tls, self._password = secure, password

    async def _speak(self, dialog: Dialog) -> Reply:
        greeting = await dialog.reply(GREETING_S)
        if greeting.code != 220:
            return self._all(greeting)
        hello, offers = await self._greet(dialog)
        if hello.success:
            if not offers.get("STARTTLS"):
                raise TlsFailed(OSError("it is not offered"))
            hello, offers = await self._start_tls(dialog, await self._tls())
        if not hello.success:
            return self._all(hello)
        self.at = "AUTH"
        known = await dialog.say(f"AUTH PLAIN {self._response()}", AUTH_S)
        return await self._envelope(dialog, offers) if known.success else self._all(known)

    def _response(self) -> str:
        """NUL, name, NUL, password, in base64: RFC 4616 section 2"""
        return base64.b64encode(f"\0{self._mail_from}\0{self._password}".encode()).decode()
