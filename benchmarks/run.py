"""Measure labmail: python tasks.py bench [start | kernel | letters ...] [--pairs N]

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

PARTS = ("start", "kernel", "letters")
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
    from letters import pairs as measure

    for kind, name, aim in (("kept", "in one session", "0.9"), ("new", "a connection for each", "0.8")):
        found = measure(kind, pairs)
        yield f"letters taken in, {name}: labmail", *found["labmail"].show(".0f", " /s"), ""
        yield "the same by bare aiosmtpd", *found["aiosmtpd"].show(".0f", " /s"), ""
        yield "ratio, pair by pair", *found["ratio"].show(".2f"), f"at least {aim}"


def part(name: str) -> str:
    if name not in PARTS:
        raise argparse.ArgumentTypeError(f"there is no {name}; there are {', '.join(PARTS)}")
    return name


def table(rows: list[Row]) -> str:
    head = ("what", "median", "range", "aim")
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [head, tuple("-" * width for width in widths), *rows]
    return "\n".join(
        f"{what:<{widths[0]}}  {median:>{widths[1]}}  {ends:>{widths[2]}}  {aim}".rstrip()
        for what, median, ends, aim in lines
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="tasks.py bench", description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", type=part, metavar="PART", help=f"{', '.join(PARTS)}; or all")
    parser.add_argument("--pairs", type=int, default=15, help="how often each is measured (15)")
    options = parser.parse_args()
    print(
        f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} processors, {options.pairs} pairs\n"
    )
    measures = {"start": start, "kernel": kernel, "letters": letters}
    print(table([row for part in options.parts or PARTS for row in measures[part](options.pairs)]))


if __name__ == "__main__":
    main()
