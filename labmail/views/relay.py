"""Who may relay: the cases worth asking about, and what a server really answered to each. RFC 5321 section 7.9.

A case is asked by a dialog, as far as RCPT; no letter is sent. `cases(world, server)` finds them in a world's data,
`row(case, conversation)` reads the answer off the dialog that took place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from labmail.errors import LabError
from labmail.record import Conversation
from labmail.smtp.words import Reply
from labmail.tls.authority import client_context
from labmail.tls.faults import named
from labmail.views.line import Line, meaning
from labmail.views.reading import lines

__all__ = ["HEAD", "Case", "cases", "client_context", "relay", "row", "silent", "table", "text"]

HEAD = ["who", "from", "port", "MAIL FROM", "RCPT TO", "the server’s answer", "so"]
STRANGERS = ("mallory.example", "outside.example")
SPAM = "spam@mallory.example"
RELAY, SUBMISSION = 25, 587  # RFC 5321 section 4.5.4.2, RFC 6409 section 3.1


@dataclass(frozen=True, kw_only=True)
class Case:
    """One question to a server: may this client, as this sender, write to that recipient?"""

    key: str  # what explains it
    who: str
    client: str
    server: str
    port: int
    sender: str
    recipient: str
    login: tuple[str, str] | None = None  # name and password
    known: bool = False  # whether it should be let through to others
    own: bool = False  # the recipient is the server's own

    @property
    def sealed(self) -> bool:
        return self.port == SUBMISSION

    @property
    def code(self) -> str:
        return f'lab.step("{self.client}", "{self.server}", {self.port})'


def cases(world: Any, server: str, trusted: Iterable[str]) -> list[Case]:
    """Those of one server, and those of the submission server of the same provider."""
    host = world.hosts.get(server)
    provider = world.providers.get(host.provider) if host is not None else None
    if provider is None or not provider.mailboxes or not {"smtp", "submission"} & set(host.services):
        able = [name for name, each in world.hosts.items() if {"smtp", "submission"} & set(each.services)]
        raise LabError(f"{server} takes no letters from anybody; there are {', '.join(able)}")
    own = provider.mailboxes[0]
    others = [box for each in world.providers.values() if each is not provider for box in each.mailboxes]
    found = list(_of_strangers(world, server, own, others[0])) if "smtp" in host.services else []
    if "smtp" in host.services:
        found += _of_neighbours(world, server, own, others[0], trusted)
    if desk := _desk(world, host):
        found += _of_users(world, desk, own, others[0], provider.passwords)
    return found


def _of_strangers(world: Any, server: str, own: str, other: str) -> Iterator[Case]:
    client = next(name for name in STRANGERS if name in world.hosts and name != server)
    here, there = own.rpartition("@")[2], other.replace("@", "%")
    base: dict[str, Any] = {"client": client, "server": server, "port": RELAY}
    yield Case(key="own", who="a stranger", sender=SPAM, recipient=own, own=True, **base)
    yield Case(key="stranger", who="a stranger", sender=SPAM, recipient=other, **base)
    yield Case(key="pretender", who="a stranger who says it is a user", sender=own, recipient=other, **base)
    yield Case(key="hidden", who="a stranger with a hidden way", sender=SPAM, recipient=f"{there}@{here}", **base)


def _of_neighbours(world: Any, server: str, own: str, other: str, trusted: Iterable[str]) -> Iterator[Case]:
    networks = [IPv4Network(each) for each in trusted]
    for name, host in world.hosts.items():
        if any(IPv4Address(host.address) in network for network in networks):
            base: dict[str, Any] = {"client": name, "server": server, "port": RELAY}
            yield Case(
                key="trusted", who="a host of a trusted network", sender=own, recipient=other, known=True, **base
            )
            return


def _of_users(world: Any, desk: str, own: str, other: str, passwords: Any) -> Iterator[Case]:
    domain = own.rpartition("@")[2]
    devices = [name for name, host in world.hosts.items() if not host.services and name.endswith(f".{domain}")]
    base: dict[str, Any] = {"client": (devices or [STRANGERS[1]])[0], "server": desk, "port": SUBMISSION}
    yield Case(key="anonymous", who="a user who has not logged in", sender=own, recipient=other, **base)
    if own in passwords:
        login = own, passwords[own]
        yield Case(
            key="user", who="a user who has logged in", sender=own, recipient=other, login=login, known=True, **base
        )
        yield Case(key="borrowed", who="a user, as somebody else", sender=other, recipient=other, login=login, **base)


def _desk(world: Any, host: Any) -> str:
    """Where the users of the same provider hand their letters in."""
    if "submission" in host.services:
        return str(host.name)
    same = (name for name, each in world.hosts.items() if each.provider == host.provider)
    return next((name for name in same if "submission" in world.hosts[name].services), "")


# ---- what came of it


def row(case: Case, conversation: Conversation) -> Line:
    """The answer that decided: the first no, or that to RCPT."""
    told = lines(conversation.wire.protocol, conversation.events)
    replies = [event.value for event in conversation.events if isinstance(event.value, Reply)]
    decided = next((reply for reply in replies if not reply.success), None)
    accepted = [reply for reply in replies if reply.enhanced == "2.1.5" or reply.lines[:1] == ("Accepted",)]
    reply = decided or (accepted or replies)[-1]
    return _told(case, str(reply).split("\n")[0], str(reply.code), reply.success) | {
        "lines": [{key: line[key] for key in ("by", "text", "end", "code")} for line in told],
    }


def silent(case: Case, fault: OSError) -> Line:
    """It came to no answer."""
    why = str(named(fault) or f"nobody answers on port {case.port}")
    told = _told(case, why, "", success=False)
    return told | {"is": "error", "word": "no answer", "lines": []}


def _told(case: Case, answer: str, code: str, success: bool) -> Line:
    kind, word = _judged(case, success)
    return {
        "key": case.key,
        "who": case.who,
        "client": case.client,
        "server": case.server,
        "port": case.port,
        "sealed": case.sealed,
        "sender": case.sender,
        "recipient": case.recipient,
        "answer": answer,
        "code": code,
        "is": kind,
        "word": word,
        **meaning(("relay.case", case.key if kind != "fail" else "open")),
    }


def _judged(case: Case, success: bool) -> tuple[str, str]:
    if case.own:
        return ("pass", "taken in") if success else ("neutral", "not taken in")
    if not success:
        return "neutral", "may not"
    return ("pass", "may relay") if case.known else ("fail", "an open relay")


def relay(server: str, rows: list[Line], *, is_open: bool) -> dict[str, Any]:
    """All that the table shows."""
    return {
        "title": "Who may relay?",
        "about": f"{server}: each row is a dialog that took place, as far as RCPT. No letter was sent.",
        "server": server,
        "rows": rows,
        "open": is_open,
        "code": f'from labmail import widgets\n\nlab.host("{server}").open_relay = {is_open}\n'
        f'widgets.Relay(lab, "{server}")',
        **meaning(("relay.state", "open" if is_open else "closed")),
    }


def table(data: dict[str, Any]) -> list[list[str]]:
    names = ("who", "client", "port", "sender", "recipient", "answer", "word")
    return [[str(line[name]) for name in names] for line in data["rows"]]


def text(data: dict[str, Any]) -> str:
    rows = [HEAD, *table(data)]
    widths = [max(len(line[column]) for line in rows) for column in range(len(HEAD))]
    told = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in rows]
    return "\n".join([f"{data['title']} {data['says']}", data["about"], *told])
