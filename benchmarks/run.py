"""Measure labmail: python tasks.py bench [PART ...] [--pairs N] [--letters N]

Each number is a median, with the range of what it was taken from. They are for the eye and for docs/benchmarks.md: no
test asserts a time, as machines differ, and what else they do.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))

PARTS = ("start", "kernel", "letters", "signing", "mailbox", "memory")
HEAD = ("what", "median", "range", "aim")
MAILBOX_HEAD = ("labmail", "Dovecot", "ratio", "range", "longest turn", "of all")
MEMORY = {
    "process, letter": "memory of a letter, with what sqlite needs",
    "Python, letter": "  of that in Python's heap",
    "process, IMAP": "memory of an IMAP session that has the mailbox selected",
    "Python, IMAP": "  of that in Python's heap",
    "Python, POP3": "memory of a POP3 session that has the mailbox, in Python's heap",
}
Row = tuple[str, str, str, str]


def start(pairs: int) -> Iterator[Row]:
    from start import starts

    found = starts(pairs)
    yield "import labmail", *found["import"].show(".1f", " ms"), ""
    yield "the same, in memory", *found["import MB"].show(".1f", " MB"), ""
    yield "from labmail import Lab, after that", *found["load"].show(".0f", " ms"), ""
    yield "Lab() until all its services listen: the first", *found["Lab()"].show(".1f", " ms"), "at most 50 ms"
    yield "the same, once more in this process", *found["again"].show(".1f", " ms"), "at most 50 ms"
    yield "a process with a lab, over a bare Python", *found["Lab() MB"].show(".1f", " MB"), ""
    yield "reset(), with 20 letters", *found["reset()"].show(".1f", " ms"), "at most 20 ms"


def kernel(pairs: int) -> Iterator[Row]:
    from kernel import lessons

    for name, spread in lessons(max(pairs // 5, 1)).items():
        yield f"a kernel after {name}, over a bare kernel", *spread.show(".1f", " MB"), "at most 25 MB"


def letters(pairs: int) -> Iterator[Row]:
    from letters import PLACES, TOGETHER
    from letters import pairs as measure

    for kind, name, aim in (
        ("kept", "in one session", "0.9"),
        ("new", "a connection for each", "0.8"),
        ("checked", "in one session, all checked", "0.33"),
    ):
        for where in PLACES:
            found = measure(kind, pairs, where)
            how = "" if where == TOGETHER else ", apart from the client"
            yield f"letters taken in, {name}: labmail{how}", *found["labmail"].show(".0f", " /s"), ""
            yield "the same by bare aiosmtpd", *found["aiosmtpd"].show(".0f", " /s"), ""
            yield "ratio, pair by pair", *found["ratio"].show(".2f"), f"at least {aim}"


def signing(pairs: int) -> Iterator[Row]:
    from mailauth import missing
    from signing import rounds

    if sentence := missing():
        print(f"{sentence}\n")
    aims = {("signed", "ratio to dkimpy"): "at least 3", ("verified", "ratio to dkimpy"): "at least 1"}
    for what, found in rounds(pairs):
        for name, spread in found.items():
            form, unit = (".2f", "") if name.startswith("ratio") else (".0f", " /s")
            yield f"letters {what}, DKIM: {name}", *spread.show(form, unit), aims.get((what, name), "")


def mailbox(pairs: int, count: int) -> Iterator[tuple[str, ...]]:
    from dovecot import missing
    from reading import rounds

    sentence = missing()
    if sentence:
        print(f"{sentence}\n")
    for command, found in rounds(count, pairs, beside=not sentence):
        beside = ("-", "-", "-") if sentence else (found["Dovecot"].show(unit=" ms")[0], *found["ratio"].show())
        turn = found["turn"]
        longest = (turn.show(unit=" ms")[0], f"{max(turn.values):.1f} ms")
        yield command, found["labmail"].show(unit=" ms")[0], *beside, *longest


def memory(pairs: int, count: int) -> Iterator[Row]:
    from reading import memory as measure
    from spread import Spread

    runs = [measure(count) for _ in range(max(pairs // 5, 1))]
    for name, what in MEMORY.items():
        yield what, *Spread([run[name] for run in runs]).show(".2f" if "letter" in name else ".0f", " KiB"), ""


def part(name: str) -> str:
    if name not in PARTS:
        raise argparse.ArgumentTypeError(f"there is no {name}; there are {', '.join(PARTS)}")
    return name


def table(rows: list[tuple[str, ...]]) -> str:
    """The first row is the head. Numbers stand to the right, and what may follow them to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows = [rows[0], tuple("-" * width for width in widths), *rows[1:]]
    sides = ["<", *">" * (len(widths) - 1)]
    if rows[0] == HEAD:
        sides[-1] = "<"
    return "\n".join(
        "  ".join(f"{cell:{side}{width}}" for cell, side, width in zip(row, sides, widths, strict=True)).rstrip()
        for row in rows
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="tasks.py bench", description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", type=part, metavar="PART", help=f"{', '.join(PARTS)}; or all")
    parser.add_argument("--pairs", type=int, default=15, help="how often each is measured (15)")
    parser.add_argument("--letters", type=int, default=10_000, help="how many lie in the mailbox (10000)")
    options = parser.parse_args()
    print(
        f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} processors, {options.pairs} pairs\n"
    )
    wanted, small = options.parts or PARTS, {"start": start, "kernel": kernel, "letters": letters, "signing": signing}
    rows: list[tuple[str, ...]] = [row for name in wanted if name in small for row in small[name](options.pairs)]
    if "memory" in wanted:
        rows += memory(options.pairs, options.letters)
    if rows:
        print(table([HEAD, *rows]), end="\n\n" if "mailbox" in wanted else "\n")
    if "mailbox" in wanted:
        head = (f"a mailbox of {options.letters:,} letters", *MAILBOX_HEAD)
        print(table([head, *mailbox(options.pairs, options.letters)]))


if __name__ == "__main__":
    main()
