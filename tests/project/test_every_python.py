"""The ground and its servers under each other Python of this machine: threads, loops and TLS differ between them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import tasks
from tests.conftest import REQUIRE_ALL

GROUND = ("tests/net", "tests/dns", "tests/smtp")
OTHERS = [
    version for version in tasks.pythons() if tasks.minor(version) != f"{sys.version_info[0]}.{sys.version_info[1]}"
]
ASKED = REQUIRE_ALL or "LABMAIL_EVERY_PYTHON" in os.environ


@pytest.mark.skipif(not ASKED, reason="`python tasks.py test --every-python` runs the ground under each Python here")
@pytest.mark.parametrize("version", OTHERS)
def test_the_ground(version: str) -> None:
    folders = [folder for folder in GROUND if any((tasks.ROOT / folder).glob("test_*.py"))]
    command = [sys.executable, "tasks.py", "under", version, "-m", "pytest", "-m", "not browser and not notebooks"]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    run = subprocess.run([*command, *folders], capture_output=True, text=True, cwd=tasks.ROOT, env=env, timeout=600)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-1000:]
