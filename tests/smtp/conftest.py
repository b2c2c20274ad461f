import pytest

from labmail.net import seat
from tests.smtp.exchange import internet


@pytest.fixture
def exchange(request):
    """(net, office), in memory; parametrize it indirectly with settings."""
    net, office = internet(**getattr(request, "param", {}))
    yield net, office
    net.stop()


@pytest.fixture
def on_sockets():
    net, office = internet(memory=False)
    seat.enter(net)
    yield net, office
    seat.leave(net)
    net.stop()
