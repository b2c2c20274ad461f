"""How much memory a process holds."""

from __future__ import annotations

import subprocess
from pathlib import Path


def memory_mb(pid: int | str = "self") -> float:
    """MB of its own: what it shares with others is counted in parts (PSS). Where the system has no such count, all of
    it (RSS)."""
    rollup = Path(f"/proc/{pid}/smaps_rollup")
    if rollup.exists():
        row = next(line for line in rollup.read_text().splitlines() if line.startswith("Pss:"))
        return int(row.split()[1]) / 1024
    rss = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(rss.stdout) / 1024
