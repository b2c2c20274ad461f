"""A mailbox of many letters, read and managed over IMAP and POP3: the lab beside Dovecot.

Both hold the same letters and hear the same octets from the same client, on plain sockets; they take turns, command by
command. Both are asked everything once before it counts: Dovecot then has its index and its cache, and the lab its
modules. Where Dovecot is missing, the lab is measured alone.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from correspondence import letters
from dovecot import Dovecot
from spread import Spread

ANSWER_MAX_S = 120  # real seconds: a limit against hanging
LAST_MAX_OCTETS = 1000  # of the last line of an answer
COPIES = "Copies"
IMAP = (  # in this order: the last ones make copies, mark them and take them out
    "SELECT INBOX",
    "FETCH 1:* (FLAGS)",
    "FETCH 1:* (FLAGS ENVELOPE)",
    "SEARCH UNSEEN",
    "SEARCH SINCE 10-Jun-2026 BEFORE 12-Jun-2026",
    "SEARCH FROM carol",
    "SEARCH SUBJECT butter",
    'SEARCH BODY "closed road"',
    f"COPY 1:* {COPIES}",
    f"SELECT {COPIES}",
    r"STORE 1:* +FLAGS.SILENT (\Deleted)",
    "EXPUNGE",
)
POP3 = {"PASS": b"+OK", "STAT": b"+OK", "LIST": b".", "UIDL": b"."}  # a command -> how its answer's last line begins


class Server(Protocol):
    imap: int
    pop3: int
    user: str
    password: str

    def stop(self) -> None: ...


class Lab:
    """A lab in a process of its own."""

    def __init__(self, count: int, *options: str) -> None:
        program = Path(__file__).with_name("mailhost.py")
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._process = subprocess.Popen([sys.executable, str(program), str(count), *options], text=True, **pipes)
        self.told: dict[str, Any] = json.loads(self._line())
        self.imap, self.pop3 = self.told["imap"], self.told["pop3"]
        self.user, self.password = self.told["user"], self.told["password"]

    def ask(self, question: str) -> float:
        assert self._process.stdin is not None
        self._process.stdin.write(question + "\n")
        self._process.stdin.flush()
        return float(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def stop(self) -> None:
        self._process.communicate(timeout=20)


class Wire:
    """A connection, on which a line is said and an answer heard to its last line."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_MAX_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._hear(b"")

    def say(self, line: str, last: bytes) -> None:
        self._socket.sendall(line.encode() + b"\r\n")
        said = self._hear(last.split(b" ")[0])
        if not said.startswith(last):
            raise RuntimeError(f"{line} was answered with {said!r}")

    def _hear(self, begins: bytes) -> bytes:
        """Everything up to the line that begins so; the result is that line."""
        end = b""
        while True:
            piece = self._socket.recv(262_144)
            if not piece:
                raise RuntimeError(f"the server hung up after {end!r}")
            end = (end + piece[-LAST_MAX_OCTETS:])[-LAST_MAX_OCTETS:]
            line = end[end.rfind(b"\n", 0, -1) + 1 :]
            if line.endswith(b"\r\n") and line.startswith((begins, b"-ERR")):
                return line

    def close(self) -> None:
        self._socket.close()


def imap_at(server: Server) -> Wire:
    wire = Wire(server.imap)
    wire.say(f"m LOGIN {server.user} {server.password}", b"m OK")
    return wire


def pop3_at(server: Server) -> Wire:
    wire = Wire(server.pop3)
    wire.say(f"USER {server.user}", b"+OK")
    return wire


Took = dict[str, list[float]]  # a command -> ms, of each server


def round_(servers: list[Server], turns: dict[str, float], *, backwards: bool) -> Took:
    """Every command once, at each server; the longest turn of the lab's loop meanwhile is put down in `turns`."""
    order = list(range(len(servers)))[:: -1 if backwards else 1]
    took: Took = {}
    wires = [imap_at(server) for server in servers]
    for command in IMAP:
        took[command] = _timed(wires, order, [f"m {command}" for _ in servers], b"m OK")
        turns[command] = servers[0].ask("turn")
    for wire in wires:
        wire.close()
    wires = [pop3_at(server) for server in servers]
    for verb, last in POP3.items():
        lines = [f"PASS {server.password}" if verb == "PASS" else verb for server in servers]
        took[verb] = _timed(wires, order, lines, last)
        turns[verb] = servers[0].ask("turn")
    for wire in wires:
        wire.say("QUIT", b"+OK")
        wire.close()
    return took


def _timed(wires: list[Wire], order: list[int], lines: list[str], last: bytes) -> list[float]:
    took = [0.0 for _ in wires]
    for which in order:
        started = time.perf_counter()
        wires[which].say(lines[which], last)
        took[which] = (time.perf_counter() - started) * 1000
    return took


def rounds(count: int, pairs: int, *, beside: bool) -> Iterator[tuple[str, dict[str, Spread]]]:
    """A command -> ms of the lab ("labmail") and of Dovecot, their ratio, and the lab's longest turn."""
    servers: list[Server] = [Lab(count)]
    try:
        servers += [Dovecot(letters(count))] if beside else []
        for server in servers:
            wire = imap_at(server)
            wire.say(f"m CREATE {COPIES}", b"m OK")
            wire.close()
        round_(servers, {}, backwards=False)
        found, turns = [], []
        for number in range(pairs):
            turns.append({})
            found.append(round_(servers, turns[-1], backwards=bool(number % 2)))
    finally:
        for server in servers:
            server.stop()
    for command in found[0]:
        spreads = {"labmail": Spread([took[command][0] for took in found])}
        spreads["turn"] = Spread([each[command] for each in turns])
        if beside:
            spreads["Dovecot"] = Spread([took[command][1] for took in found])
            spreads["ratio"] = Spread([took[command][0] / took[command][1] for took in found])
        yield command, spreads


SESSIONS = 20  # opened at once, to see what one of them takes


def memory(count: int) -> dict[str, float]:
    """KiB for each letter, and for each session that has the mailbox open: of the process, and of Python's heap."""
    found: dict[str, float] = {}
    for name, question, options in (("process", "memory", ()), ("Python", "python", ("traced",))):
        lab = Lab(count, *options)
        try:
            found[f"{name}, letter"] = lab.told[f"letters {question}"] * 1024 / count
            wires = [_selected(lab)]  # the first one loads what the others use
            before = lab.ask(question)
            wires += [_selected(lab) for _ in range(SESSIONS)]
            found[f"{name}, IMAP"] = (lab.ask(question) - before) * 1024 / SESSIONS
            before = lab.ask(question)
            wires.append(_entered(lab))
            found[f"{name}, POP3"] = (lab.ask(question) - before) * 1024
            for wire in wires:
                wire.close()
        finally:
            lab.stop()
    return found


def _selected(server: Server) -> Wire:
    wire = imap_at(server)
    wire.say("m SELECT INBOX", b"m OK")
    return wire


def _entered(server: Server) -> Wire:
    wire = pop3_at(server)
    wire.say(f"PASS {server.password}", b"+OK")
    return wire
