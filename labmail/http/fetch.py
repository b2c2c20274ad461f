"""One file by HTTPS, as a server gets it and not a browser: one question, no redirects, no cookies. RFC 9110.

On the lab's loop, in lab time: what is asked of a server that keeps silent costs a minute there, and nothing here.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from ssl import SSLContext

from labmail.errors import LabError
from labmail.http.cutter import Cutter
from labmail.http.words import Body, Status, unchunk
from labmail.net import Net
from labmail.record import Event
from labmail.tls.faults import named

__all__ = ["File", "NotFetched", "fetch"]

PORT = 443  # RFC 9110 section 4.2.2
READ_MAX_OCTETS = 65_536


class NotFetched(LabError):
    """There is no file, and this says why: a sentence's end, after "…, because"."""


@dataclass(frozen=True, kw_only=True)
class File:
    type: str  # its media type
    content: bytes


async def fetch(
    net: Net, host: str, place: tuple[str, str], target: str, context: SSLContext, *, most: int, timeout_s: float
) -> File:
    """By `host` from the server of that name and address: at most so many octets, in so many seconds of lab time."""
    name, address = place
    try:
        return await net.wait_for(
            _fetch(net, host, name, address, target, context, most), timeout_s, f"{host} reads a file of {name}"
        )
    except TimeoutError:
        raise NotFetched(f"{name} did not answer within {timeout_s:g} s") from None
    except OSError as fault:
        raise NotFetched(_why(name, fault)) from None


def _why(name: str, fault: OSError) -> str:
    bad = named(fault)
    if bad is not None:
        return f"{name} cannot be trusted: {bad}"
    return f"nobody listens at {name} port {PORT}" if isinstance(fault, ConnectionRefusedError) else f"{name} hung up"


async def _fetch(net: Net, host: str, name: str, address: str, target: str, context: SSLContext, most: int) -> File:
    reader, writer = await net.open(host, address, PORT)
    try:
        await net.start_tls(writer, context, name)  # names itself by SNI, and checks that name
        writer.write(f"GET {target} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        return await _answer(reader, name, most)
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader, name: str, most: int) -> File:
    cutter, heard, size = Cutter("said"), list[Event](), 0
    while not (cutter.complete or cutter.lost):
        octets = await reader.read(READ_MAX_OCTETS)
        size += len(octets)
        if size > most:
            raise NotFetched(f"{name} says more than {most:,} octets")
        cutter.put(octets)
        heard += iter(cutter.next, None)
        if not octets:  # a file may end with the connection
            heard += filter(None, [cutter.end()])
            break
    status = next((each.value for each in heard if isinstance(each.value, Status) and not each.value.interim), None)
    torn = any(isinstance(each.value, Body) and not each.value.whole for each in heard)
    if status is None or torn or not cutter.complete:
        raise NotFetched(f"what {name} said is no whole answer of HTTP")
    if status.code != 200:
        redirect = ", and a redirect is not followed" if 300 <= status.code < 400 else ""
        raise NotFetched(f"{name} answered {status.code} {status.reason}{redirect}")
    type = ", ".join(cutter.headers.get("content-type", ())).partition(";")[0].strip().lower()
    return File(type=type, content=b"".join(_content(each) for each in heard))


def _content(event: Event) -> bytes:
    if not isinstance(event.value, Body):
        return b""
    return unchunk(event.octets) if event.value.chunked else event.octets
