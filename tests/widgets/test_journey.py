"""The journey without a browser: its acts on a real lab, what it tells, and the code that comes to the same."""

import json
import time

import pytest

from labmail import Lab, LabError, cake
from labmail.widgets import DnsExplorer, Journey, Timeline
from tests.widgets.test_timeline import Browser, until

MX1, MX2, NS = "mx1.example.com", "mx2.example.com", "ns.example"
BOB = "bob@example.com"
UNTOUCHED = (
    "How Alice’s letter reaches Bob: Alice has written to bob@example.com. The letter is on her laptop. "
    "Nothing has happened yet."
)


@pytest.fixture
def lab():
    with Lab(memory=True) as lab:
        yield lab


@pytest.fixture
def face(lab):
    return Journey(lab)


def states(face: Journey) -> list[str]:
    """Of those that have a plug: mail.example.net, ns, mx1, mx2 and mail.example.com, where the mailbox is."""
    return [at["result"]["word"] for at in face.map["stations"] if at["result"]]


def test_before_anything_happens_it_is_one_line_and_a_map(face):
    assert repr(face) == UNTOUCHED
    assert states(face) == ["up", "up", "up", "up", "empty"]
    names = ["laptop.example.net", "mail.example.net", NS, MX1, MX2, "mail.example.com", "phone.example.com"]
    assert [host["name"] for host in face.data["hosts"]] == names
    assert face.map["letter"] == 0
    json.dumps(face.map)


def test_it_sends_the_letter_and_says_what_became_of_it(lab, face):
    face.deliver()
    assert face.map["says"] == "mx1.example.com took it: 250 2.0.0 OK. Bob’s mailbox holds 1 letter."
    assert states(face)[-1] == "1 letter"
    assert face.map["letter"] == 5
    assert [each["word"] for each in face.map["checks"]] == ["signed", "pass", "pass", "pass"]
    assert len(lab.mailbox(BOB)) == 1
    assert repr(face).split("\n")[0] == "How Alice’s letter reaches Bob: 116 events on 4 hosts, lab time 09:00."
    assert repr(face).split("\n")[1] == face.map["says"]
    below = repr(Timeline(lab.record, title="How Alice’s letter reaches Bob")).split("\n")
    assert repr(face).split("\n")[2:28] == below[1:27]  # of so many lines the middle is left out


def test_the_phone_fetches_it(lab, face):
    face.deliver()
    face.fetch()
    assert face.map["letter"] == 6
    assert "a copy is there" in face.map["says"]
    assert lab.mailbox(BOB)[0].flags == {"\\Seen"}


def test_a_phone_that_cannot_fetch_says_why(lab, face):
    face.switch("mail.example.com", up=False)
    with pytest.raises(LabError, match=r"mail\.example\.com refused the connection"):
        face.fetch()


def test_all_rows_and_the_map_are_there_before_the_act_is_done(lab, face):
    """The page draws the way of the letter from what has come by then."""
    browser = Browser(face)
    face.deliver()
    assert [row["n"] for row in browser.rows] == [event.number for event in lab.record]
    assert browser.gaps == 0
    face.switch(NS, up=False)
    assert browser.rows[-1]["kind"] == "stopped"
    assert states(face)[1] == "unplugged"


def test_plugs_may_be_pulled_twice(lab, face):
    for up in (False, False, True, True):
        face.switch(MX1, up)
    assert [event.kind for event in lab.record] == ["stopped", "started"]
    assert states(face)[2] == "up"


def test_it_hears_of_what_a_cell_does(lab, face):
    lab.host(MX1).stop()
    until(lambda: states(face)[2] == "unplugged")
    lab.send(cake, BOB)
    until(lambda: face.map["says"].startswith("mx1.example.com refused the connection, so mx2.example.com took it"))
    assert states(face)[-1] == "1 letter"


def test_an_explorer_hears_of_a_plug_that_is_pulled_on_the_map(lab, face):
    explorer = DnsExplorer(lab)
    face.switch(MX1, up=False)
    until(lambda: explorer.data["up"][MX1] is False)
    face.switch(MX1, up=True)
    until(lambda: explorer.data["up"][MX1] is True)


def test_letters_that_came_before_are_counted(lab):
    lab.send(cake, BOB)
    lab.reset()
    assert states(Journey(lab))[-1] == "empty"
    lab.send(cake, BOB)
    lab.send(cake, BOB)
    assert states(Journey(lab))[-1] == "2 letters"


def test_after_a_reset_it_says_so_and_acts_no_more(lab, face):
    face.deliver()
    lab.reset()
    for act in (face.deliver, face.fetch, lambda: face.switch(MX1, up=False)):
        with pytest.raises(LabError, match=r"of an earlier run: the lab was reset since\. Run the cell that shows"):
            act()
    assert lab.host(MX1).up
    assert lab.mailbox(BOB) == []
    assert len(lab.record) == 0
    assert "This is of an earlier run" in repr(face)


def test_after_the_lab_has_stopped_it_stays_readable(face):
    face.deliver()
    before = repr(face).split("\n")
    face._lab().stop()
    with pytest.raises(LabError, match="a lab that has stopped"):
        face.deliver()
    assert repr(face).split("\n")[2:28] == before[1:27]


def test_a_closed_journey_hears_nothing(lab, face):
    heard = face.map["serial"]
    face.close()
    lab.host(MX1).stop()
    time.sleep(0.1)
    assert face.map["serial"] == heard


def test_the_code_that_recreates_it_runs(face):
    assert face.map["code"] == "from labmail import widgets\n\nwidgets.Journey(lab)"
    face.deliver()
    face.fetch()
    face.switch(MX1, up=False)
    face.deliver()
    face.switch(MX1, up=True)
    face.switch(NS, up=False)
    with Lab(memory=True) as other:
        found = {"lab": other}
        setup, _, shown = face.map["code"].rpartition("\n")
        exec(setup, found)
        again = eval(shown, found)
        assert repr(again) == repr(face)
        assert again.map["stations"] == face.map["stations"]


def test_without_a_browser_it_is_a_text_and_tables(face):
    bundle, _ = face._repr_mimebundle_()
    assert bundle["text/plain"] == UNTOUCHED
    assert "198.51.100.2</td><td" in bundle["text/html"]
    assert "The name server: it knows which machines take mail for a domain." in bundle["text/html"]
    assert bundle["text/html"].count("<table>") == 1
    face.deliver()
    bundle, _ = face._repr_mimebundle_()
    assert bundle["text/html"].count("<table>") == 3
    assert "SMTP 587, under TLS" in bundle["text/html"]
    assert "is vouched for by SPF and DKIM" in bundle["text/html"]
    assert "RCPT TO:&lt;bob@example.com&gt;" in bundle["text/html"]
    assert "<style" not in bundle["text/html"]


def test_two_acts_at_once_are_two_acts(lab, face):
    """A running cell leaves acts to another thread."""
    import threading

    threads = [threading.Thread(target=face.deliver) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    until(lambda: states(face)[-1] == "3 letters")
    assert len(lab.mailbox(BOB)) == 3
