"""What a browser says to Jupyter's server, and what the lab hears of it."""

import pytest

from labmail.webmail.sieve import Sieve

ASKED = (
    b"GET /mailbox HTTP/1.1\r\nHost: x\r\nCookie: _xsrf=2|a; webmail=AAA; username-127-0-0-1=secret\r\n"
    b"Authorization: token secret\r\nReferer: http://x/lab?token=secret\r\nX-XSRFToken: secret\r\nAccept: a\r\n\r\n"
    b"POST /act HTTP/1.1\r\nContent-Length: 20\r\ncookie:a=secret\r\n\r\nCookie: b=12345\r\n\r\nx"
    b"POST /act HTTP/1.1\r\nTransfer-Encoding: chunked\r\nCOOKIE:  webmail=BBB \r\n\r\n3\r\nabc\r\n0\r\n\r\n"
)
HEARD = (
    b"GET /mailbox HTTP/1.1\r\nHost: x\r\nCookie: webmail=AAA\r\nAccept: a\r\n\r\n"
    b"POST /act HTTP/1.1\r\nContent-Length: 20\r\n\r\nCookie: b=12345\r\n\r\nx"
    b"POST /act HTTP/1.1\r\nTransfer-Encoding: chunked\r\nCookie: webmail=BBB\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
)


@pytest.mark.parametrize("step", [1, 2, 7, 64, 10_000])
def test_however_it_comes(step):
    sieve = Sieve()
    assert b"".join(sieve(ASKED[at : at + step]) for at in range(0, len(ASKED), step)) == HEARD


def test_what_is_no_http_ends_it():
    sieve = Sieve()
    sieve(b"nonsense\r\n")
    assert sieve(b"Cookie: a=secret\r\n") == b""


def test_a_line_without_end_is_not_kept_for_ever():
    sieve = Sieve()
    for _ in range(100):
        sieve(b"x" * 1000)
    assert len(sieve._cutter) < 20_000
