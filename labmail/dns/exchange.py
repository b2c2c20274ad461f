"""How a question travels to the name server: one datagram and its answer, or a connection. RFC 1035 section 4.2."""

from __future__ import annotations

import asyncio

from labmail.dns.resolver import answers
from labmail.net import Net

__all__ = ["ANSWER_MAX_S", "DNS_PORT", "exchange"]

DNS_PORT = 53
ANSWER_MAX_S = 5  # lab seconds until a resolver asks again, as the usual stub resolvers do


async def exchange(net: Net, host: str, address: str, query: bytes, over: str) -> bytes:
    """Send a message from that host, and bring back its answer; TimeoutError, in lab time, where none comes."""
    if over == "udp":
        return await net.ask(host, address, DNS_PORT, query, lambda octets: answers(query, octets), ANSWER_MAX_S)
    try:
        reader, writer = await net.open(host, address, DNS_PORT, timeout_s=ANSWER_MAX_S)
    except OSError as fault:
        raise TimeoutError(str(fault)) from None
    try:
        writer.write(len(query).to_bytes(2, "big") + query)  # RFC 1035 section 4.2.2
        reading = net.loop.create_task(_message(reader))
        return await net.wait_for(reading, ANSWER_MAX_S, f"{host} waits for an answer from {address}")
    finally:
        writer.close()


async def _message(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
    except (asyncio.IncompleteReadError, ConnectionError):
        raise TimeoutError("the name server hung up") from None
