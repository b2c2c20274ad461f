from collections.abc import Iterator

import pytest

from labmail.tls import Authority


@pytest.fixture(scope="module")
def authority() -> Iterator[Authority]:
    authority = Authority()
    yield authority
    authority.close()
