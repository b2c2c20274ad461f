"""The README keeps its word: its example runs, its commands exist, its address is the project's."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import tasks

README = (tasks.ROOT / "README.md").read_text(encoding="utf-8")
REPOSITORY = tomllib.loads((tasks.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]["Repository"]
FENCES = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
EXAMPLE_MAX_LINES = 10
PLACES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/dependencies.md", "docs/architecture.md")


def fences(language: str) -> list[str]:
    return [text for found, text in FENCES if found == language]


def test_the_example_runs_and_prints_what_stands_below_it(tmp_path: Path) -> None:
    program, shown = fences("python")[0], fences("text")[0]
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert run.stderr == ""
    assert run.stdout.casefold() == shown.casefold()  # since Python 3.13, smtplib writes "from:"


def test_the_example_is_short() -> None:
    assert len(fences("python")[0].splitlines()) <= EXAMPLE_MAX_LINES


def test_the_commands_are_there() -> None:
    named = re.findall(r"^(?:make|python3? tasks\.py) (\w+)", "".join(fences("console")), re.MULTILINE)
    assert {"lab", "test"} <= set(named) <= {*tasks.COMMANDS, *tasks.SCRIPTS}


def test_the_address_is_the_projects() -> None:
    """pyproject.toml decides; whoever publishes changes it there, and then what this test names."""
    owner_and_name = REPOSITORY.removeprefix("https://github.com/")
    badge = f"https://mybinder.org/v2/gh/{owner_and_name}/HEAD?urlpath=lab/tree/{tasks.FIRST_LESSON}"
    assert f"[![Binder](https://mybinder.org/badge_logo.svg)]({badge})" in README
    assert f"git clone {REPOSITORY}" in README
    links = re.findall(r"https://(?:mybinder\.org/v2/gh|github\.com)/([\w.-]+/[\w.-]+)", README)
    assert set(links) == {owner_and_name}


@pytest.mark.parametrize("place", PLACES)
def test_each_link_into_the_repository_leads_somewhere(place: str) -> None:
    page = tasks.ROOT / place
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    inside = [link for link in links if not link.startswith(("http:", "https:", "mailto:"))]
    assert not [link for link in inside if not (page.parent / link).exists()]


def test_it_names_each_lesson() -> None:
    lessons = sorted(path.stem for path in (tasks.ROOT / "notebooks").glob("*.ipynb"))
    assert not [lesson for lesson in lessons if f"notebooks/{lesson}.ipynb" not in README]
