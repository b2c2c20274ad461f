"""Time and memory of `import labmail`, of Lab() until all its services listen, of reset(); each in a new process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from spread import Spread

PROGRAM = """
import json, time
from memory import memory_mb

now, marks, mb = time.perf_counter, [], [memory_mb()]
def mark():
    marks.append(now() * 1000)

mark()
import labmail
mark()
mb.append(memory_mb())
mark()
from labmail import Lab
mark()
lab = Lab()
mark()
mb.append(memory_mb())
for _ in range(20):
    lab.send(labmail.cake, "bob@example.com")
mark()
lab.reset()
mark()
lab.stop()
mark()
Lab().stop()
mark()
took = [later - earlier for earlier, later in zip(marks, marks[1:])]
print(json.dumps({"import": took[0], "load": took[2], "Lab()": took[3], "reset()": took[5], "again": took[7],
                  "import MB": mb[1] - mb[0], "Lab() MB": mb[2] - mb[0]}))
"""


def starts(count: int) -> dict[str, Spread]:
    """What was measured -> its spread over that many processes: milliseconds, and MB where the name says so."""
    runs = [_run() for _ in range(count + 1)][1:]  # the first may have to compile
    return {name: Spread([run[name] for run in runs]) for name in runs[0]}


def _run() -> dict[str, float]:
    here = Path(__file__).parent
    # compiled once and kept, as everywhere: this may have been turned off where the benchmark runs
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=here, env=env)
    found: dict[str, float] = json.loads(done.stdout)
    return found
