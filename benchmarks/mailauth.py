"""mailauth, the DKIM of Node.js, as a program of ours: fetched by npm into a folder that is thrown away."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

__all__ = ["Mailauth", "missing"]

PACKAGE = "mailauth@4.13.3"  # the last one that runs on Node.js 20
FETCH_MAX_S = 120
HERE = Path(__file__).resolve().parent


def missing() -> str:
    """Why it cannot be measured here, or nothing."""
    lacking = [name for name in ("node", "npm") if shutil.which(name) is None]
    return (
        f"{' and '.join(lacking)} not on PATH, so mailauth is not measured: install Node.js 20 or newer"
        if lacking
        else ""
    )


class Mailauth:
    """It runs from `with` to its end; each `ask` is one line to it and one back."""

    def __init__(self, about: dict[str, Any]) -> None:
        self._about = json.dumps(about)

    def __enter__(self) -> Mailauth:
        self._folder = tempfile.TemporaryDirectory(prefix="labmail-mailauth-")
        fetch = ["npm", "install", "--prefix", self._folder.name, "--no-audit", "--no-fund", PACKAGE]
        done = subprocess.run(fetch, capture_output=True, text=True, timeout=FETCH_MAX_S, check=False)
        if done.returncode:
            self._folder.cleanup()
            raise OSError(f"npm could not fetch {PACKAGE}: {done.stderr.strip().splitlines()[-1]}")
        places = {"NODE_PATH": str(Path(self._folder.name) / "node_modules")}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        command = ["node", str(HERE / "mailauth.js"), self._about]
        self._process = subprocess.Popen(command, text=True, env=os.environ | places, **pipes)
        self._read()
        return self

    def ask(self, **words: Any) -> tuple[float, str]:
        """Seconds, and what came out the last time."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        found = json.loads(self._read())
        return found["seconds"], found["result"]

    def _read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise OSError(f"node ended with {self._process.wait()}")
        return line

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=10)
        self._folder.cleanup()
