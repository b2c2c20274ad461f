from collections.abc import Iterator

import pytest

from tests.pop3.postoffice import PostOffice


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """No store is left open, whatever a test made."""
    yield
    for place in PostOffice.made:
        place.store.close()
    PostOffice.made.clear()
