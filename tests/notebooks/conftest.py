"""The notebooks as tests see them. Their text is compared by nbval, cell by cell: `pytest notebooks teacher`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))  # refresh and repeat are scripts, no package


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`-m "not notebooks"` leaves out what nbval collects as well."""
    for item in items:
        if item.path.suffix == ".ipynb":
            item.add_marker("notebooks")
