"""Run every notebook N times while the machine is kept busy, and compare each text output with the committed one.

A lab whose outputs depend on who was faster is found here. Both editions run, under this Python and under each that
`python tasks.py under` has set up in .venvs.

    python tools/repeat.py 20          # 20 times
    python tools/repeat.py 3 --here    # 3 times, under this Python only
"""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import refresh  # beside this file
from nbformat import NotebookNode

TIMES = 20
BUSY_MAX_S = 1800  # a busy process ends by itself then, or when this one has gone
TEXTS = ("text/plain", "text/html", "image/svg+xml", "application/json")
SPIN = """
import os, time
parent, end = os.getppid(), time.monotonic() + {seconds}
while os.getppid() == parent and time.monotonic() < end:
    for turn in range({turns}):
        pass
    time.sleep(0.001 * (turn % 3))
"""


@contextlib.contextmanager
def busy() -> Iterator[None]:
    """As many spinning processes as there are cores, in bursts of uneven length."""
    spinners = [
        subprocess.Popen([sys.executable, "-c", SPIN.format(seconds=BUSY_MAX_S, turns=100_000 * n)])
        for n in range(1, (os.cpu_count() or 1) + 1)
    ]
    try:
        yield
    finally:
        for spinner in spinners:
            spinner.terminate()
            spinner.wait()


def texts(notebook: NotebookNode) -> list[str]:
    """What a reader sees below each code cell, as lines that name the cell."""
    lines: list[str] = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            shown = {"stream": output.get("text", ""), "error": output.get("evalue", "")}
            shown |= {kind: text for kind, text in output.get("data", {}).items() if kind in TEXTS}
            for kind, text in sorted(shown.items()):
                lines += [f"{cell.id} {kind}: {line}" for line in _in_rows(str(text)).splitlines() if text]
    return lines


def _in_rows(text: str) -> str:
    """The same, so that a difference can be read: a line for each row of a table, without its looks."""
    return re.sub(r' style="[^"]*"', "", text).replace("</tr>", "</tr>\n")


def differences(path: str, ran: NotebookNode) -> str:
    """Where the outputs of a run differ from those committed, as a diff; empty if nowhere."""
    committed = nbformat.read(refresh.ROOT / path, as_version=4)
    return "\n".join(
        difflib.unified_diff(texts(committed), texts(ran), f"{path} committed", f"{path} run", "", "", 0, "")
    )


def repeat(times: int) -> Iterator[dict[str, NotebookNode]]:
    """Run both editions of every notebook that many times on a busy machine."""
    with busy():
        for _ in range(times):
            yield refresh.run()


def other_pythons() -> list[Path]:
    """Those of the environments in .venvs, each named after its Python, that hold another minor version than this."""
    pattern = "*/Scripts/python.exe" if os.name == "nt" else "*/bin/python"
    this = "{}.{}.".format(*sys.version_info)
    found = sorted((refresh.ROOT / ".venvs").glob(pattern))
    return [path for path in found if not path.parent.parent.name.startswith(this)]


def main(arguments: list[str]) -> int:
    times = int(next((word for word in arguments if word.isdigit()), TIMES))
    version, faults = ".".join(map(str, sys.version_info[:3])), 0
    for number, ran in enumerate(repeat(times), start=1):
        found = [diff for path, notebook in ran.items() if (diff := differences(path, notebook))]
        faults += len(found)
        print(f"Python {version}, run {number} of {times}: {len(ran)} notebooks, {len(found)} differ", flush=True)
        for diff in found:
            print(diff, flush=True)
    if "--here" not in arguments:
        for python in other_pythons():
            faults += subprocess.run([str(python), __file__, str(times), "--here"], check=False).returncode
    return min(faults, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
