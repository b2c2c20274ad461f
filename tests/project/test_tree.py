"""What is committed speaks of the project alone, and can be cloned anywhere."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.project.house import ROOT

MACHINE = re.compile(
    r"(?<![A-Za-z0-9_.:/<~-])/(?:work|farm|root|home|Users|opt|tmp|mnt|srv)/[A-Za-z.]"  # somebody's folders
    r"|[A-Z]:\\Users\\"
)
REGISTRIES = re.compile(
    r"(?:files\.pythonhosted|pypi|test\.pypi|registry\.npmjs|conda\.anaconda)\.(?:org|com)|/simple/"
)
BIG_OCTETS = 1_000_000


def committed() -> list[str]:
    run = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], capture_output=True, cwd=ROOT
    )
    if run.returncode:
        pytest.skip("this copy of labmail is no git checkout, so what belongs to it is not known")
    return [name for name in run.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def texts() -> list[tuple[str, str]]:
    found = []
    for name in committed():
        octets = (ROOT / name).read_bytes()
        if b"\0" not in octets and name != "tests/project/test_tree.py":
            found.append((name, octets.decode("utf-8", "replace")))
    return found


def hits(pattern: re.Pattern[str], text: str) -> list[str]:
    return [line.strip()[:120] for line in text.splitlines() if pattern.search(line)]


def test_no_path_of_a_machine() -> None:
    assert not {name: found for name, text in texts() if (found := hits(MACHINE, text))}


def test_no_host_of_a_package_registry() -> None:
    assert not {name: found for name, text in texts() if (found := hits(REGISTRIES, text))}


def test_nothing_big() -> None:
    assert not [name for name in committed() if (ROOT / name).stat().st_size > BIG_OCTETS]


def test_nothing_is_left_for_later() -> None:
    later = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    code = [(name, text) for name, text in texts() if name.endswith((".py", ".js", ".ipynb", ".toml", ".css"))]
    assert not {name: found for name, text in code if (found := hits(later, text))}


@pytest.mark.parametrize("line", ["see /home/ann/x", 'open("/root/.x")', r"C:\Users\ann"])
def test_a_path_of_a_machine_is_seen(line: str) -> None:
    assert hits(MACHINE, line)


@pytest.mark.parametrize("line", ["https://x.example/home/x", "a/tmp/b", "~/home/x", "/usr/bin/env python3", "/dev/fd"])
def test_other_paths_are_not(line: str) -> None:
    assert not hits(MACHINE, line)
