"""A letter to sign, keys to sign it with, and a zone that publishes them. Keys are made once: RSA takes its time."""

from __future__ import annotations

from functools import cache
from typing import Any

from labmail import dkim
from tests.spf.zone import Zone

NOW = 1_780_304_400  # 1 June 2026, 09:00:00 +0000
LETTER = (
    b"From: Alice <alice@example.net>\r\nTo: Bob <bob@example.com>\r\nDate: Mon, 01 Jun 2026 09:00:00 +0000\r\n"
    b"Subject: Re: The Cake\r\n\r\nDon't forget to bring  the cake! \r\n\r\nAlice\r\n\r\n"
)
NAME = "s1._domainkey.example.net"


@cache
def _made(type: str) -> dkim.Key:
    return dkim.generate(type)


def key(type: str = "rsa") -> dkim.Key:
    return _made(type)


def zone(record: Any = None, type: str = "rsa") -> Zone:
    return Zone({NAME: [("TXT", key(type).record if record is None else record)]})


def signed(letter: bytes = LETTER, type: str = "rsa", **more: Any) -> bytes:
    return dkim.sign(letter, "s1", "example.net", key(type), **{"now": NOW, **more}).message


def judge(letter: bytes, where: Any = None, now: float = NOW) -> dkim.Signature:
    return dkim.verify(letter, where or zone(), now=now).signatures[0]


def altered(letter: bytes, was: bytes, to: bytes) -> bytes:
    assert was in letter
    return letter.replace(was, to, 1)


def resigned(tags: dict[str, str], letter: bytes = LETTER, type: str = "rsa") -> bytes:
    """Signed by hand, over whatever its tags say: for what `sign` would refuse."""
    import base64
    import hashlib

    from labmail.dkim import canonical
    from labmail.dkim.letter import read

    parts = read(letter)
    said = {"v": "1", "a": f"{type}-sha256", "c": "relaxed/relaxed", "d": "example.net", "s": "s1", "h": "from", **tags}
    length = int(said["l"]) if said.get("l", "").isdigit() else None
    body = canonical.body("relaxed", parts.body)[:length]
    said.setdefault("bh", base64.b64encode(hashlib.sha256(body).digest()).decode())
    own = ("DKIM-Signature: " + "; ".join(f"{name}={value}" for name, value in said.items()) + "; b=").encode()
    names = [name.strip() for name in said["h"].split(":")]
    octets = b"".join(canonical.header("relaxed", one.octets) for one in canonical.chosen(parts.fields, names) if one)
    octets += canonical.header("relaxed", own + b"\r\n").removesuffix(b"\r\n")
    return own + base64.b64encode(key(type).sign(octets)) + b"\r\n" + letter
