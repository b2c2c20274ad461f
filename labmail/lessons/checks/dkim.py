"""The checks of lesson 07: keys, what breaks a signature, what can be added, a rotation, the relaxed form. RFC 6376."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from labmail import dkim
from labmail.dkim import canonical
from labmail.errors import LabError
from labmail.lessons.checking import Found, attempt, right, wrong
from labmail.world import cake

DOMAIN, MAIL, BOB = "example.net", "mail.example.net", "bob@example.com"
MX, STRANGER = "mx1.example.com", "outside.example"

# ---- exercise 1

NAMES = {
    "a": "s1._domainkey.example.net",
    "b": "mailhost._domainkey.example.org",
    "c": "a.news._domainkey.example.net",
    "d": "s1._domainkey.mailhost.example",
}
AUTHORS = {"a": "example.net", "b": "example.net", "c": "news.example.net", "d": "example.net"}
IDENTITY = "s1._domainkey.cakes.mailhost.example"
NAME = "s1._domainkey.example.com"


def four_keys(names: dict[str, Any]) -> Found:
    for key, wanted in NAMES.items():
        answer = names[key]
        if not isinstance(answer, str) or not answer.strip():
            return wrong("no-name", key=key, answer=repr(answer), example=repr(NAME))
        if found := _misplaced(key, answer.strip().rstrip(".").lower(), wanted):
            return found
    return right()


def _misplaced(key: str, said: str, wanted: str) -> Found | None:
    if said == wanted:
        return None
    selector, word, domain = said.partition("._domainkey.")
    right_selector, _, right_domain = wanted.partition("._domainkey.")
    if not word:
        return wrong("no-word", key=key)
    if selector == right_domain:
        return wrong("swapped", key=key)
    if selector == right_selector and domain == AUTHORS[key]:
        return wrong("from", key=key)
    if key == "d" and said == IDENTITY:
        return wrong("i")
    if key == "c" and set(selector.split(".")) & set(right_selector.split(".")):
        return wrong("dot")
    return wrong("other", key=key, answer=said)


# ---- exercise 2

WORDS = ("nothing", "body", "header", "both")
BREAKS = {"a": "header", "b": "nothing", "c": "nothing", "d": "nothing", "e": "body", "f": "header"}


def six_changes(breaks: dict[str, Any]) -> Found:
    for key, wanted in BREAKS.items():
        answer = str(breaks[key]).strip().lower()
        if answer not in WORDS:
            return wrong("no-word", key=key, answer=repr(breaks[key]), words=", ".join(WORDS))
        if answer != wanted:
            return wrong(f"{key}-nothing" if key in "ef" and answer == "nothing" else key)
    return right()


# ---- exercise 3

ARGUMENTS = ("headers", "oversign", "canonicalization", "length")
BEFORE = {"headers": ["from", "subject"], "oversign": [], "canonicalization": "simple/simple", "length": True}
ONCE = ("From", "To", "Subject")
CHANGES = {
    "From": (b"From: Alice", b"From: Mallory"),
    "To": (b"To: Bob", b"To: Carol"),
    "Subject": (b"The Cake", b"The Tart"),
    "Date": (b"01 Jun", b"02 Jun"),
}
HARMLESS = {
    "The subject is folded": (b"Subject: Re: The Cake", b"Subject: Re: The\r\n Cake"),
    "A blank is doubled in the body": (b"bring the", b"bring  the"),
}


def nothing_added(how: Any, lab: Any) -> Found:
    if found := _no_arguments(how):
        return found
    key = dkim.generate()
    _publish(lab, "s1", key)
    try:
        signed = dkim.sign(cake, "s1", DOMAIN, key, now=lab.clock.now, **how).message
    except LabError as fault:
        return wrong("refused", fault=fault)

    passes = partial(_passes, resolver=lab.resolver)
    return _attacked(signed, passes) or _on_the_road(signed, passes) or right(_told())


def _no_arguments(how: Any) -> Found | None:
    if not isinstance(how, dict):
        return wrong("no-arguments")
    if how == BEFORE:
        return wrong("unchanged")
    for name, value in how.items():
        if name not in ARGUMENTS:
            return wrong("unknown", name=name, names=", ".join(ARGUMENTS))
        if name in ("headers", "oversign"):
            if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
                return wrong("no-list", name=name, got=repr(value))
            if colons := [each for each in value if ":" in each]:
                return wrong("colon", name=name, got=repr(colons[0]))
        elif name == "length" and not isinstance(value, int):
            return wrong("no-length", got=repr(value))
        elif name == "canonicalization" and not isinstance(value, str):
            return wrong("no-form", got=repr(value))
    return None


def _attacked(signed: bytes, passes: Callable[[bytes], bool]) -> Found | None:
    if passes(signed + b"PS: pay the baker.\r\n"):
        return wrong("appended")
    for name, (was, to) in CHANGES.items():
        if passes(signed.replace(was, to, 1)):
            return wrong("changed", name=name)
    for name in ONCE:
        if passes(name.encode() + b": somebody@mallory.example\r\n" + signed):
            return wrong("second", name=name)
    return None


def _on_the_road(signed: bytes, passes: Callable[[bytes], bool]) -> Found | None:
    for what, (was, to) in HARMLESS.items():
        if not passes(signed.replace(was, to, 1)):
            return wrong("harmless", what=what)
    return None if passes(b"X-Scanned: clean\r\n" + signed) else wrong("scanned")


def _told() -> str:
    attacks = ["text appended", *(f"{name}: changed" for name in CHANGES), *(f"a second {name}:" for name in ONCE)]
    harmless = ["subject folded", "blank doubled", "X-Scanned: added"]
    return "\n".join([*(f"  fail  {what}" for what in attacks), *(f"  pass  {what}" for what in harmless)])


def _publish(lab: Any, selector: str, key: dkim.Key | None) -> None:
    """Without a key: revoked. RFC 6376 section 3.6.1"""
    lab.zone(DOMAIN)[f"{selector}._domainkey", "TXT"] = key.record if key else "v=DKIM1; p="


# ---- exercise 4

STEPS = ("publish s2", "wait 5 minutes", "sign with s2", "wait a week", "revoke s1")
SHUFFLED = ["sign with s2", "revoke s1", "publish s2", "wait a week", "wait 5 minutes"]  # as the lesson gives them
ON_THE_WAY = timedelta(days=1)


class Rotation:
    """A domain that changes its key while letters leave. Of those who check them, one has asked for both keys just
    before each step, and one has forgotten everything.
    """

    def __init__(self, lab: Any) -> None:
        self._lab = lab
        self._keys = {"s1": dkim.generate(), "s2": dkim.generate()}
        with lab.at(MX):
            self._old = lab.resolver
        with lab.at(STRANGER):
            self._fresh = lab.resolver
        self._sent: list[tuple[datetime, str, bytes]] = []
        _publish(lab, "s1", self._keys["s1"])
        self._sign("s1")
        self._send()

    def take(self, step: str) -> Found | None:
        """What goes wrong at that step."""
        for selector in self._keys:
            self._old.lookup(dkim.Key.name(selector, DOMAIN), "TXT")
        if step == "publish s2":
            _publish(self._lab, "s2", self._keys["s2"])
        elif step == "revoke s1":
            _publish(self._lab, "s1", None)
        elif step == "sign with s2":
            self._sign("s2")
        else:
            self._lab.clock.advance(**({"minutes": 5} if step == "wait 5 minutes" else {"days": 7}))
        self._send()
        self._fresh.flush()
        for resolver in (self._old, self._fresh):
            for since, selector, letter in reversed(self._sent):
                if self._lab.clock.now - since <= ON_THE_WAY and not _passes(letter, resolver):
                    return self._why(step, selector, letter is self._sent[-1][2])
        return None

    def _why(self, step: str, selector: str, newest: bool) -> Found:
        if selector == "s2":
            known = _passes(self._sent[-1][2], self._fresh)
            return wrong("remembered") if known else wrong("no-key", step=step)
        return wrong("signed-gone", step=step) if newest else wrong("on-the-way")

    def _sign(self, selector: str) -> None:
        self.signs = selector
        self._lab.host(MAIL).sign_for(DOMAIN, selector, self._keys[selector])

    def _send(self) -> None:
        self._lab.send(cake, BOB)
        self._sent.append((self._lab.clock.now, self.signs, self._lab.mailbox(BOB)[-1].octets))


def _passes(letter: bytes, resolver: Any) -> bool:
    return dkim.verify(letter, resolver).result == "pass"


def rotation(steps: Any, lab: Any) -> Found:
    if not isinstance(steps, list | tuple):
        return wrong("not-steps", got="A function" if callable(steps) else repr(steps), steps=", ".join(STEPS))
    if list(steps) == SHUFFLED:
        return wrong("unchanged")
    for place, step in enumerate(steps):
        if step not in STEPS:
            return wrong("not-steps", got=repr(step), steps=", ".join(STEPS))
        if step in steps[:place]:
            return wrong("twice", step=step)
    for step in STEPS:
        if step not in steps:
            return wrong("missing", step=step)
    domain, rows = Rotation(lab), []
    for step in steps:
        if found := domain.take(step):
            return found
        rows.append(f"  {step:14}  letters are signed with {domain.signs}, and pass")
    return right("\n".join(rows))


# ---- exercise 5

COUNT, SEED = 200, 7
SMALLEST = {
    "line-ends": (b"a\r\nb\r\n", b"a\r\n\r\nb\r\n"),
    "inner": (b"a  b\r\n", b"a\tb\r\n", b"a \t b\r\n"),
    "at-the-end": (b"a \r\n", b"a\t\r\nb\r\n"),
    "leading": (b"  a\r\n",),
    "empty-lines": (b"a\r\n\r\n", b"a\r\n\r\n\r\n", b"a\r\n \r\n"),
    "last-line": (b"a",),
    "nothing": (b"", b"\r\n", b"\r\n\r\n", b" \r\n"),
}
PIECES = (b"cake", b"tart", b" ", b"  ", b"\t", b"\r\n", b"\r\n\r\n", b".")


def relaxed_body(function: Callable[[bytes], Any]) -> Found:
    for id, bodies in SMALLEST.items():
        for body in bodies:
            if found := _differs(function, body, id):
                return found
    dice = random.Random(SEED)
    made = {b"".join(dice.choices(PIECES, k=dice.randint(1, 12))) for _ in range(COUNT)}
    while len(made) < COUNT:
        made.add(b"".join(dice.choices(PIECES, k=dice.randint(1, 12))))
    for body in sorted(made, key=lambda body: (len(body), body)):
        if found := _differs(function, body, "other"):
            return found
    return right(count=COUNT)


def _differs(function: Callable[[bytes], Any], body: bytes, id: str) -> Found | None:
    got, wanted = attempt(function, body), canonical.body("relaxed", body)
    if not isinstance(got, bytes | bytearray):
        return wrong("no-bytes", body=body, got=repr(got))
    return None if got == wanted else wrong(id, body=body, wanted=wanted, got=bytes(got))
