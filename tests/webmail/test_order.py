"""One order of events: requests, the IMAP and SMTP behind them, and the clock, the same on every run."""

import re
import time

from labmail import Lab, cake
from tests.webmail.browser import ALICE, BOB, MAIL, PASSWORD, PHONE, Browser

RUNS = 20
SECRET = re.compile(rb"[A-Za-z0-9_-]{43}")  # a cookie's value, a form's token: of one length each


def visit() -> list[tuple[object, ...]]:
    """Log in with a wrong password and a right one, read, answer, tidy up, go idle; what stands on the timeline."""
    with Lab() as lab:
        lab.send(cake, BOB)
        with lab.at(PHONE):
            browser = Browser()
            browser.log_in(password="wrong")
            browser.log_in()
            browser.get("/mailbox")
            browser.get("/message", uid=1)
            browser.get("/compose", how="reply", uid=1)
            browser.post("/send", {"to": f"{ALICE}, nobody@example.com", "subject": "Grüße", "text": "yes"})
            browser.act("delete", 1)
            browser.close()
        lab.clock.advance(hours=1)
        return [
            (
                event.number,
                event.wire and event.wire.number,
                event.kind,
                event.by,
                SECRET.sub(b"", event.octets),
                event.at,
            )
            for event in lab.record
        ]


def test_the_same_events_in_the_same_order():
    first = visit()
    assert len(first) > 300
    for _ in range(RUNS - 1):
        assert visit() == first


def test_what_a_request_asks_of_the_mail_server_stands_within_it(lab, bob):
    """Between a request's first line and its answer's: IMAP, from and to the web server's host."""
    lab.send(cake, BOB)
    before = len(lab.record)
    bob.get("/message", folder="INBOX", uid=1)
    events = [event for event in lab.record.since(before) if event.kind in ("heard", "said")]
    asked = next(at for at, event in enumerate(events) if event.octets.startswith(b"GET /message"))
    answered = next(at for at, event in enumerate(events) if event.octets.startswith(b"HTTP/1.1 200"))
    between = [event for event in events[asked:answered] if event.wire.protocol == "imap"]
    assert (between[0].wire.client, between[0].wire.server) == (MAIL, MAIL)
    commands = [event.octets.split(b" ", 1)[1] for event in between if event.kind == "heard"]
    assert commands == [b'LIST "" "*"\r\n', b'SELECT "INBOX"\r\n', b"UID FETCH 1 (FLAGS BODY[])\r\n"]


def test_no_secret_is_shown(lab, bob):
    bob.get("/mailbox")
    for event in lab.record.filter(protocol="http"):
        shown = event.value.mask(event.octets) if hasattr(event.value, "mask") else event.octets
        assert bob.csrf.encode() not in shown
        assert bob.cookie.partition("=")[2].encode() not in shown
    assert PASSWORD not in repr(next(iter(lab._running.web.desk(MAIL).sessions)))


def test_no_turn_of_the_loop_is_long(lab, bob):
    """A letter that takes long to read is read in a thread: others have their turn meanwhile."""
    html = b"<p style='color:red'>" * 20_000 + b"<img src=http://spy.example/x>" * 2000
    store = lab._running.stores["example.com"]
    letter = b"Content-Type: text/html\r\n\r\n" + html
    lab._net.call(lambda: store.add(BOB, "INBOX", letter, at=lab.clock.now))
    longest, last, going = 0.0, time.perf_counter(), True

    def beat() -> None:
        nonlocal longest, last
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
        if going:
            lab._net.loop.call_later(0.005, beat)

    lab._net.call(beat)
    assert bob.get("/message", uid=1).status == 200
    assert bob.get("/html", uid=1).status == 200
    going = False
    assert longest < 0.5  # a busy machine; alone it is below 0.05
