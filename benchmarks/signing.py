"""DKIM signatures made and judged per second: labmail, dkimpy alone and mailauth, taking turns.

All sign the same fields of the same letter with the same RSA-2048 key, relaxed/relaxed, and all verify the same signed
letter with a resolver that answers from memory. First each must agree with the others about every signature.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

from mailauth import Mailauth, missing
from spread import Spread

from labmail import dkim
from labmail.dns.message import Answer, Record

TIMES = 20  # of each, before the next takes its turn
NAME = "s1._domainkey.example.net"
FIELDS = ["from", "to", "date", "subject", "message-id"]
LETTER = (
    b"From: Alice <alice@example.net>\r\nTo: Bob <bob@example.com>\r\nDate: Mon, 01 Jun 2026 09:00:00 +0000\r\n"
    b"Subject: Re: The Cake\r\nMessage-ID: <00001@example.net>\r\n\r\n"
    + b"Don't forget to bring the cake! It stands in the kitchen, beside the window.\r\n"
    * 40
)
Work = Callable[[int], tuple[float, Any]]  # so many times: the seconds, and what came out last


class Zone:
    """A resolver that knows one key record."""

    def __init__(self, record: str) -> None:
        self.record = record

    def lookup(self, name: str, type: str) -> Answer:
        if (name, type) != (NAME, "TXT"):
            return Answer(name=f"{name}.", type=type, rcode="NXDOMAIN")
        pieces = [self.record[at : at + 255].encode() for at in range(0, len(self.record), 255)]
        rdata = b"".join(bytes([len(piece)]) + piece for piece in pieces)
        found = Record(name=f"{name}.", ttl=300, type="TXT", text=self.record, rdata=rdata)
        return Answer(name=f"{name}.", type=type, rcode="NOERROR", answers=(found,))


def timed(work: Callable[[], Any]) -> Work:
    def run(times: int) -> tuple[float, Any]:
        started = time.perf_counter()
        for _ in range(times):
            made = work()
        return time.perf_counter() - started, made

    return run


def labmail(key: dkim.Key, zone: Zone) -> tuple[Work, Callable[[bytes], Work]]:
    def sign() -> bytes:
        return dkim.sign(LETTER, "s1", "example.net", key, headers=FIELDS, oversign=()).message

    def verify(letter: bytes) -> Work:
        return timed(lambda: " ".join(one.result for one in dkim.verify(letter, zone).signatures))

    return timed(sign), verify


def dkimpy(pem: bytes, zone: Zone) -> tuple[Work, Callable[[bytes], Work]]:
    import dkim as library

    names = [name.encode() for name in FIELDS]

    def sign() -> bytes:
        ways = (b"relaxed", b"relaxed")
        return library.sign(LETTER, b"s1", b"example.net", pem, canonicalize=ways, include_headers=names) + LETTER

    def verify(letter: bytes) -> Work:
        def asked(name: bytes, timeout: int = 5) -> bytes:
            return zone.record.encode() if name.rstrip(b".").decode() == NAME else b""

        return timed(lambda: "pass" if library.verify(letter, dnsfunc=asked) else "fail")

    return timed(sign), verify


def mailauth(run: Mailauth) -> tuple[Work, Callable[[bytes], Work]]:
    def sign(times: int) -> tuple[float, bytes]:
        seconds, made = run.ask(do="sign", times=times)
        return seconds, base64.b64decode(made)

    def verify(letter: bytes) -> Work:
        return lambda times: run.ask(do="verify", letter=base64.b64encode(letter).decode(), times=times)

    return sign, verify


def rounds(pairs: int, times: int = TIMES) -> Iterator[tuple[str, dict[str, Spread]]]:
    """For signing and for verifying: how many a second by each, and our ratio to each other one."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = dkim.generate("rsa")
    pem = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    zone = Zone(key.record)
    about = {"privateKey": pem.decode(), "name": NAME, "record": key.record, "headers": ":".join(FIELDS)}
    with ExitStack() as stack:
        makers = {"labmail": labmail(key, zone), "dkimpy": dkimpy(pem, zone)}
        if not missing():
            node = stack.enter_context(Mailauth(about | {"letter": base64.b64encode(LETTER).decode()}))
            makers["mailauth"] = mailauth(node)
        agree(makers)
        letter = makers["labmail"][0](1)[1]
        for what, works in (
            ("signed", {name: sign for name, (sign, _) in makers.items()}),
            ("verified", {name: verify(letter) for name, (_, verify) in makers.items()}),
        ):
            yield what, taking_turns(works, pairs, times)


def agree(makers: dict[str, tuple[Work, Callable[[bytes], Work]]]) -> None:
    """Every one says pass of what every one signed, and none does once a letter of the body is another."""
    for signer, (sign, _) in makers.items():
        letter = sign(1)[1]
        for judge, (_, verify) in makers.items():
            for octets, right in ((letter, True), (letter.replace(b"cake!", b"tart!", 1), False)):
                found = verify(octets)(1)[1]
                if (found == "pass") is not right:
                    raise RuntimeError(f"{judge} says {found} of a letter that {signer} signed, and {right} is right")


def taking_turns(works: dict[str, Work], pairs: int, times: int) -> dict[str, Spread]:
    for work in works.values():
        work(times)  # warms up, and does not count
    rates: dict[str, list[float]] = {name: [] for name in works}
    for number in range(pairs):
        for name in list(works)[:: 1 if number % 2 else -1]:
            rates[name].append(times / works[name](times)[0])
    spreads = {name: Spread(values) for name, values in rates.items()}
    for name in list(works)[1:]:
        spreads[f"ratio to {name}"] = Spread([a / b for a, b in zip(rates["labmail"], rates[name], strict=True)])
    return spreads
