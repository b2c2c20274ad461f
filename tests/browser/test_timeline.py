"""The timeline in a browser: live, walked by keyboard and by mouse, ten thousand events long."""

import pytest

from tests.browser.looks import amiss, set_width

LAB = "from labmail import Lab, cake, widgets\nlab = Lab('trusting')"
LETTER = """\
lab.host('mx1.example.com').stop()
lab.host('mx2.example.com').starttls = False  # so each line stands on the wire as it was said
lab.send(cake, 'bob@example.com')"""
SHOWN = "face = widgets.Timeline(lab.record)\nface"
LONG = """\
from labmail.record import Event, Record, Wire
from labmail.clock import FIRST_MINUTE
wire = Wire(number=1, protocol="smtp", client="mail.example.net", client_address="192.0.2.67", client_port=49152,
            server="mx1.example.com", server_address="198.51.100.1", server_port=25)
record = Record()
def talk(first, last):
    for n in range(first, last):
        heard, said = b"NOOP %d\\r\\n" % n, b"250 2.0.0 number %d\\r\\n" % n
        record.note(Event(kind="heard", octets=heard), by=wire.client, at=FIRST_MINUTE, wire=wire)
        record.note(Event(kind="said", octets=said), by=wire.server, at=FIRST_MINUTE, wire=wire)
talk(1, 5001)"""


def selected(widget) -> str:
    rows = widget.locator("[role=option][aria-selected=true]")
    assert rows.count() == 1
    return rows.get_attribute("aria-label")


def focus(page) -> str:
    return page.evaluate("() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.tagName")


def row(widget, text: str):
    return widget.locator("[role=option]").filter(has_text=text).first


def then(book, index: int, code: str) -> None:
    """Write a cell and run it, as a learner would later on."""
    script = "([i, code]) => jupyterapp.shell.currentWidget.content.model.cells.get(i).sharedModel.setSource(code)"
    book.page.evaluate(script, [index, code])
    book.run(index)


@pytest.fixture
def letter(house):
    with house.notebook(LAB, LETTER, SHOWN, "1") as book:
        assert book.errors() == []
        yield book


def test_a_line_that_is_clicked_shows_its_bytes_its_meaning_and_its_rule(letter):
    widget = letter.widget(2)
    detail = widget.get_by_label("The chosen event")
    row(widget, "RCPT TO:<bob@example.com>").click()
    assert detail.locator(".lm-beside h3").text_content() == "Event 22: mail.example.net says"
    assert detail.get_by_role("img").get_attribute("aria-label").startswith("27 octets: 52 43 50 54 20 54 4f")
    assert "The envelope’s recipient" in detail.text_content()
    link = detail.get_by_role("link", name="RFC 5321 section 4.1.1.3")
    assert link.get_attribute("href") == "https://www.rfc-editor.org/rfc/rfc5321#section-4.1.1.3"
    assert "readable by everyone between" in detail.text_content()
    ends = widget.locator(".lm-hosts [data-on]").all_text_contents()
    assert ends == ["mail.example.net192.0.2.67", "mx2.example.com198.51.100.2"]
    assert "From" in detail.locator(".lm-fate").text_content()
    row(widget, "10 mx1.example.com., 20 mx2.example.com.").click()
    assert "101 octets, one message" in detail.text_content()
    assert "64 of 101 octets are in sight: scroll" in detail.text_content()
    assert detail.locator(".lm-cr").count() == 0  # octets of a packet are no line ends


def test_by_keyboard_alone(letter, house):
    widget, page = letter.widget(2), house.page
    widget.locator("[role=option][tabindex='0']").focus()
    page.keyboard.press("Home")
    assert selected(widget).startswith("1. mx1.example.com: stops: nothing listens there now (unplugged)")
    page.keyboard.press("ArrowUp")
    assert selected(widget).startswith("1. ")
    for _ in range(6):
        page.keyboard.press("ArrowDown")
    assert selected(widget).startswith(
        "8. mail.example.net to mx1.example.com: port 25: nobody listens there (refused)"
    )
    assert widget.locator(".lm-live").text_content() == selected(widget)[3:]
    page.keyboard.press("Enter")
    assert focus(page) == "The chosen event"
    page.keyboard.press("Escape")
    assert focus(page).startswith("8. ")
    page.keyboard.press("End")
    assert selected(widget).startswith("34. ")
    for key in "abxzmyrcvdd":  # JupyterLab's own: none of them may act
        page.keyboard.press(key)
    assert focus(page).startswith("34. ")
    assert page.locator(".jp-Notebook:visible .jp-Cell").count() == 4
    page.keyboard.press("Tab")
    assert not focus(page).startswith("34. ")


def test_steps_scrubbing_and_every_line(letter):
    widget = letter.widget(2)
    main = int(widget.get_by_role("slider").get_attribute("max")) + 1
    assert f"The {main} that carry the story are shown." in widget.text_content()
    assert widget.get_by_role("button", name="Back").is_disabled()
    widget.get_by_role("button", name="Next").click()
    assert selected(widget).startswith("2. ")
    widget.get_by_role("slider").fill(str(main - 1))
    assert selected(widget).startswith("34. ")
    assert widget.get_by_role("button", name="Next").is_disabled()
    assert widget.locator(".lm-count").inner_text() == f"event 34 ({main} of {main} shown)"
    every = widget.get_by_role("button", name="Every line")
    every.click()
    assert every.get_attribute("aria-pressed") == "true"
    assert selected(widget).startswith("34. ")
    assert "carry the story" not in widget.text_content()
    assert widget.locator(".lm-count").inner_text() == "event 34 of 37"
    widget.get_by_role("button", name="Back").click()
    widget.get_by_role("button", name="Back").click()
    assert selected(widget).startswith("32. ")
    widget.get_by_role("button", name="Back").click()
    assert selected(widget).startswith("31. ")  # a line of the letter, which the story leaves out
    every.click()
    assert selected(widget).startswith("29. ")  # the main event before it


def test_what_happens_later_appears_and_the_choice_stays(letter):
    widget = letter.widget(2)
    row(widget, "EHLO").click()
    before = selected(widget)
    then(letter, 3, "lab.dig('nobody.example.com', 'A')")
    widget.get_by_text("40 events on").wait_for()
    assert selected(widget) == before
    assert "laptop.example.net" in widget.locator(".lm-hosts").text_content()
    assert widget.locator(".lm-canvas").evaluate("(e) => e.offsetHeight") > 24 * 20


def test_after_a_reset_it_says_so(letter):
    widget = letter.widget(2)
    assert widget.locator(".lm-over").text_content() == ""
    then(letter, 3, "lab.reset()")
    widget.get_by_text("This is of an earlier run: the lab was reset since.").wait_for()


def test_two_views_share_one_choice(house):
    with house.notebook(LAB, LETTER, SHOWN, "face") as book:
        one, other = book.widget(2), book.widget(3)
        row(one, "EHLO").click()
        assert selected(other) == selected(one)
        assert "asks which extensions" in other.get_by_label("The chosen event").text_content()


def test_ten_thousand_events_with_few_in_the_page(house):
    with house.notebook(LAB, LONG, "widgets.Timeline(record)", "1") as book:
        widget, page = book.widget(2), house.page
        rows = widget.locator("[role=option]")
        assert rows.count() < 60
        rows.first.focus()
        page.keyboard.press("End")
        assert selected(widget) == "10000. mx1.example.com to mail.example.net: 250 2.0.0 number 5000"
        assert rows.count() < 60
        page.keyboard.press("ArrowUp")
        assert focus(page).startswith("9998. ")
        widget.get_by_role("listbox").evaluate("(e) => { e.scrollTop = 0; }")
        row(widget, "250 2.0.0 number 1").wait_for()
        assert focus(page).startswith("9998. ")  # out of sight, and still in the page
        then(book, 3, "talk(5001, 5011)")
        widget.get_by_text("10,020 events on").wait_for()
        widget.locator("[role=option][tabindex='0']").focus()  # running a cell took the focus there
        page.keyboard.press("End")
        assert selected(widget).startswith("10020. ")
        seen = widget.get_by_role("listbox").evaluate(
            """async (list) => {
              const frame = () => new Promise((done) => requestAnimationFrame(done));
              let [most, blank] = [0, 0];
              for (let i = 0; i < 120; i++) {
                list.scrollTop = i * 240;
                await frame(); await frame();
                most = Math.max(most, list.querySelectorAll("[role=option]").length);
                const box = list.getBoundingClientRect();
                if (!document.elementFromPoint(box.left + 200, box.top + 60)?.closest("[role=option]")) blank++;
              }
              return [most, blank];
            }"""
        )
        assert seen[0] < 60  # what scrolling costs is the rows that it draws
        assert seen[1] == 0


def test_a_batch_that_was_lost_is_fetched(house):
    lose = (
        "send, face.send = face.send, lambda *a, **k: None\nlab.dig('example.com', 'MX')\n"
        "import time; time.sleep(0.2)\nface.send = send"
    )
    with house.notebook(LAB, SHOWN, lose, "lab.dig('nobody.example.com', 'A')") as book:
        assert book.errors() == []
        book.widget(1).get_by_text("nobody.example.com. IN A ?").wait_for()
        assert "6 events on" in book.widget(1).locator(".lm-head").text_content()


def test_nothing_happened_yet(house):
    with house.notebook(LAB, SHOWN) as book:
        widget = book.widget(1)
        assert "Nothing has happened yet." in widget.text_content()
        assert widget.get_by_role("button", name="Next").is_disabled()
        assert amiss(house, widget) == {}


def test_the_meaning_stands_beside_its_line(letter):
    widget = letter.widget(2)
    set_width(widget, 880)
    for _ in range(8):
        widget.get_by_role("button", name="Next").click()
        line = widget.locator("[role=option][aria-selected=true]").bounding_box()
        head = widget.locator(".lm-beside h3").first.bounding_box()
        bottom = widget.locator(".lm-window").bounding_box()
        ends = widget.locator(".lm-fate").bounding_box()
        aligned = abs(line["y"] - head["y"]) < 2
        assert aligned or ends["y"] + ends["height"] <= bottom["y"] + bottom["height"] + 2
    set_width(widget, 420)
    head = widget.locator(".lm-beside h3").first.bounding_box()
    bottom = widget.locator(".lm-window").bounding_box()
    assert head["y"] >= bottom["y"] + bottom["height"]


def test_nothing_serious_nothing_pale_nothing_beyond_the_edge(letter, house):
    widget = letter.widget(2)
    row(widget, "tries mx1").click()
    found = {"the story": amiss(house, widget)}
    widget.get_by_role("button", name="Every line").click()
    assert found | {"every line": amiss(house, widget)} == {"the story": {}, "every line": {}}
