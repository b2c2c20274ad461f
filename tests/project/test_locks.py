"""One source of dependencies, and what is written from it: the locks, both environment.yml, the reasons in the docs."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import tasks

PROJECT = tomllib.loads((tasks.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LAB, TEST = (tasks.ROOT / lock for lock in (tasks.LAB, tasks.TEST))
DIRECT = {
    tasks.LAB: PROJECT["dependencies"],
    tasks.TEST: [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]],
}
PLAIN = re.compile(r"[a-z0-9][a-z0-9-]*==[0-9][0-9a-z.+]*( ; [a-z_]+ [^#/@:]+)?")
SYSTEMS = {"linux": "posix", "darwin": "posix", "win32": "nt"}


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("lock", [LAB, TEST], ids=lambda path: path.name)
def test_a_lock_is_plain_pins(lock: Path) -> None:
    """Names and versions alone: no address, no hash, no comment."""
    assert not [line for line in lines(lock) if not PLAIN.fullmatch(line)]


def test_the_lab_installs_a_part_of_what_the_tests_do() -> None:
    """So an environment made for the tests serves the lab as well."""
    assert set(lines(LAB)) < set(lines(TEST))


@pytest.mark.parametrize("lock", [LAB, TEST], ids=lambda path: path.name)
@pytest.mark.parametrize("python", ["3.11.0", "3.12.0", "3.13.0", "3.14.0"])
@pytest.mark.parametrize("system", SYSTEMS)
def test_a_lock_pins_each_direct_dependency_once(lock: Path, python: str, system: str) -> None:
    """Whatever the Python and the system, by the markers that stand behind the pins."""
    machine = {
        "python_full_version": python,
        "python_version": python.rpartition(".")[0],
        "sys_platform": system,
        "os_name": SYSTEMS[system],
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    pins = [Requirement(line) for line in lines(lock)]
    here = [pin for pin in pins if pin.marker is None or pin.marker.evaluate(machine)]
    versions = {pin.name: next(iter(pin.specifier)).version for pin in here}
    assert len(versions) == len(here), "a package is pinned twice"
    for wanted in map(Requirement, DIRECT[lock.name]):
        name = re.sub(r"[-_.]+", "-", wanted.name).lower()
        assert wanted.specifier.contains(versions[name]), f"{name} is locked at {versions[name]}: run tasks.py lock"


def test_environment_yml_holds_the_lock() -> None:
    head, _, pins = (tasks.ROOT / "environment.yml").read_text(encoding="utf-8").partition("  - pip:\n")
    assert pins == "".join(f"      - {line}\n" for line in lines(LAB))
    assert tasks.suits(head.partition("- python=")[2].partition("\n")[0])


def test_binder_has_the_same_environment_and_installs_labmail() -> None:
    binder = tasks.ROOT / "binder"
    assert (binder / "environment.yml").read_bytes() == (tasks.ROOT / "environment.yml").read_bytes()
    assert os.access(binder / "postBuild", os.X_OK)
    assert "python -m pip install --no-deps -e ." in lines(binder / "postBuild")


def test_tasks_and_the_package_agree_on_the_python() -> None:
    versions = SpecifierSet(PROJECT["requires-python"])
    beyond = [(tasks.OLDEST[0], tasks.OLDEST[1] - 1), (tasks.NEWEST[0], tasks.NEWEST[1] + 1)]
    assert all(versions.contains(f"{major}.{minor}.0") for major, minor in (tasks.OLDEST, tasks.NEWEST))
    assert not any(versions.contains(f"{major}.{minor}.0") for major, minor in beyond)


@pytest.mark.parametrize("requirement", DIRECT[tasks.TEST])
def test_each_direct_dependency_has_its_reason(requirement: str) -> None:
    reasons = (tasks.ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    assert f"| {Requirement(requirement).name} |" in reasons
