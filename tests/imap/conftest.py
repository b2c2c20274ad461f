import pytest

from labmail.store import Store
from tests.imap.mailroom import Client


@pytest.fixture
def store():
    store = Store()
    yield store
    store.close()


@pytest.fixture
def client(store):
    """Bob, logged in."""
    return Client(store, login=True)
