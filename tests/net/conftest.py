import gc
import threading
from pathlib import Path

import pytest

from labmail.net import seat
from tests.net.echo import internet


@pytest.fixture
def net():
    net = internet()
    seat.enter(net)
    yield net
    seat.leave(net)
    net.stop()


@pytest.fixture
def nothing_left():
    """After the test there is no thread and no descriptor more than before."""
    gc.collect()
    threads, files = threading.active_count(), _descriptors()
    yield
    gc.collect()
    assert threading.active_count() <= threads
    assert _descriptors() <= files


def _descriptors() -> int:
    return len(list(Path("/dev/fd").iterdir()))
