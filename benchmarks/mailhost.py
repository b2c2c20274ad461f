"""A lab with Bob's mailbox full of letters, as a program of its own: python mailhost.py LETTERS [traced]

It says where it listens, as one line of JSON. After that each line it reads is a question:

    turn     the longest turn of the loop since the last question, in ms of the processor: what else the machine does
             while it lasts is not ours
    memory   what this process holds, in MB
    python   what Python's own heap holds of that, in MB, if it is traced: that is slow
"""

from __future__ import annotations

import gc
import json
import sys
import time
import tracemalloc
from typing import Any

from correspondence import letters
from memory import memory_mb

from labmail import Lab
from labmail.store import INBOX

BOB, HOST = "bob@example.com", "mail.example.com"


class Turns:
    """A clock at the loop's selector: a turn lasts from what it has found to when it is asked again. On the loop."""

    def attend(self, selector: Any) -> None:
        self._select, selector.select = selector.select, self.select
        self._since, self._longest = time.thread_time(), 0.0

    def select(self, timeout: float | None = None) -> Any:
        self._longest = max(self._longest, time.thread_time() - self._since)
        found = self._select(timeout)
        self._since = time.thread_time()
        return found

    def take(self) -> float:
        longest, self._longest = self._longest, 0.0
        return longest * 1000


def fill(lab: Lab, count: int) -> None:
    store = lab._running.stores["example.com"]
    for entry in letters(count):
        store.add(BOB, INBOX, entry.octets, at=entry.at, flags=entry.flags)


def whole_mb() -> float:
    gc.collect()
    return memory_mb()


def python_mb() -> float:
    gc.collect()
    return tracemalloc.get_traced_memory()[0] / 2**20


def main() -> None:
    with Lab() as lab:
        if "traced" in sys.argv:
            tracemalloc.start()
        heap = {"memory": whole_mb, "python": python_mb}
        before = {question: measure() for question, measure in heap.items()}
        lab._net.call(fill, lab, int(sys.argv[1]))
        told = {f"letters {question}": measure() - before[question] for question, measure in heap.items()}
        ports = {service.protocol: service.port for service in lab.expose() if service.host == HOST}
        account = next(each for each in lab.accounts(outside=True) if each.address == BOB)
        turns = Turns()
        lab._net.call(turns.attend, lab._net.loop._selector)
        print(json.dumps({**told, **ports, "user": account.user, "password": account.password}), flush=True)
        for line in iter(sys.stdin.readline, ""):
            question = line.strip()
            print(heap[question]() if question in heap else lab._net.call(turns.take), flush=True)


if __name__ == "__main__":
    main()
