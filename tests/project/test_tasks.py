"""tasks.py as a newcomer meets it: a sentence where this machine lacks something, and no more noise than that."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tasks

OLD = ("3.6", "3.7", "3.8", "3.9", "3.10")


def old_pythons() -> dict[str, str]:
    """Pythons that labmail does not run on, where this machine has some."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    paths = [path for old in OLD for path in sorted(pyenv.glob(f"{old}.*/bin/python3"))]
    paths += [Path(found) for old in OLD if (found := shutil.which(f"python{old}"))]
    answers = {str(path): tasks.probe(str(path)) for path in paths}
    return {tasks.minor(answer[0]): path for path, answer in answers.items() if answer}


def run_alone(tmp_path: Path, python: str, *words: str) -> subprocess.CompletedProcess[str]:
    """tasks.py in a folder of its own, on a machine that has that Python and nothing else."""
    for name in ("tasks.py", tasks.LAB, tasks.TEST, "pyproject.toml"):
        shutil.copy(tasks.ROOT / name, tmp_path)
    env = {"PATH": str(tmp_path / "empty"), "HOME": str(tmp_path)}
    command = [python, str(tmp_path / "tasks.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, env=env, timeout=60)


def test_an_old_python_says_so(tmp_path: Path) -> None:
    pythons = old_pythons()
    if not pythons:
        pytest.skip("this machine has no Python older than 3.11 that tasks.py could be tried on")
    for version, path in pythons.items():
        run = run_alone(tmp_path, path, "lab")
        assert run.returncode == 1
        assert run.stdout == ""
        assert run.stderr.startswith(f"labmail needs Python 3.11 to 3.14; this is {version}, and no other was found.")
        assert len(run.stderr.splitlines()) == 1


def test_an_old_python_takes_another_that_is_here(tmp_path: Path) -> None:
    pythons = old_pythons()
    if not pythons:
        pytest.skip("this machine has no Python older than 3.11 that tasks.py could be tried on")
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "python3.11").symlink_to(sys.executable)
    run = run_alone(tmp_path, next(iter(pythons.values())), "pythons")
    assert run.stdout == f"{'.'.join(map(str, sys.version_info[:3]))} {folder / 'python3.11'}\n"


def test_a_missing_venv_module_is_named(tmp_path: Path) -> None:
    """Debian ships Python without ensurepip; an import that fails stands for that here."""
    wrapper = tmp_path / "python"
    wrapper.write_text(f'#!/bin/sh\nPYTHONPATH="{tmp_path / "debian"}" exec "{sys.executable}" "$@"\n')
    wrapper.chmod(0o755)
    (tmp_path / "debian").mkdir()
    site = "import sys\nclass Without:\n    def find_spec(self, name, path=None, target=None):\n"
    site += "        if name == 'ensurepip':\n            raise ModuleNotFoundError(name)\n"
    site += f"sys.meta_path.insert(0, Without())\nsys.executable = {str(wrapper)!r}\n"
    (tmp_path / "debian" / "sitecustomize.py").write_text(site)
    run = run_alone(tmp_path, str(wrapper), "lab")
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert f"Python {version} is here without its venv module" in run.stderr
    assert f"apt install python{version}-venv" in run.stderr
    assert "Traceback" not in run.stderr


def test_an_unknown_command_gets_the_list(tmp_path: Path) -> None:
    run = run_alone(tmp_path, sys.executable, "lob")
    assert run.returncode == 2
    assert all(f"\n  {command}" in run.stdout for command in (*tasks.COMMANDS, *tasks.SCRIPTS))


def test_every_python_is_found_once() -> None:
    found = tasks.pythons()
    minors = [tasks.minor(version) for version in found]
    assert tasks.minor(".".join(map(str, sys.version_info[:3]))) in minors
    assert len(minors) == len(set(minors))
    assert all(tasks.suits(version) for version in found)


def test_versions_are_compared_as_numbers() -> None:
    assert [tasks.suits(each) for each in ("3.9", "3.10.13", "3.11.7", "3.14", "3.15", "4.0")] == [
        *(False, False, True),
        *(True, False, False),
    ]


@pytest.mark.needs("make")
def test_make_hands_every_command_on() -> None:
    for command in ("lab", "test", "refresh", "lock", "repeat", "pictures", "bench"):
        run = subprocess.run(
            ["make", "--dry-run", command, "ARGS=--x y"], capture_output=True, text=True, cwd=tasks.ROOT, check=True
        )
        assert f"python3 tasks.py {command} --x y" in run.stdout


@pytest.mark.needs("make")
def test_make_without_python_says_what_to_install() -> None:
    run = subprocess.run(
        ["make", "--silent", "lab", "PYTHON=python-that-is-not-here"], capture_output=True, text=True, cwd=tasks.ROOT
    )
    assert run.returncode
    assert "labmail: there is no python-that-is-not-here here: install Python 3.11 to 3.14" in run.stdout
