"""One house for all browser tests; after each test nothing may have gone wrong unseen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def _house() -> Iterator[object]:
    from tests.browser.house import House

    with House() as house:
        yield house


@pytest.fixture
def house(_house):
    """JupyterLab in a browser. A console error, a request that leaves the machine: the test fails."""
    _house.faults.clear()
    _house.allowed.clear()
    yield _house
    assert [fault for fault in _house.faults if not any(text in fault for text in _house.allowed)] == []
