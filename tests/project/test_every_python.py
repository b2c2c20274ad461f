"""Under each other Python of this machine: the ground and its servers, and every output of the notebooks."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import tasks
from tests.conftest import REQUIRE_ALL

GROUND = ("tests/net", "tests/dns", "tests/smtp", "tests/pop3")
OTHERS = [
    version for version in tasks.pythons() if tasks.minor(version) != f"{sys.version_info[0]}.{sys.version_info[1]}"
]
ASKED = REQUIRE_ALL or "LABMAIL_EVERY_PYTHON" in os.environ


TIMES = 1  # of each notebook: whether it repeats is asked under our own, and by `python tasks.py repeat`
RUN_MAX_S = 590  # real seconds: less than pytest's own limit

pytestmark = pytest.mark.skipif(
    not ASKED, reason="`python tasks.py test --every-python` runs the ground and the notebooks under each Python here"
)


def under(version: str, *words: str) -> None:
    command = [sys.executable, "tasks.py", "under", version, *words]
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    run = subprocess.run(command, capture_output=True, text=True, cwd=tasks.ROOT, env=env, timeout=RUN_MAX_S)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-1000:]


@pytest.mark.parametrize("version", OTHERS)
def test_the_ground(version: str) -> None:
    folders = [folder for folder in GROUND if any((tasks.ROOT / folder).glob("test_*.py"))]
    under(version, "-m", "pytest", "-m", "not browser and not notebooks", *folders)


@pytest.mark.notebooks
@pytest.mark.parametrize("version", OTHERS)
def test_the_outputs_of_every_notebook(version: str) -> None:
    under(version, "tools/repeat.py", str(TIMES), "--here")
