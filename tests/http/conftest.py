import pytest

from labmail.net import seat
from tests import leaks
from tests.http.pages import internet


@pytest.fixture(params=["sockets", "memory"])
def net(request):
    """Both carriers: nobody above the tap knows which it is."""
    net = internet(memory=request.param == "memory")
    yield net
    net.stop()


@pytest.fixture
def sockets():
    net = internet()
    seat.enter(net)
    yield net
    seat.leave(net)
    net.stop()


@pytest.fixture
def nothing_left():
    with leaks.nothing_left():
        yield
