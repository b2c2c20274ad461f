"""What all tests share: where test data lies, and what happens where this machine lacks something.

A test that runs a program from outside says so: `@pytest.mark.needs("dig", "swaks")`. Where one is missing the test is
skipped, with a sentence that says what to install. With LABMAIL_REQUIRE_ALL=1, as .ci/run sets it, it fails instead:
there, everything runs.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from labmail import Lab

# how long one example takes says what else the machine does
settings.register_profile("labmail", deadline=None)
settings.load_profile("labmail")

ROOT = Path(__file__).resolve().parent.parent
REQUIRE_ALL = os.environ.get("LABMAIL_REQUIRE_ALL", "") not in ("", "0")
BROWSERS = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser", "chrome")

# program -> the Debian package that has it; a program that is not named here is in the package of its own name
PACKAGES = {
    "dig": "bind9-dnsutils",
    "nslookup": "bind9-dnsutils",
    "nc": "netcat-openbsd",
    "getmail": "getmail6",
    "mbsync": "isync",
    "offlineimap": "offlineimap3",
    "dkimproxy-verify": "libmail-dkim-perl",
}


def missing(program: str) -> str | None:
    """A sentence that says how to get a program, or None where it is here."""
    if program == "chromium":
        if any(shutil.which(name) for name in BROWSERS):
            return None
        return "this test drives Chromium, which is not on PATH: `apt install chromium`, or install Chrome"
    if program == "repo2docker":
        found = importlib.util.find_spec("repo2docker")
        return None if found else "this test runs repo2docker, which is not installed: `python tasks.py test` does it"
    if shutil.which(program):
        return None
    package = PACKAGES.get(program, program)
    return f"this test runs {program}, which is not on PATH: `apt install {package}`, or your system's own way"


def skip_or_fail(sentence: str) -> None:
    if REQUIRE_ALL:
        pytest.fail(f"LABMAIL_REQUIRE_ALL is set, and {sentence}", pytrace=False)
    pytest.skip(sentence)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What lies in tests/notebooks runs kernels: no need to say it again there. What drives the browser runs last:
    from then on Playwright's event loop runs on the main thread, where asyncio allows no second one.
    """
    for item in items:
        if ROOT / "tests" / "notebooks" in item.path.parents:
            item.add_marker(pytest.mark.notebooks)
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        for program in mark.args:
            sentence = missing(program)
            if sentence:
                skip_or_fail(sentence)
    if item.get_closest_marker("browser"):
        sentence = missing("chromium")
        if sentence:
            skip_or_fail(sentence)


@pytest.fixture(scope="session")
def conformance() -> Callable[[str], Path]:
    """`conformance("spf")`: test data that others wrote, beside the checkout or where LABMAIL_CONFORMANCE says."""
    base = Path(os.environ.get("LABMAIL_CONFORMANCE") or ROOT.parent / "shared" / "conformance")

    def folder(name: str) -> Path:
        if not (base / name).is_dir():
            pytest.skip(f"no conformance data at {base / name}: name its folder in LABMAIL_CONFORMANCE")
        return base / name

    return folder


@pytest.fixture
def interrupt_soon() -> Iterator[Callable[[], None]]:
    """Has the main thread interrupted in a moment, as by Ctrl-C. A shell may have started us with SIGINT ignored, as it
    does with what runs in the background; then nothing would ever interrupt.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    main = threading.main_thread().ident
    assert main is not None
    yield lambda: threading.Timer(0.2, lambda: signal.pthread_kill(main, signal.SIGINT)).start()
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the checkout."""
    return ROOT


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """One lab for all tests of a file, of the world that the file names in WORLD."""
    with Lab(getattr(request.module, "WORLD", "base")) as lab:
        yield lab


@pytest.fixture
def lab(running: Lab) -> Lab:
    """That lab, at its first minute."""
    running.reset()
    return running
