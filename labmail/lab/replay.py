"""The same letters once more: each from its own host to one server, over real wires, and what became of each.

`usual` finds letters worth sending for a domain: from its own server, from others', from Mallory; with `whole`, one
that was signed, forwarded and sent through a list. A record is published as its owner would: in the zone, and then
the old answers in everybody's cache have to grow old. RFC 1035 section 3.2.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labmail.dkim.letter import octets_of
from labmail.dmarc.walk import targets
from labmail.dns.zones import Zone
from labmail.errors import LabError
from labmail.mta.outgoing import Keys
from labmail.record import Conversation
from labmail.smtp.text import stuff
from labmail.smtp.words import Reply
from labmail.store import Letter
from labmail.world import Provider, World, cake

if TYPE_CHECKING:
    from labmail.lab import Lab

__all__ = ["Replayed", "Sending", "publish", "published", "replay", "usual", "zone_of"]

CACHED_S = 300  # a new record's TTL in the lab, and that of each zone of its worlds
FOOTER = b"-- \r\nbakers mailing list\r\n"


@dataclass(frozen=True, kw_only=True)
class Sending:
    """One letter to be sent, as often as one likes. `story` is the key of what explains its way; "" for a learner's."""

    host: str
    mail_from: str
    message: bytes
    story: str = ""
    label: str = ""  # a learner's own words for it


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """What became of it. `verdict` is what the server's own check came to, `folder` where the letter lies now."""

    sending: Sending
    reply: Reply | None = None  # the one that decided
    folder: str = ""
    verdict: Any = None
    conversation: Conversation | None = None
    fault: str = ""  # why there was no dialog


def replay(lab: Lab, sendings: Iterable[Sending], *, to: str, server: str) -> list[Replayed]:
    """Send them, one after the other."""
    return [_send(lab, sending, to, server) for sending in sendings]


def _send(lab: Lab, sending: Sending, to: str, server: str) -> Replayed:
    try:
        with lab.step(sending.host, server) as step:
            reply = step.say(f"HELO {sending.host}")
            for line in (f"MAIL FROM:<{sending.mail_from}>", f"RCPT TO:<{to}>", "DATA"):
                reply = step.say(line) if reply is not None and reply.success else reply
            if step.state == "text":
                for text in stuff(octets_of(sending.message)).removesuffix(b"\r\n").split(b"\r\n"):
                    reply = step.say(text) or reply
            if step.state != "closed":
                step.say("QUIT")
    except OSError:
        return Replayed(sending=sending, fault=f"{server} does not answer")
    spoken = lab.conversation(sending.host, server)
    values = [event.value for event in spoken.events]
    kept = [value for value in values if isinstance(value, Letter)]
    found = [event.value for event in spoken.events if event.kind == "verdict"]
    return Replayed(
        sending=sending,
        reply=reply,
        folder=kept[-1].folder if kept else "",
        verdict=next((each for each in found if hasattr(each, "dmarc")), found[-1] if found else None),
        conversation=spoken,
    )


# ---- records


def zone_of(lab: Lab, domain: str) -> tuple[Zone, str]:
    """The zone that a name lies in, and the zone's own name."""
    zones = list(lab.zones)
    origin = next((name for name in targets(domain.removesuffix(".").lower()) if name in zones), None)
    if origin is None:
        raise LabError(f"{domain} lies in no zone of this lab: its zones are {', '.join(zones)}")
    return lab.zone(origin), origin


def published(lab: Lab, domain: str) -> list[str]:
    """The texts of a name."""
    zone, _ = zone_of(lab, domain)
    return zone[f"{domain}.", "TXT"]


def publish(lab: Lab, domain: str, texts: Sequence[str]) -> None:
    """Put these in their place, and let the old answers grow old: unless nothing is new."""
    zone, _ = zone_of(lab, domain)
    if zone[f"{domain}.", "TXT"] != list(texts):
        zone[f"{domain}.", "TXT"] = list(texts)
        lab.clock.advance(seconds=CACHED_S)


# ---- letters


def usual(lab: Lab, domain: str, server: str, *, whole: bool) -> list[Sending]:
    """What is worth sending for that domain. Without `whole`, the same letter from each provider's host."""
    world = lab.world
    own = next((each for each in world.providers.values() if domain in each.domains), None)
    sender = next((box for box in (own.mailboxes if own else ()) if box.endswith(f"@{domain}")), f"postmaster@{domain}")
    message = octets_of(cake.replace("alice@example.net", sender).replace("Alice", sender.partition("@")[0].title()))
    if not whole:
        hosts = _hosts(world, own, server)
        return [Sending(host=host, mail_from=sender, message=message) for host in hosts]
    return list(_stories(world, own, sender, message, server, lab.clock.now))


def _hosts(world: World, own: Provider | None, server: str) -> Iterator[str]:
    """A host for each provider but the server's: the domain's own first."""
    taken = world.hosts[server].provider if server in world.hosts else None
    order = sorted(world.providers, key=lambda name: own is None or name != own.name)
    for name in order:
        hosts = [host.name for host in world.hosts.values() if host.provider == name and "smtp" in host.services]
        if hosts and name != taken:
            yield hosts[0]


def _stories(
    world: World, own: Provider | None, sender: str, message: bytes, server: str, now: Any
) -> Iterator[Sending]:
    domain = sender.partition("@")[2]
    signed = _signed(own, domain, message, now)
    hosts = list(_hosts(world, own, server))
    if own is not None and hosts:
        yield Sending(host=hosts[0], mail_from=sender, message=signed, story="own")
    if "mx.alumni.example" in world.hosts and hosts[0] != "mx.alumni.example":
        yield Sending(host="mx.alumni.example", mail_from=sender, message=signed, story="forwarded")
        listed = b"List-Id: <bakers.alumni.example>\r\n" + signed + FOOTER
        bounces = "bakers-bounces@alumni.example"
        yield Sending(host="list.alumni.example", mail_from=bounces, message=listed, story="list")
    if "mallory.example" in world.hosts and domain != "mallory.example":
        spoof = "mallory@mallory.example"
        yield Sending(host="mallory.example", mail_from=spoof, message=message, story="spoof")


def _signed(own: Provider | None, domain: str, message: bytes, now: Any) -> bytes:
    """As the domain's own server sends it: signed, if it has a key."""
    return Keys(own).sign(message, domain, now).field + message if own is not None else message
