"""Mistakes for the exercises of lesson 05, each with the hint that answers it, and what is right."""

from __future__ import annotations

import contextlib
import ssl
from typing import Any

CODES = {"a": 530, "b": 530, "c": 535, "d": 553, "e": 250}
VERDICTS = {"a": "good", "b": "wrong host", "c": "good", "d": "unknown CA", "e": "expired"}
OWN, RENTED = "198.51.100.80/28", "198.51.100.96/27"
HELLO = "EHLO laptop.example.net"
CLUB = {"text": "version: STSv1\nmode: enforce\nmx: mx.mailhost.example\nmax_age: 604800\n", "id": "20260602"}


def careless() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def insisting(
    *, looks: bool = True, code: int = 220, own: Any = None, catches: Any = OSError, again: str = HELLO,
    instead: str = "", answers: tuple[object, object] = (True, False),
) -> Any:  # fmt: skip
    """A client for the exercise `secure`, sound or with one fault."""

    def secure(step: Any, context: Any) -> object:
        if looks and "STARTTLS" not in step.say(HELLO).lines:
            return step.say(instead).success if instead else answers[1]
        if not looks:
            step.say(HELLO)
        if step.say("STARTTLS").code != code and code:
            return answers[1]
        try:
            step.start_tls(own() if own else context)
        except catches:
            return answers[1]
        if again:
            step.say(again)
        return answers[0]

    return secure


def unsealed(step: Any, context: Any) -> bool:
    """Begins TLS where it can, and does not mind where it cannot."""
    if "STARTTLS" in step.say(HELLO).lines and step.say("STARTTLS").code == 220:
        with contextlib.suppress(OSError):
            step.start_tls(context)
            step.say(HELLO)
    return True


WRONG: dict[str, list[tuple[str, Any]]] = {
    "at-the-door": [
        ("no-number", CODES | {"b": "no"}),
        ("a", CODES | {"a": 250}),
        ("b", CODES | {"b": 250}),
        ("c", CODES | {"c": 530}),
        ("d", CODES | {"d": 250}),
        ("e", CODES | {"e": 550}),
    ],
    "five-certificates": [
        ("no-word", VERDICTS | {"a": "fine"}),
        ("a", VERDICTS | {"a": "wrong host"}),
        ("b", VERDICTS | {"b": "good"}),
        ("c", VERDICTS | {"c": "wrong host"}),
        ("d", VERDICTS | {"d": "good"}),
        ("d-self", VERDICTS | {"d": "self-signed"}),
        ("e", VERDICTS | {"e": "good"}),
    ],
    "secure": [
        ("silent", lambda step, context: False),
        ("no-answer", insisting(answers=("yes", False))),
        ("no-answer", insisting(answers=(True, None))),
        ("no-tls", unsealed),
        ("no-tls", lambda step, context: step.say(HELLO).success),
        ("other-context", insisting(own=careless)),
        ("not-ready", insisting(code=0)),
        ("not-caught", insisting(catches=KeyError)),
        ("went-on", insisting(instead="MAIL FROM:<alice@example.net>")),
        ("went-on", lambda step, context: [step.say(HELLO), step.say("AUTH PLAIN =")] == []),
        ("no-second-hello", insisting(again="")),
        ("too-careful", insisting(answers=(False, False))),
        ("too-careful", lambda step, context: not step.say(HELLO).success),
    ],
    "club-policy": [
        ("no-text", CLUB | {"text": 7}),
        ("no-text", CLUB | {"id": 20260602}),
        ("no-policy", CLUB | {"text": CLUB["text"].replace("enforce", "strict")}),
        ("no-policy", CLUB | {"text": ""}),
        ("not-listed", CLUB | {"text": CLUB["text"].replace("mx.mailhost", "mail.club")}),
        ("not-listed", CLUB | {"text": CLUB["text"].replace("mx.mailhost", "*.club")}),
        ("stranger", CLUB | {"text": CLUB["text"] + "mx: *.example\n"}),
        ("mode", CLUB | {"text": CLUB["text"].replace("enforce", "testing")}),
        ("short", CLUB | {"text": CLUB["text"].replace("604800", "60")}),
        ("no-id", CLUB | {"id": "2026-06-02"}),
        ("same-id", CLUB | {"id": "20240311"}),
    ],
    "trusted": [
        ("no-list", 7),
        ("no-list", f"{OWN}, {RENTED}"),
        ("no-network", [OWN, "vps.example"]),
        ("host-bits", [OWN, "198.51.100.120/27"]),
        ("unchanged", [OWN]),
        ("own", [RENTED]),
        ("too-small", [OWN, "198.51.100.120"]),
        ("too-small", [OWN, "198.51.100.112/28"]),
        ("stranger", ["198.51.100.0/24"]),
        ("stranger", [OWN, RENTED, "0.0.0.0/0"]),
        ("too-large", ["198.51.100.64/26"]),
    ],
}  # fmt: skip
RIGHT: dict[str, list[Any]] = {
    "at-the-door": [CODES, {key: f" {code}" for key, code in CODES.items()}],
    "five-certificates": [VERDICTS, {key: word.upper() for key, word in VERDICTS.items()}],
    "secure": [insisting(), insisting(looks=False), insisting(again="HELO laptop.example.net")],
    "club-policy": [CLUB, {"text": CLUB["text"].replace("mx.mailhost", "*.mailhost"), "id": "a"}],
    "trusted": [[OWN, RENTED], (RENTED, OWN), [OWN, "198.51.100.96/28", "198.51.100.112/28"]],
}
