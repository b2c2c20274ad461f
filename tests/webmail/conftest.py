import pytest

from labmail import Lab
from tests.webmail.browser import PHONE, Browser


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


@pytest.fixture
def browser(lab):
    """At Bob's phone, and not logged in."""
    with lab.at(PHONE):
        browser = Browser()
        yield browser
        browser.close()


@pytest.fixture
def bob(browser):
    assert browser.log_in().location == "mailbox"
    return browser
