"""The checks of lesson 05: codes and certificates, a client that insists on TLS, a policy, who may relay. RFC 3207."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network
from ssl import SSLContext
from typing import Any

from labmail import sts
from labmail.lessons.checking import Found, attempt, right, wrong
from labmail.smtp.words import Reply
from labmail.tls.authority import client_context
from labmail.world import cake

LAPTOP, MAIL, MAILHOST = "laptop.example.net", "mail.example.net", "mx.mailhost.example"
SUBMISSION_PORT = 587

# ---- exercise 1

CODES = {"a": 530, "b": 530, "c": 535, "d": 553, "e": 250}


def at_the_door(codes: dict[str, Any]) -> Found:
    for key, wanted in CODES.items():
        answer = codes[key]
        if not str(answer).strip().isdecimal():
            return wrong("no-number", key=key, answer=repr(answer))
        if int(answer) != wanted:
            return wrong(key, answer=answer)
    return right()


# ---- exercise 2

VERDICTS = {"a": "good", "b": "wrong host", "c": "good", "d": "unknown CA", "e": "expired"}
WORDS = ("good", "expired", "wrong host", "unknown CA", "self-signed")


def five_certificates(verdicts: dict[str, Any]) -> Found:
    for key, wanted in VERDICTS.items():
        answer = str(verdicts[key]).strip().lower()
        if answer not in map(str.lower, WORDS):
            return wrong("no-word", key=key, answer=repr(verdicts[key]), words=", ".join(WORDS))
        if answer != wanted.lower():
            return wrong("d-self" if (key, answer) == ("d", "self-signed") else key)
    return right()


# ---- exercise 3

SCENES = {  # what it meets -> the server's certificate
    "An honest server": "good",
    "Mallory took the offer away": "good",
    "The server answered STARTTLS with 454, not now": "good",
    "The certificate has expired": "expired",
    "The certificate is for another host": "wrong host",
    "A CA that nobody knows has signed": "unknown CA",
}
HONEST, STRIPPED, NOT_NOW = list(SCENES)[:3]
LATER = Reply.of("454 4.7.0 TLS not available due to temporary reason")  # RFC 3207 section 4
IN_THE_CLEAR = ("EHLO", "HELO", "STARTTLS", "NOOP", "QUIT")  # what gives nothing away
HELLO_AGAIN = ("EHLO", "HELO")


class Word(str):
    """What stands for a value where a sentence shows the call."""

    __repr__ = str.__str__


class Mouth:
    """What the learner's client speaks through, in place of a Step: it remembers what was said, and how."""

    def __init__(self, step: Any, context: SSLContext, scene: str) -> None:
        self._step, self._context, self._scene = step, context, scene
        self.clear: list[str] = []
        self.sealed: list[str] = []
        self.stands = self.other = self.too_soon = False

    def say(self, line: str) -> Reply | None:
        (self.sealed if self.stands else self.clear).append(str(line))
        if self._scene == NOT_NOW and verb(line) == "STARTTLS":
            return LATER
        reply: Reply | None = self._step.say(line)
        return reply

    def start_tls(self, context: SSLContext) -> None:
        self.other = self.other or context is not self._context
        if self._scene == NOT_NOW:
            self.too_soon = True
            raise ConnectionError("the server speaks no TLS now")
        self._step.start_tls(context)
        self.stands = True


def verb(line: object) -> str:
    return str(line).partition(" ")[0].upper()


def secure(function: Callable[[Any, Any], Any], lab: Any) -> Found:
    context = client_context(lab.ca_file)
    rows = []
    for scene, certificate in SCENES.items():
        lab.reset()
        lab.host(MAIL).certificate = certificate
        if scene == STRIPPED:
            lab.wire(LAPTOP, MAIL).strip()
        with lab.step(LAPTOP, MAIL, SUBMISSION_PORT) as step:
            mouth = Mouth(step, context, scene)
            got = attempt(guarded(function, mouth, context), Word("step"), Word("context"))
        if found := manners(mouth, scene, got) or outcome(mouth, scene, got):
            return found
        rows.append(f"  {got!s:5}  {scene}")
    return right("\n".join(rows))


def guarded(function: Callable[[Any, Any], Any], mouth: Mouth, context: SSLContext) -> Callable[..., Any]:
    """The same, with what `start_tls` raised as its result. What it is called with are only names."""

    def call(*_: Word) -> Any:
        try:
            return function(mouth, context)
        except OSError as fault:
            return fault

    call.__name__ = getattr(function, "__name__", "secure")
    return call


def manners(mouth: Mouth, scene: str, got: Any) -> Found | None:
    """What it said and did on the way, whatever came of it."""
    if not mouth.clear:
        return wrong("silent")
    if mouth.too_soon:
        return wrong("not-ready", scene=scene)
    if mouth.other:
        return wrong("other-context", scene=scene)
    if isinstance(got, OSError):
        return wrong("not-caught", scene=scene, fault=type(got).__name__)
    for line in mouth.clear:
        if verb(line) not in IN_THE_CLEAR:
            return wrong("went-on", scene=scene, line=repr(line))
    return None if isinstance(got, bool) else wrong("no-answer", scene=scene, got=repr(got))


def outcome(mouth: Mouth, scene: str, got: bool) -> Found | None:
    if got and not mouth.stands:
        return wrong("no-tls", scene=scene)
    if scene != HONEST:
        return None
    if mouth.stands and not any(verb(line) in HELLO_AGAIN for line in mouth.sealed):
        return wrong("no-second-hello", scene=scene)
    return None if got else wrong("too-careful", scene=scene, got=got)


# ---- exercise 4

CLUB, CHAIR, ALICES = "club.example", "chair@club.example", "mail.example.net"
DAY_S = 86_400
STRANGERS = ("mallory.example", "mx1.example.com")


def club_policy(answers: dict[str, Any], lab: Any) -> Found:
    text, id = answers["text"], answers["id"]
    for name, value in (("text", text), ("id", id)):
        if not isinstance(value, str):
            return wrong("no-text", name=name, got=repr(value))
    if found := read_amiss(text) or announced_amiss(lab, id):
        return found
    lab.host(ALICES).mta_sts = True
    before = lab.send(cake, CHAIR)
    lab.policy(CLUB).text, lab.zone(CLUB)["_mta-sts", "TXT"] = text, f"v=STSv1; id={id}"
    lab.clock.advance(minutes=5)  # the old record's TTL
    after = lab.send(cake, CHAIR)
    return right(
        "\n".join(f"  {when}  {found.results[0].why}" for when, found in (("before", before), ("after ", after)))
    )


def read_amiss(text: str) -> Found | None:
    """What is wrong with the file itself, or with what it asks for."""
    policy = sts.read_policy(text)
    if not policy.valid:
        return wrong("no-policy", fault=next(str(each) for each in policy.problems if each.fatal))
    if not policy.lists(MAILHOST):
        return wrong("not-listed", servers=", ".join(policy.mx) or "none")
    for stranger in STRANGERS:
        if policy.lists(stranger):
            return wrong("stranger", stranger=stranger)
    if policy.mode != "enforce":
        return wrong("mode", mode=policy.mode)
    return wrong("short", age=policy.max_age) if policy.max_age < DAY_S else None


def announced_amiss(lab: Any, id: str) -> Found | None:
    record = sts.read_record(f"v=STSv1; id={id}")
    if record is None or not record.valid or record.id != id:
        return wrong("no-id", edition=id)
    old = lab.dig(f"_mta-sts.{CLUB}", "TXT").answer.texts[0].decode()
    return wrong("same-id") if old.endswith(f"id={id}") else None


# ---- exercise 5

OWN, RENTED = IPv4Network("198.51.100.80/28"), IPv4Network("198.51.100.96/27")
EXAMPLE = '"198.51.100.80/28"'
KNOCKING = ("vps.example", "mail.example.com", "outside.example", "mallory.example")


def trusted(networks: Any, lab: Any) -> Found:
    if not isinstance(networks, list | tuple) or not all(isinstance(each, str) for each in networks):
        return wrong("no-list", got=repr(networks), example=f"[{EXAMPLE}]")
    for network in networks:
        if found := misread(network):
            return found
    host = lab.host(MAILHOST)
    host.open_relay, host.trusted = False, list(networks)
    codes = {name: answer(lab, name) for name in KNOCKING}
    if found := coverage([IPv4Network(each) for each in networks], lab, codes):
        return found
    return right("\n".join(f"  {name:16}  {lab.host(name).address:14}  {code}" for name, code in codes.items()))


def misread(network: str) -> Found | None:
    try:
        whole = IPv4Network(network, strict=False)
    except ValueError:
        return wrong("no-network", network=repr(network), example=EXAMPLE)
    try:
        IPv4Network(network)
    except ValueError:
        return wrong("host-bits", network=repr(network), right=f'"{whole}"')
    return None


def answer(lab: Any, client: str) -> int:
    """What mailhost says to a letter for Bob from there."""
    with lab.step(client, MAILHOST) as step:
        for line in (f"HELO {client}", "MAIL FROM:<news@club.example>", "RCPT TO:<bob@example.com>"):
            reply = step.say(line)
    code: int = reply.code
    return code


def coverage(networks: list[IPv4Network], lab: Any, codes: dict[str, int]) -> Found | None:
    def holder(address: IPv4Address) -> IPv4Network | None:
        return next((network for network in networks if address in network), None)

    for name, code in codes.items():
        address = lab.host(name).address
        if code == 250 and name != "vps.example":
            return wrong("stranger", host=name, address=address, network=holder(IPv4Address(address)))
    if codes["vps.example"] != 250:
        return wrong("unchanged")
    for id, firm in (("own", OWN), ("too-small", RENTED)):
        for one in firm:
            if holder(one) is None:
                return wrong(id, address=one)
    for network in networks:
        for edge in (network[0], network[-1], OWN[0] - 1, RENTED[-1] + 1):
            if edge in network and edge not in OWN and edge not in RENTED:
                return wrong("too-large", network=network, address=edge)
    return None
