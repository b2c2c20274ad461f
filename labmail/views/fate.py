"""What became of the last letter to Bob, told by the events alone: where it was, by which hops, and what was checked.

So it is right for whoever sent it, the button or a line of code. RFC 6409, RFC 5321 section 5.1, RFC 3501.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from labmail import explain
from labmail.record import Event, Wire
from labmail.smtp.deliver import Choice
from labmail.sts.finding import Judged
from labmail.views import checks

__all__ = ["BOX", "DESK", "LAPTOP", "NAMES", "PHONE", "SENDER", "Fate", "Hop", "count", "told"]

LAPTOP, SENDER, NAMES = "laptop.example.net", "mail.example.net", "ns.example"
DESK, PHONE, BOX = "mail.example.com", "phone.example.com", "bob@example.com"
DOMAIN = BOX.rpartition("@")[2]
PLACE = re.compile(r"(\S+) port (\d+)\Z")
SUBMISSION = (465, 587)  # RFC 8314 section 3.3, RFC 6409 section 3.1
DNS, HTTPS = 53, 443
KNOCKED = {"refused": "refused the connection", "timeout": "did not answer"}
UNTRUE = f"failed the policy of {DOMAIN}"  # RFC 8461 section 5
BRIEF = {  # reason -> its part
    "refused the connection": "refused",
    "did not answer": "silent",
    "hung up": "hung-up",
    UNTRUE: "untrue",
}
LETTER_SHOWN = re.compile(rb"GET \S*/message\?")  # of the webmail
LETTER_FETCHED = re.compile(rb"\* \d+ FETCH .*BODY\[\]", re.I)


@dataclass(frozen=True, kw_only=True)
class Hop:
    """How a machine was reached for the letter's sake: in which protocol, and at which event that begins."""

    says: str
    n: int
    lock: bool | None = None  # None: nothing was said yet


class Fate:
    """Hears every event. `letters` are those in Bob's mailbox; `steps` where the letter was, and since which event."""

    def __init__(self) -> None:
        self.letters = 0
        self._begin(0, LAPTOP)
        self._sent = False
        self._question: Hop | None = None  # to the directory, for the letter that goes next
        self._signature: Event | None = None  # and what was done to sign it
        self._publisher = ""  # who was asked for the policy, for the letter that goes next
        self._down: set[str] = set()  # unplugged by now

    def _begin(self, number: int, at: str) -> None:
        """Another letter."""
        self.steps = [(number, at)]
        self.hops: dict[str, Hop] = {}
        self.checks: dict[str, checks.Check] = {}
        self._sent = True
        self._unplugged: set[str] = set()  # those that were so when it was their turn
        self._calls: dict[int, int] = {}  # of the phone: wire -> the event that it begins at
        self._refused = ""  # why the first server did not take it
        self._silent = ""  # a name server that did not answer
        self._published = ""  # who gave the policy of MTA-STS
        self._verb = ""  # what Alice's program said last
        self._relay()

    def _relay(self) -> None:
        """A try of the server that has the letter now."""
        self._servers: list[str] = []  # as they were tried
        self._failed: dict[str, list[str]] = {}  # why they did not take it: reason -> which
        self._reply, self._silent = "", ""  # the yes
        self._settled = self._stored = self._junk = self._over = False

    # ---- events

    def tell(self, event: Event) -> None:
        wire = event.wire
        if event.kind == "written" and event.by == LAPTOP:
            self._begin(event.number, LAPTOP)
        elif event.kind in ("stopped", "started"):
            (self._down.add if event.kind == "stopped" else self._down.discard)(event.by)
        elif event.kind == "stored" and getattr(event.value, "address", None) == BOX:
            self._keep(event)
        elif isinstance(event.value, Choice | Judged):
            if event.by == SENDER and event.value.domain == DOMAIN:
                self._decide(event, event.value)
        elif event.kind in KNOCKED and (place := PLACE.match(str(event.value))):
            self._knocked(event, place[1], int(place[2]))
        elif event.kind in ("signed", "unsigned") and event.by == SENDER:
            self._signature = event
        elif event.kind == "verdict":
            if self._servers[-1:] == [event.by]:
                self.checks |= checks.judged(event)
        elif wire is not None:
            self._on_wire(event, wire)

    def _on_wire(self, event: Event, wire: Wire) -> None:
        ends = wire.client, wire.server
        if wire.protocol == "dns" and event.by == SENDER and getattr(event.value, "type", "") == "MX":
            self._question = self._question or Hop(says="DNS", n=event.number)
        elif wire.protocol == "http" and wire.client == SENDER:
            self._publisher = wire.server
        elif wire.protocol == "smtp" and ends == (LAPTOP, SENDER) and wire.server_port in SUBMISSION:
            if event.kind == "connect" and self._place != LAPTOP:
                self._begin(event.number, LAPTOP)
            self._reach(SENDER, f"SMTP {wire.server_port}", event)
            self._sent = True
            self._handing(event)
        elif wire.protocol == "smtp" and wire.client == SENDER and self._servers[-1:] == [wire.server]:
            self._reach(wire.server, f"SMTP {wire.server_port}", event)
            self._answered(event)
        elif ends == (PHONE, DESK) and self._place in (DESK, PHONE) and wire.protocol in ("imap", "http"):
            self._reading(event, wire)

    def _reach(self, host: str, says: str, event: Event) -> None:
        hop = self.hops.get(host)
        if hop is None or hop.says != says:
            hop = Hop(says=says, n=event.number)
        if event.kind in ("heard", "said"):
            hop = replace(hop, lock=bool(hop.lock or event.sealed))
        self.hops[host] = hop

    def _step(self, event: Event, *hosts: str) -> None:
        self.steps += [(event.number, host) for host in hosts if host != self._place]

    def _keep(self, event: Event) -> None:
        self.letters += 1
        if event.wire is not None and event.wire.client == SENDER:
            self._stored, self._junk = True, getattr(event.value, "folder", "") == "Junk"
            self._step(event, event.by, DESK)

    def _decide(self, event: Event, value: Choice | Judged) -> None:
        """Whom it tries, and whether that one gets the letter."""
        if isinstance(value, Choice):
            self._choose(event, value.server)
        elif value.mode == "enforce" and not value.holds and self._servers[-1:] == [value.server]:
            self._distrust(value.server)

    def _choose(self, event: Event, server: str) -> None:
        if self._over or self._place != SENDER:
            self._begin(event.number, SENDER)  # it was written at the server itself
        elif self._silent or server in self._servers:
            self._relay()
        elif self._servers and not self._settled:
            self._fail(KNOCKED["timeout"])
        if self._question:
            self.hops[NAMES], self._question = self._question, None
        if self._publisher:
            self._published, self._publisher = self._publisher, ""
        if self._signature:
            self.checks |= checks.signed(self._signature)
            self._signature = None
        self._servers.append(server)
        self._settled = False

    def _knocked(self, event: Event, host: str, port: int) -> None:
        if port == DNS and event.by == SENDER:
            if self._over or self._place != SENDER:
                self._begin(event.number, SENDER)
            self._silent = host
        elif port == DNS and event.by == LAPTOP and self._sent and self._place == LAPTOP:
            self._silent = host
        elif event.by == LAPTOP and host == SENDER and port in SUBMISSION:
            if self._place != LAPTOP:
                self._begin(event.number, LAPTOP)
            self._sent, self._refused = True, KNOCKED[event.kind]
            self._unplugged |= self._down & {host}
        elif event.by == SENDER and self._servers[-1:] == [host]:
            self._fail(KNOCKED[event.kind])
            self._unplugged |= self._down & {host}

    def _handing(self, event: Event) -> None:
        """What the first server says to it."""
        if self._place != LAPTOP:
            return
        text = event.octets.decode("utf-8", "replace").rstrip()
        if event.kind == "heard":
            self._verb = getattr(event.value, "verb", "")
        elif event.kind == "close" and not self._refused:
            plain = self._verb == "EHLO" and not self.hops[SENDER].lock
            self._refused = "offered no TLS" if plain else "hung up" if self._verb else KNOCKED["timeout"]
        elif event.kind == "tls" and str(event.value).startswith("no TLS"):
            self._refused = f"showed a certificate that {LAPTOP} refuses"
        elif event.kind == "said" and text[:1] in "45" and text[3:4] != "-":
            self._refused = f"said {text}"
        elif event.kind == "said" and self._verb == "." and text[:1] == "2":
            self._refused = ""
            self._step(event, SENDER)

    def _answered(self, event: Event) -> None:
        """What the last one says to it."""
        if self._settled or event.kind not in ("said", "close"):
            return
        text = event.octets.decode("utf-8", "replace").rstrip()
        if event.kind == "close":
            self._fail(KNOCKED["timeout"] if event.by == SENDER else "hung up")
        elif self._stored and text.startswith("2"):
            self._reply, self._over, self._settled = text, True, True
        elif text[:1] in "45" and text[3:4] != "-":
            self._fail(f"said {text}")
            self._over = text[0] == "5"

    def _reading(self, event: Event, wire: Wire) -> None:
        """Whoever only looks into the mailbox has not read it: the hop is that of the last connection that did."""
        if event.kind == "connect":
            self._calls[wire.number] = event.number
        shown = event.kind == "heard" and LETTER_SHOWN.match(event.octets)
        if shown or (event.kind == "said" and LETTER_FETCHED.match(event.octets)):
            name = "HTTPS" if wire.server_port == HTTPS else wire.protocol.upper()
            begins = event.number if shown else self._calls.get(wire.number, event.number)
            self.hops[PHONE] = Hop(says=f"{name} {wire.server_port}", n=begins, lock=bool(event.sealed))
            self._step(event, PHONE)

    def _distrust(self, server: str) -> None:
        """It gets no letter, whatever was said at the end of the dialog."""
        failed = {why: [each for each in servers if each != server] for why, servers in self._failed.items()}
        self._failed = {why: servers for why, servers in failed.items() if servers}
        self._fail(UNTRUE)

    def _fail(self, reason: str) -> None:
        self._failed.setdefault(reason, []).append(self._servers[-1])
        self._settled = True

    # ---- what is known by now

    @property
    def _place(self) -> str:
        """Where the letter is."""
        return self.steps[-1][1]

    @property
    def delivered(self) -> bool:
        return bool(self._reply)

    def had(self, host: str) -> bool:
        """Whether the letter is or was there."""
        return any(at == host for _, at in self.steps)

    def part(self, host: str) -> str:
        """What a machine had to do with the letter, in a word or two."""
        if not self._sent:
            return ""
        key = self._part(host)
        return key and explain.find("journey.part", key).says

    def _part(self, host: str) -> str:
        if host == NAMES:
            return "silent" if self._silent else "asked" if NAMES in self.hops else "remembered" * bool(self._servers)
        if host == SENDER and self._refused:
            return self._no(host, self._refused)
        if host in (SENDER, DESK, PHONE, LAPTOP):
            here = (
                {SENDER: "gave-up" if self._over else "waits", PHONE: "fetched"}
                if host == self._place
                else {SENDER: "passed"}
            )
            return here.get(host, "") * self.had(host) or "published" * (host == self._published)
        failed = next((reason for reason, servers in self._failed.items() if host in servers), "")
        if failed:
            return self._no(host, failed)
        return ("took" if self.had(host) else "spared") if self.delivered else ""

    def _no(self, host: str, reason: str) -> str:
        return "unplugged" if host in self._unplugged else BRIEF.get(reason, "no")

    def says(self) -> str:
        """One sentence on the letter, and one on the mailbox."""
        facts = {"holds": told("holds", letters=count(self.letters)), "silent": self._silent}
        failed = ", ".join(f"{' and '.join(servers)} {reason}" for reason, servers in self._failed.items())
        if self._silent:
            return told("unknown" if self._place == LAPTOP else "nobody", **facts)
        if self._refused:
            return told("refused", why=f"{SENDER} {self._refused}", **facts)
        if self._reply:
            key = ("fallback" if failed else "took") if self._place != PHONE else "fetched"
            key = f"{key}-junk" if self._junk and self._place != PHONE else key
            return told(key, failed=failed, server=self._servers[-1], reply=self._reply, **facts)
        if failed:
            return told("returned" if self._over else "kept", failed=failed, **facts)
        return told("ready" if self._place == LAPTOP else "queued", **facts)


def count(letters: int) -> str:
    return f"{letters or 'no'} letter{'' if letters == 1 else 's'}"


def told(key: str, **facts: str) -> str:
    return explain.find("journey.fate", key).says.format(**facts)
