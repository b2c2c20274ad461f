"""Binder, as far as it can be tried without Docker: repo2docker reads the repository and writes its Dockerfile."""

from __future__ import annotations

import subprocess
import sys

import pytest

import tasks


@pytest.mark.needs("repo2docker")
def test_repo2docker_takes_python_environment_and_post_build() -> None:
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tasks.ROOT, timeout=120)
    said = run.stdout + run.stderr
    assert run.returncode == 0, said[-2000:]
    environment = (tasks.ROOT / "environment.yml").read_text(encoding="utf-8")
    python = environment.partition("- python=")[2].partition("\n")[0]
    assert f"Building conda environment for python={python}\n" in said
    assert 'env update -p ${NB_PYTHON_PREFIX} --file "binder/environment.yml"' in said
    assert "\nRUN ./binder/postBuild\n" in said
