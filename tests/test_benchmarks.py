"""The benchmarks still run. What they measure is for the eye: no test asserts a time."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROWS = {
    "start": ["import labmail", "Lab() until all its services listen: the first", "reset(), with 20 letters"],
    "letters": ["letters taken in, in one session: labmail", "the same by bare aiosmtpd", "ratio, pair by pair"],
}


@pytest.mark.parametrize("part", ROWS)
def test_a_part_gives_its_rows(root: Path, part: str) -> None:
    command = [sys.executable, "benchmarks/run.py", part, "--pairs", "1"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, timeout=120)
    assert (done.stderr, done.returncode) == ("", 0)
    for row in ROWS[part]:
        assert re.search(rf"^{re.escape(row)} +\d+(\.\d+)?( ms| /s|) +[\d.]+ to [\d.]+", done.stdout, re.MULTILINE)


def test_a_part_that_is_none(root: Path) -> None:
    command = [sys.executable, "benchmarks/run.py", "stat"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, timeout=120)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_the_page_shows_all_rows(root: Path) -> None:
    page = (root / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert "python tasks.py bench" in page
    assert not [row for rows in ROWS.values() for row in rows if f"\n{row}" not in page]
