import pytest

from labmail.net import seat
from labmail.tls import Authority
from tests import leaks
from tests.net.echo import internet


@pytest.fixture
def net():
    net = internet()
    seat.enter(net)
    yield net
    seat.leave(net)
    net.stop()


@pytest.fixture(scope="session")
def authority():
    authority = Authority()
    yield authority
    authority.close()


@pytest.fixture
def nothing_left():
    with leaks.nothing_left():
        yield
