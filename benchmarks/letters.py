"""Accepted letters per second: the lab beside bare aiosmtpd, each in a process of its own, in alternating pairs.

The client sits in this process, on plain sockets, one line at a time as smtplib does; it is the same for both. Where a
process runs is not left to the system: a line to another processor and its answer wake that one up, which takes longer
than the work, and two processes on one processor share its caches. So both ways are measured, each alike for both. The
lab does all that it does in a lesson: tap, timeline, store, committed before 250; and, where letters are checked, SPF,
DKIM and DMARC of each, with their evidence.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time

from spread import Spread

from labmail import dkim, world
from labmail.clock import FIRST_MINUTE

PAIRS = 3  # measured with the same two processes
SLICES = 10  # the two take turns within a pair as well: what else the machine does meets both alike
# glibc may give the buffer of each of asyncio's reads back to the system, or not, as the heap happens to lie: that can
# cost bare aiosmtpd a quarter (we read into a buffer of our own). It is told not to, so that the ratio repeats and owes
# nothing to luck.
MALLOC = {"MALLOC_TRIM_THRESHOLD_": "100000000", "MALLOC_MMAP_THRESHOLD_": "10000000"}
APART, TOGETHER = "apart", "together"  # client and server: on a processor each, or on the same one
LETTERS = {"kept": 100, "new": 40, "checked": 20}  # in a slice: about 30 ms
WORLDS = {"kept": "trusting", "new": "trusting", "checked": "base"}  # in the first no server checks a letter

LAB = """
import sys
from labmail import Lab
with Lab(sys.argv[1]) as lab:
    print(next(each.port for each in lab.expose() if each.host == "mx1.example.com"), flush=True)
    for line in sys.stdin:  # one for each run: what came in is forgotten, as a reset does
        lab.reset()
        print("ready", flush=True)
"""
AIOSMTPD = """
import asyncio, sys
from aiosmtpd.smtp import SMTP

class Handler:
    taken = []
    async def handle_DATA(self, server, session, envelope):
        self.taken.append(envelope.content)
        return "250 OK"

async def main():
    loop, handler = asyncio.get_running_loop(), Handler()
    server = await loop.create_server(lambda: SMTP(handler, hostname="mx1.example.com", loop=loop), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        handler.taken.clear()
        print("ready", flush=True)

asyncio.run(main())
"""
LINES = [b"MAIL FROM:<news@outside.example>\r\n", b"RCPT TO:<bob@example.com>\r\n", b"DATA\r\n"]
LETTER = (
    b"From: Alice <alice@example.net>\r\nTo: Bob <bob@example.com>\r\nDate: Mon, 01 Jun 2026 09:00:00 +0000\r\n"
    b"Subject: Re: The Cake\r\n\r\nDon't forget to bring the cake!\r\n"
)


def letter(kind: str) -> bytes:
    """What follows 354. To be checked: SPF passes for the envelope, DKIM for From:, so DMARC does as well."""
    if kind != "checked":
        return LETTER + b".\r\n"
    file = world.load().providers["example.net"].dkim["example.net"]
    key, now = dkim.load(file.pem), FIRST_MINUTE
    return dkim.sign(LETTER, file.selector, "example.net", key, now=now).message + b".\r\n"


class Client:
    """A connection that says EHLO and then letters."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._hear(b"220")
        self.say(b"EHLO outside.example\r\n", b"250")

    def say(self, octets: bytes, code: bytes) -> None:
        self._socket.sendall(octets)
        self._hear(code)

    def _hear(self, code: bytes) -> None:
        answer = b""
        while not answer.endswith(b"\r\n") or answer[answer.rfind(b"\n", 0, -1) + 4 :][:1] == b"-":
            piece = self._socket.recv(4096)
            if not piece:
                raise RuntimeError(f"the server hung up after {answer!r}")
            answer += piece
        if not answer.startswith(code):
            raise RuntimeError(f"{code!r} was awaited, and {answer!r} came")

    def send(self, letter: bytes) -> None:
        for line, code in zip(LINES, (b"250", b"250", b"354"), strict=True):
            self.say(line, code)
        self.say(letter, b"250")

    def quit(self) -> None:
        self.say(b"QUIT\r\n", b"221")
        self._socket.close()


class Kept:
    """All letters in one session."""

    def __init__(self, port: int, letter: bytes) -> None:
        self._client, self._letter = Client(port), letter

    def send(self, count: int) -> None:
        for _ in range(count):
            self._client.send(self._letter)

    def end(self) -> None:
        self._client.quit()


class New:
    """A connection for each letter."""

    def __init__(self, port: int, letter: bytes) -> None:
        self._port, self._letter = port, letter

    def send(self, count: int) -> None:
        for _ in range(count):
            client = Client(self._port)
            client.send(self._letter)
            client.quit()

    def end(self) -> None:
        return


def _own() -> list[int]:
    """The processors that this process may use; none where the system does not let us choose."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []


PROCESSORS = _own()
PLACES = (APART, TOGETHER) if len(PROCESSORS) > 1 else (TOGETHER,)


def place(process: int, where: str) -> None:
    """Put a process, or with 0 this one, where it belongs: the client's processor is the first."""
    if PROCESSORS:
        os.sched_setaffinity(process, {PROCESSORS[where == APART and process != 0]})


class Server:
    """A server in a process of its own."""

    def __init__(self, where: str, program: str, *words: str) -> None:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._process = subprocess.Popen(
            [sys.executable, "-c", program, *words], text=True, env=os.environ | MALLOC, **pipes
        )
        place(self._process.pid, where)
        self.port = int(self._say(""))

    def forget(self) -> None:
        """Between two pairs: what came in is forgotten."""
        self._say("\n")

    def _say(self, text: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(text)
        self._process.stdin.flush()
        return self._process.stdout.readline()

    def stop(self) -> None:
        self._process.communicate(timeout=10)


def pair(kind: str, servers: list[Server], slices: int = SLICES) -> list[float]:
    """Letters per second of each, in slices that take turns."""
    octets = letter(kind)
    clients = [(New if kind == "new" else Kept)(server.port, octets) for server in servers]
    took = [0.0 for _ in servers]
    for number in range(slices):
        for which in range(len(servers)) if number % 2 else reversed(range(len(servers))):
            started = time.perf_counter()
            clients[which].send(LETTERS[kind])
            took[which] += time.perf_counter() - started
    for client, server in zip(clients, servers, strict=True):
        client.end()
        server.forget()
    return [slices * LETTERS[kind] / seconds for seconds in took]


def pairs(kind: str, count: int, where: str) -> dict[str, Spread]:
    """Letters per second of both, and their ratio pair by pair."""
    rates: list[list[float]] = []
    while len(rates) < count:  # new processes now and then: some lie better in memory than others
        servers = [Server(where, LAB, WORLDS[kind]), Server(where, AIOSMTPD)]
        place(0, where)
        try:
            pair(kind, servers, slices=3)  # warms up, and does not count
            rates += [pair(kind, servers) for _ in range(min(PAIRS, count - len(rates)))]
        finally:
            for server in servers:
                server.stop()
            if PROCESSORS:
                os.sched_setaffinity(0, PROCESSORS)
    return {
        "labmail": Spread([ours for ours, _ in rates]),
        "aiosmtpd": Spread([theirs for _, theirs in rates]),
        "ratio": Spread([ours / theirs for ours, theirs in rates]),
    }
