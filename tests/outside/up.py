"""`labmail up --json` as a program starts it, and short ways to run the programs from outside."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

START_MAX_S = 20  # real seconds: a limit against hanging
LABMAIL = (sys.executable, "-m", "labmail")


@dataclass(frozen=True)
class Places:
    """Where things are: (host, protocol) -> the port on 127.0.0.1; and who may log in: address -> (user, password)."""

    ports: dict[tuple[str, str], int]
    accounts: dict[str, tuple[str, str]]
    ca_file: str = ""

    @classmethod
    def of(
        cls, services: Sequence[dict[str, Any]], accounts: Sequence[dict[str, str]] = (), ca_file: str = ""
    ) -> Places:
        assert all(service["address"] == "127.0.0.1" for service in services)
        return cls(
            {(service["host"], service["protocol"]): service["port"] for service in services},
            {each["address"]: (each["user"], each["password"]) for each in accounts},
            ca_file,
        )

    def __getitem__(self, host: str) -> int:
        return self.ports[host, "dns" if host.startswith("ns.") else "smtp"]


@contextmanager
def started(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running `labmail up`, and the first line that it said. Whatever is left of it at the end is ended."""
    process = subprocess.Popen(
        (*LABMAIL, "up", *options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    )
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline()
    finally:
        process.terminate()
        process.communicate(timeout=START_MAX_S)


def ended(process: subprocess.Popen[str], number: int = signal.SIGTERM) -> tuple[str, str, int]:
    """Tell it to stop: what else it said, on stdout and on stderr, and its exit code."""
    assert process.stdout is not None
    assert process.stderr is not None
    process.send_signal(number)
    code = process.wait(START_MAX_S)
    return process.stdout.read(), process.stderr.read(), code


@contextmanager
def up(*options: str) -> Iterator[Places]:
    with started("--json", *options) as (_, line):
        said = json.loads(line)
        yield Places.of(said["services"], said["accounts"], said["ca_file"])


@dataclass(frozen=True)
class Ran:
    """What a program said, and its exit code."""

    text: str
    code: int


def run(*command: str, stdin: bytes = b"") -> Ran:
    done = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
    return Ran(done.stdout.decode("utf-8", "backslashreplace"), done.returncode)


# ---- dig


def dig(port: int, *words: str) -> str:
    return run("dig", "-r", "@127.0.0.1", "-p", str(port), "+time=2", "+tries=1", *words).text


def short(port: int, *words: str) -> list[str]:
    return dig(port, "+short", *words).splitlines()


def status(text: str) -> str:
    found = re.search(r"status: (\w+),", text)
    assert found, text
    return found[1]


def section(text: str, title: str) -> tuple[str, ...]:
    """The records that dig prints under a title: name, TTL, type and data with single blanks."""
    found = re.search(rf"^;; {title} SECTION:\n(.*?)\n\n", text, re.MULTILINE | re.DOTALL)
    rows = (re.split(r"\s+", line, maxsplit=4) for line in found[1].splitlines()) if found else ()
    return tuple(f"{name} {ttl} {type} {data}" for name, ttl, _, type, data in rows)


# ---- swaks

HELO, SENDER, BOB = "outside.example", "you@outside.example", "bob@example.com"


def swaks(port: int, *words: str, to: str = BOB) -> Ran:
    who = ("--helo", HELO, "--from", SENDER, "--to", to)
    return run("swaks", "--server", f"127.0.0.1:{port}", "--timeout", "20", *who, *words)
