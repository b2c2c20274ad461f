"""The journey in a browser: one click, and the letter visibly crosses; plugs are pulled; nothing else moves."""

import re

import pytest

from tests.browser.looks import amiss, set_width
from tests.browser.test_lessons import code
from tests.browser.test_timeline import focus, selected, then

LAB = "from labmail import Lab, cake, widgets\nlab = Lab()"
SHOWN = "face = widgets.Journey(lab)\nface"
TOOK = "mx1.example.com took it: 250 2.0.0 OK. Bob’s mailbox holds 1 letter."
SEND, FETCH = "Send Alice’s letter", "Fetch Bob’s mail on phone.example.com"


@pytest.fixture
def book(house):
    with house.notebook(LAB, SHOWN, "1") as book:
        assert book.errors() == []
        yield book


@pytest.fixture
def widget(book):
    return book.widget(1)


def press(widget, name: str) -> None:
    widget.get_by_role("button", name=name).click()


def sentence(widget) -> str:
    return widget.locator(".lm-send .lm-say").text_content()


def arrived(widget, letters: str = "1 letter") -> None:
    widget.locator(".lm-send .lm-say").get_by_text(f"holds {letters}.").wait_for()


def states(widget) -> list[str]:
    return widget.locator(".lm-stations .lm-is").all_text_contents()


def roles(widget) -> list[str]:
    """An asterisk where the letter was: a full dot."""
    return widget.locator(".lm-stations li").evaluate_all(
        "(all) => all.map((e) => ('had' in e.dataset ? '*' : '') + e.querySelector('.lm-role').textContent)"
    )


def hops(widget) -> list[str]:
    return widget.locator(".lm-hop:not([hidden])").all_inner_texts()


def checks(widget) -> list[str]:
    heads = widget.locator(".lm-checkhead").all()
    return [" ".join(filter(None, head.locator("b, .lm-is").all_text_contents())) for head in heads]


def test_one_click_and_the_letter_crosses_row_by_row(widget, book):
    assert sentence(widget) == "Alice has written to bob@example.com. The letter is on her laptop."
    assert states(widget) == ["up", "up", "up", "up", "empty"]
    assert hops(widget) == []
    assert checks(widget) == ["Signature", "SPF", "DKIM", "DMARC"]  # what they will ask stands below
    assert widget.locator(".lm-stations li").first.get_by_text("the letter").count() == 1
    assert widget.get_by_role("button", name="Next").count() == 0  # nothing to step through yet
    assert not widget.locator(".lm-cols").is_visible()  # and no empty list
    assert roles(widget) == ["*sender", "outgoing", "directory", "receiver", "receiver", "mailbox", "reader"]
    watch = widget.evaluate_handle(
        """(e) => { const seen = [];
          const note = () => seen.push([e.querySelectorAll('.lm-canvas [role=option]').length,
            e.querySelector('.lm-send .lm-say').textContent, e.querySelector('.lm-window').clientHeight]);
          new MutationObserver(note).observe(e, { subtree: true, childList: true });
          return seen; }"""
    )
    press(widget, SEND)
    arrived(widget)
    seen = watch.evaluate("(seen) => seen")
    counts = [count for count, *_ in seen if count]
    assert counts[-1] >= 15
    assert set(range(1, 12)) <= set(counts)  # one after the other, and then the list moves on
    assert [said for _, said, _ in seen].index(TOOK) > len(seen) / 2
    assert len({height for count, _, height in seen if count}) == 1  # and what stands below does not creep
    assert sentence(widget) == TOOK
    assert states(widget)[-1] == "1 letter"
    assert widget.locator(".lm-stations li").nth(5).get_by_text("the letter").count() == 1
    assert roles(widget) == [
        *("*sender", "*outgoing, sent it on", "directory, asked"),
        *("*receiver, took it", "receiver, not needed", "*mailbox", "reader"),
    ]
    assert hops(widget) == ["SMTP 587", "DNS", "SMTP 25"]
    assert checks(widget) == ["Signature signed", "SPF pass", "DKIM pass", "DMARC pass"]
    assert selected(widget) == "113. mx1.example.com to mail.example.net: 250 2.0.0 OK, under TLS"
    assert "116 events on 4 hosts" in widget.locator(".lm-head").text_content()
    assert book.errors() == []


def test_every_hop_and_every_check_opens(widget, book):
    press(widget, SEND)
    arrived(widget)
    press(widget, re.compile("mx1.example.com was reached by SMTP 25, under TLS"))
    assert "220 mx1.example.com" in selected(widget)  # that it connects is not shown: the next one is
    press(widget, re.compile("ns.example was reached by DNS"))
    assert "example.com. IN MX ?" in selected(widget)
    begins = selected(widget).partition(".")[0]
    assert widget.get_by_role("button", name=f"ns.example was reached by DNS: open event {begins}").count() == 1
    assert focus(book.page) == selected(widget)  # so the arrows go on from there
    book.page.keyboard.press("ArrowDown")
    assert int(selected(widget).partition(".")[0]) > int(begins)
    book.page.keyboard.press("Enter")
    assert focus(book.page) == "The chosen event"
    press(widget, re.compile("^SPF"))
    assert "SPF pass, DKIM pass, DMARC pass" in selected(widget)
    press(widget, re.compile("^Signature"))
    assert "signs for example.net" in selected(widget)


def test_what_is_sealed_has_a_lock_in_its_row_and_at_its_stage(widget):
    press(widget, SEND)
    arrived(widget)
    press(widget, re.compile("mail.example.net was reached by SMTP 587"))
    rows = widget.get_by_role("option")
    greeting, login = rows.filter(has_text="220 mail.example.net").first, rows.filter(has_text="AUTH PLAIN").first
    assert greeting.locator(".lm-lock").count() == 0
    assert login.locator(".lm-lock").count() == 1
    assert login.get_attribute("aria-label").endswith(", under TLS")
    sealed = "(e) => getComputedStyle(e).visibility"
    stage = widget.locator(".lm-stage")
    assert stage.filter(has_text="Hand in").locator(".lm-lock").evaluate(sealed) == "visible"
    assert stage.filter(has_text="Look up").locator(".lm-lock").evaluate(sealed) == "hidden"


def test_the_phone_fetches_it_and_only_then_has_it(widget, book):
    press(widget, SEND)
    arrived(widget)
    press(widget, FETCH)
    widget.locator(".lm-send .lm-say").get_by_text("a copy is there").wait_for()
    assert widget.locator(".lm-stations li").last.get_by_text("the letter").count() == 1
    assert roles(widget)[-1] == "*reader, fetched it"
    assert hops(widget)[-1] == "IMAP 993"
    press(widget, "Unplug mail.example.com")
    widget.get_by_role("button", name="Plug in mail.example.com").wait_for()
    press(widget, FETCH)
    widget.get_by_text("mail.example.com refused the connection.").wait_for()
    assert book.errors() == []


def test_each_arrow_moves_for_at_most_200_ms_and_not_at_all_where_that_is_unwanted(widget, book, house):
    press(widget, SEND)
    widget.locator(".lm-row[data-new]").first.wait_for()
    durations = widget.evaluate(
        "(e) => e.getAnimations({ subtree: true }).map((a) => a.effect.getComputedTiming().duration)"
    )
    assert durations
    assert max(durations) <= 200
    arrived(widget)
    try:
        house.page.emulate_media(reduced_motion="reduce")
        press(widget, SEND)
        arrived(widget, "2 letters")
        assert widget.evaluate("(e) => e.getAnimations({ subtree: true }).length") == 0
        assert "250 2.0.0 OK" in selected(widget)
    finally:
        house.page.emulate_media(reduced_motion="no-preference")


def test_by_keyboard_alone(widget, book):
    page = book.page
    widget.get_by_role("button", name=SEND).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # once more while it is on its way: nothing
    arrived(widget)
    assert focus(page) == "BUTTON"  # it is still there
    for _ in range(6):  # the hop and the plug of two hosts, and the hop to the third
        page.keyboard.press("Tab")
    assert focus(page) == "Unplug mx1.example.com"
    page.keyboard.press("Enter")
    widget.get_by_role("button", name="Plug in mx1.example.com").wait_for()
    assert focus(page) == "Plug in mx1.example.com"
    assert states(widget)[2] == "unplugged"
    for _ in range(6):
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    arrived(widget, "2 letters")
    assert sentence(widget).startswith("mx1.example.com refused the connection, so mx2.example.com took it: 250")
    for key in "abxzmyrcvdd":  # JupyterLab's own: none of them may act
        page.keyboard.press(key)
    assert page.locator(".jp-Notebook:visible .jp-Cell").count() == 3
    widget.locator("[role=option][tabindex='0']").focus()
    page.keyboard.press("ArrowUp")
    assert "stored: bob@example.com, INBOX, UID 2" in selected(widget)
    page.keyboard.press("Enter")
    assert focus(page) == "The chosen event"


def test_plugs_are_pulled_and_the_sentence_says_where_the_letter_is(widget):
    press(widget, "Unplug mx1.example.com")
    press(widget, "Unplug mx2.example.com")
    widget.get_by_role("button", name="Plug in mx2.example.com").wait_for()
    press(widget, SEND)
    widget.get_by_text("mx1.example.com and mx2.example.com refused the connection. Nobody took").wait_for()
    assert states(widget) == ["up", "up", "unplugged", "unplugged", "empty"]
    assert widget.locator(".lm-stations li").nth(1).get_by_text("the letter").count() == 1
    widget.locator("[role=option][tabindex='0']").press("Home")
    assert widget.get_by_role("option").filter(has_text="stops: nothing listens there now").count() == 2
    press(widget, "Plug in mx2.example.com")
    press(widget, SEND)
    arrived(widget)


def test_a_row_that_is_being_read_stays(widget):
    press(widget, SEND)
    arrived(widget)
    row = widget.get_by_role("option").filter(has_text="RCPT TO").first
    row.click()
    before, at = selected(widget), row.bounding_box()
    press(widget, SEND)
    arrived(widget, "2 letters")
    assert selected(widget) == before
    assert row.bounding_box() == at


def test_a_choice_ends_the_drawing(widget):
    press(widget, SEND)
    row = widget.get_by_role("option").filter(has_text="example.com. IN MX ?")
    row.click()
    arrived(widget)
    assert "example.com. IN MX ?" in selected(widget)


def test_double_clicks_send_one_letter(widget, book):
    widget.get_by_role("button", name=SEND).dblclick()
    arrived(widget)
    then(book, 2, "print(len(lab.mailbox('bob@example.com')))")
    book.page.wait_for_function("() => jupyterapp.shell.currentWidget.content.model.cells.get(2).outputs.length > 0")
    assert book.outputs(2)[0]["text"] in ("1\n", ["1\n"])


def test_what_a_cell_does_is_seen_at_once_and_moves_nothing(widget, book):
    then(book, 2, "lab.host('mx1.example.com').stop()\nlab.send(cake, 'bob@example.com')")
    widget.get_by_text(re.compile("mx1.example.com refused the connection, so mx2")).wait_for()
    assert states(widget) == ["up", "up", "unplugged", "up", "1 letter"]
    assert widget.locator("[data-new]").count() == 0


def test_a_click_while_a_cell_runs_waits_and_says_so(house):
    with house.notebook(LAB, SHOWN, "lab.dig('example.com', 'A')\nimport time\ntime.sleep(4)") as book:
        widget = book.widget(1)
        book.page.evaluate(
            "() => { jupyterapp.shell.currentWidget.content.activeCellIndex = 2;"
            " jupyterapp.commands.execute('notebook:run-cell'); }"
        )
        widget.get_by_role("button", name=SEND).dblclick()
        press(widget, "Unplug mx2.example.com")
        arrived(widget)
        widget.get_by_role("button", name="Plug in mx2.example.com").wait_for()
        assert "Bob’s mailbox holds 1 letter." in sentence(widget)
        assert book.errors() == []


def test_after_a_reset_it_says_so_and_after_the_kernel_too(widget, book, house):
    press(widget, SEND)
    arrived(widget)
    then(book, 2, "lab.reset()")
    widget.get_by_text("This is of an earlier run: the lab was reset since.").wait_for()
    assert widget.locator(".lm-send").evaluate("(e) => e.inert && e.parentElement.querySelector('ol').inert")
    assert not widget.locator(".lm-cols").evaluate("(e) => e.inert")  # to read on


def test_once_the_kernel_has_gone_it_says_so(widget, book, house):
    house.allowed += ["Cannot send", "debugger", "Debugger", "Kernel", "kernel", "Canceled", "404", "WebSocket"]
    press(widget, SEND)
    arrived(widget)
    book.page.evaluate("async () => { await jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart(); }")
    book.cell(1).get_by_text("The kernel has gone. Run this cell again.").wait_for()
    assert sentence(widget) == TOOK  # to read on


def test_two_views_show_one_map(house):
    with house.notebook(LAB, SHOWN, "face") as book:
        press(book.widget(1), SEND)
        arrived(book.widget(1))
        assert sentence(book.widget(2)) == TOOK
        press(book.widget(2), "Unplug ns.example")
        book.widget(1).get_by_role("button", name="Plug in ns.example").wait_for()


def test_nothing_serious_nothing_pale_nothing_beyond_the_edge(widget, house):
    found = {"before": amiss(house, widget)}
    press(widget, "Unplug mx1.example.com")
    press(widget, SEND)
    arrived(widget)
    assert found | {"after": amiss(house, widget)} == {"before": {}, "after": {}}
    set_width(widget, 420)
    places = [box.bounding_box() for box in widget.locator(".lm-stations li").all()]
    assert [round(box["x"]) for box in places] == [round(places[0]["x"])] * 7  # one below the other


def test_the_first_minute_of_lesson_00(house):
    """One prediction, one click, and the letter crosses; a plug that a later cell pulls is seen on the map."""
    cells = code("00-start")
    shown = next(index for index, source in enumerate(cells) if "Journey(lab)" in source)
    with house.notebook(*cells) as book:
        assert book.errors() == []
        reveal = book.widget(shown)
        assert reveal.get_by_role("button", name=SEND).count() == 0  # covered until the commit
        book.widget(shown - 1).get_by_role("radio").nth(1).check()
        book.widget(shown - 1).get_by_role("button", name="Commit").click()
        reveal.get_by_role("button", name=SEND).wait_for()
        # the loop's thread tells it, a moment after the commit
        reveal.locator(".lm-stations").get_by_text("2 letters").wait_for()
        assert states(reveal) == ["up", "up", "unplugged", "up", "2 letters"]  # the cells below have run as well
        press(reveal, "Plug in mx1.example.com")
        press(reveal, SEND)
        arrived(reveal, "3 letters")
        assert sentence(reveal).startswith("mx1.example.com took it: 250 2.0.0 OK.")
        assert book.errors() == []
