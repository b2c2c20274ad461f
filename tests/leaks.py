"""What a test must not leave behind: threads and descriptors."""

import contextlib
import gc
import threading
import time
from collections.abc import Iterator
from pathlib import Path

LET_GO_S = 5.0  # real seconds: a loop closes what a client has closed a moment later


def descriptors() -> int:
    return len(list(Path("/dev/fd").iterdir()))


@contextlib.contextmanager
def nothing_left() -> Iterator[None]:
    """After the block there is no thread and no descriptor more than before."""
    gc.collect()
    threads, files = threading.active_count(), descriptors()
    yield
    until = time.monotonic() + LET_GO_S
    while (threading.active_count() > threads or descriptors() > files) and time.monotonic() < until:
        gc.collect()
        time.sleep(0.01)
    assert threading.active_count() <= threads
    assert descriptors() <= files
