"""What a browser says to Jupyter's server stays there: of its requests, the lab hears no cookie but the webmail's own,
and no proof of who the user is. Jupyter's proxy passes all of that on.
"""

from __future__ import annotations

from labmail.http.cutter import Cutter
from labmail.http.words import Header
from labmail.record import Event
from labmail.webmail.sessions import COOKIE

__all__ = ["Sieve"]

PRIVATE = ("authorization", "proxy-authorization", "x-xsrftoken", "referer")


class Sieve:
    """The octets of one connection go in as they come, and come out whole line by whole line."""

    def __init__(self) -> None:
        self._cutter = Cutter("heard")

    def __call__(self, octets: bytes) -> bytes:
        cutter, kept = self._cutter, bytearray()
        if cutter.lost:  # nobody can know what the rest is
            return b""
        cutter.put(octets)
        while True:
            event = cutter.next()
            kept += _kept(event, cutter.taken())
            if cutter.complete and event is None:
                cutter.go_on()
                if len(cutter):
                    continue
            if event is None:
                return bytes(kept)


def _kept(event: Event | None, octets: bytes) -> bytes:
    value = event.value if event is not None else None
    if not isinstance(value, Header):
        return octets
    if value.name in PRIVATE:
        return b""
    if value.name != "cookie":
        return octets
    own = [pair for pair in (each.strip() for each in value.value.split(";")) if pair.startswith(f"{COOKIE}=")]
    return f"Cookie: {own[0]}\r\n".encode() if own else b""
