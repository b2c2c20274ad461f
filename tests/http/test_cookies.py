"""What a browser keeps and gives back: RFC 6265."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from labmail.http.cookies import Jar

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
HOST = "mail.example.com"


def sent(
    jar: Jar, host: str = HOST, path: str = "/", came_from: str = "", *, secure: bool = False, safe: bool = True
) -> str:
    return jar.header(host, path, secure=secure, came_from=came_from, safe=safe)


def kept(*lines: str, path: str = "/") -> Jar:
    jar = Jar()
    for line in lines:
        jar.keep(line, HOST, path, NOW)
    return jar


def test_it_goes_to_its_host_alone_unless_a_domain_is_named():
    assert sent(kept("a=1")) == "a=1"
    assert sent(kept("a=1"), "example.com") == ""
    assert sent(kept("a=1"), "www.mail.example.com") == ""
    assert sent(kept("a=1; Domain=example.com"), "www.example.com") == "a=1"
    assert sent(kept("a=1; Domain=example.org")) == ""
    assert sent(kept("a=1; Domain=com")) == ""


@pytest.mark.parametrize(
    ("own", "path", "goes"),
    [("/mail", "/mail", True), ("/mail", "/mail/in", True), ("/mail", "/mailbox", False), ("/mail/", "/mail", False)],
)
def test_it_goes_to_its_path(own, path, goes):
    assert bool(sent(kept(f"a=1; Path={own}"), path=path)) is goes


def test_without_a_path_it_goes_to_the_folder_of_the_page():
    jar = kept("a=1", path="/mail/login")
    assert sent(jar, path="/mail/inbox") == "a=1"
    assert sent(jar, path="/other") == ""


def test_the_longer_path_comes_first_and_a_new_value_replaces_the_old():
    assert sent(kept("a=1; Path=/", "b=2; Path=/mail", "a=3; Path=/"), path="/mail") == "b=2; a=3"


def test_it_ends_when_the_server_says_so():
    assert sent(kept("a=1", "a=; Max-Age=0")) == ""
    assert sent(kept("a=1", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT")) == ""
    assert sent(kept("a=1; Max-Age=60")) == "a=1"
    assert sent(kept("a=1; Expires=nonsense")) == "a=1"


def test_a_strict_cookie_stays_at_home():
    """No page of another site sends it; the user's own typing does."""
    for said, link, form in (("Strict", "", ""), ("Lax", "a=1", ""), ("None", "a=1", "a=1")):
        jar = kept(f"a=1; SameSite={said}")
        assert sent(jar) == sent(jar, came_from=HOST, safe=False) == "a=1"
        assert sent(jar, came_from="mallory.example") == link
        assert sent(jar, came_from="mallory.example", safe=False) == form


def test_a_secure_cookie_needs_tls():
    assert sent(kept("a=1; Secure")) == ""
    assert sent(kept("a=1; Secure"), secure=True) == "a=1"


def test_nonsense_is_passed_over_and_no_value_is_shown():
    assert list(kept("", "=1", "; HttpOnly", "name")) == []
    assert repr(next(iter(kept("a=1; HttpOnly; SameSite=Strict")))) == "a=(secret); Path=/; HttpOnly; SameSite=Strict"
