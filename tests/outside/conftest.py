from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import pytest

from labmail import Lab
from tests.outside.up import Places, up


@pytest.fixture(scope="session")
def base() -> Iterator[Places]:
    """The base world, started as a person or a program starts it."""
    with up() as places:
        yield places


@pytest.fixture
def lab() -> Iterator[Lab]:
    """A lab in this process, for what a test must change first."""
    with Lab() as lab:
        yield lab


@pytest.fixture
def places(lab: Lab) -> Places:
    """Where the services of `lab` are."""
    services = [asdict(service) for service in lab.expose()]
    return Places.of(services, [asdict(account) for account in lab.accounts(outside=True)])
