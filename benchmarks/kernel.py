"""Memory of a kernel in which a lesson was run, beside the same kernel in which nothing was."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from jupyter_client.manager import start_new_kernel
from memory import memory_mb
from spread import Spread

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
CELL_MAX_S = 60


def lessons(count: int) -> dict[str, Spread]:
    """Each lesson -> MB over the bare kernel, pair by pair."""
    found = {}
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        pairs = [(kernel_mb(cells_of(path)), kernel_mb(["pass"])) for _ in range(count)]
        found[path.stem] = Spread([lesson - bare for lesson, bare in pairs])
    return found


def cells_of(path: Path) -> list[str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def kernel_mb(cells: list[str]) -> float:
    """Memory of a new kernel after these cells."""
    manager, client = start_new_kernel(cwd=str(NOTEBOOKS), stderr=subprocess.DEVNULL)
    try:
        for cell in cells:
            reply = client.execute_interactive(cell, timeout=CELL_MAX_S, output_hook=lambda _: None)
            if reply["content"]["status"] != "ok":
                raise RuntimeError(f"a cell failed: {reply['content'].get('evalue')}\n{cell}")
        return memory_mb(manager.provisioner.pid)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
