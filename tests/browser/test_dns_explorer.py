"""The DNS explorer in a browser: ask, read every octet, edit the zone, stop a host, let time pass."""

import pytest

from tests.browser.looks import amiss, set_width

CELLS = (
    "from labmail import Lab, widgets\nlab = Lab()",
    "widgets.DnsExplorer(lab)",
    "print(lab.zone('example.com').text)",
)
WRONG = "mx1 CNAME mail"


@pytest.fixture
def book(house):
    with house.notebook(*CELLS) as book:
        assert book.errors() == []
        yield book


@pytest.fixture
def widget(book):
    return book.widget(1)


def ask(widget, name: str, type: str) -> None:
    widget.get_by_label("Name", exact=True).fill(name)
    widget.get_by_label("Type", exact=True).select_option(type)
    widget.get_by_role("button", name="Ask", exact=True).click()


def field(widget, word: str):
    return widget.locator(".lm-packet [role=option]").filter(has_text=word).first


def chosen(widget) -> str:
    found = widget.locator(".lm-packet [role=option][aria-selected=true]")
    assert found.count() == 1
    return found.text_content()


def press(widget, name: str) -> None:
    widget.get_by_role("button", name=name).click()


def test_a_field_that_is_clicked_tells_what_it_is_for(widget):
    assert widget.locator("h2").text_content() == "Which hosts take mail for example.com?"
    assert widget.locator(".lm-packet [role=option]").count() == 44
    field(widget, "mx1 → 000c").click()
    detail = widget.get_by_label("The chosen field")
    assert "The letters “mx1”, then a pointer to octet 000c" in detail.text_content()
    assert "002b to 0030" in detail.text_content()
    assert detail.get_by_role("link", name="RFC 1035 section 4.1.4").count() == 1
    pointed = widget.locator(".lm-packet [data-target]")
    assert pointed.all_text_contents() == ["07 65 78 61 6d 70 6c 65 03 63 6f 6d 00example.com"]
    assert pointed.evaluate("(e) => e.closest('[data-by]').dataset.by") == "server"


def test_the_fields_are_walked_by_keyboard(widget, book):
    page = book.page
    widget.locator(".lm-packet [role=option]").first.focus()
    page.keyboard.press("ArrowLeft")
    assert chosen(widget) == "00 01ID"
    for key in ("ArrowRight", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    assert chosen(widget) == "00 000 answers"
    assert widget.locator(".lm-count").text_content() == "field 4 of 44"
    page.keyboard.press("End")
    assert chosen(widget).endswith("198.51.100.2")
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.getAttribute('aria-label')") == "The chosen field"
    page.keyboard.press("Escape")
    assert page.evaluate("() => document.activeElement.getAttribute('role')") == "option"


def test_at_either_end_of_the_walk_the_focus_stays(widget, book):
    field(widget, "ID").click()
    press(widget, "Next")
    back = widget.get_by_role("button", name="Back")
    back.focus()
    for _ in range(2):  # idle at the first field, and not disabled: that would drop the focus to the page
        book.page.keyboard.press("Enter")
        assert widget.locator(".lm-count").text_content() == "field 1 of 44"
        assert back.is_disabled()
        assert back.evaluate("(e) => e === document.activeElement")


def test_asking_by_keyboard_alone_and_once_more_out_of_memory(widget, book):
    page = book.page
    widget.get_by_label("Name", exact=True).focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("nobody.example.com")
    page.keyboard.press("Tab")
    page.keyboard.type("A")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    widget.get_by_text("Which address has nobody.example.com?").wait_for()
    assert field(widget, "NXDOMAIN").count() == 1
    page.keyboard.press("Enter")
    widget.get_by_text("remembers the answer, so nobody was asked").wait_for()
    assert not widget.locator(".lm-packet").is_visible()
    press(widget, "Let 5 minutes pass")
    widget.get_by_text("It is 09:05:00 in the lab.").wait_for()
    assert "nothing" in widget.locator(".lm-memory").text_content()
    ask(widget, "nobody.example.com", "A")
    widget.get_by_text("These are all the bytes.").wait_for()


def test_nonsense_gets_a_sentence(widget):
    ask(widget, "exa mple..com", "MX")
    widget.get_by_role("alert").get_by_text("is no domain name: there is nothing between two of its dots").wait_for()
    ask(widget, "example.org", "MX")
    widget.get_by_text("Which hosts take mail for example.org?").wait_for()
    assert widget.get_by_role("alert").all_text_contents() == ["", ""]


def test_a_mistake_in_the_zone_is_shown_on_its_line_and_the_old_zone_answers(widget, book):
    zone = widget.get_by_label("Zone file of example.com")
    old = zone.input_value()
    last = len(old.splitlines()) + 1
    zone.fill(f"{old}{WRONG}\n")
    press(widget, "Publish the zone")
    widget.get_by_text("gives mx1 an alias, but line 9 already gives it an address").wait_for()
    assert widget.get_by_text(f"Line {last}").count() == 1
    assert widget.get_by_role("link", name="RFC 1034 section 3.6.2").count() == 1
    assert zone.get_attribute("aria-invalid") == "true"
    line = widget.locator(".lm-zone").evaluate("(e) => getComputedStyle(e).getPropertyValue('--err')")
    assert line == str(last)
    assert zone.input_value().endswith(f"{WRONG}\n")  # the learner's text stays
    press(widget, "Undo my edits")
    assert zone.input_value() == old
    zone.fill(old.replace("20 mx2", "5 mx2"))
    press(widget, "Publish the zone")
    widget.get_by_text("The new zone answers from now on, with serial number 2").wait_for()
    assert zone.get_attribute("aria-invalid") is None
    assert "MX    5 mx2" in zone.input_value()
    book.run(2)
    book.page.wait_for_timeout(300)
    assert "MX    5 mx2" in book.outputs(2)[0]["text"]


def test_the_editor_is_used_by_keyboard_and_leaves_the_notebook_alone(widget, book):
    page = book.page
    zone = widget.get_by_label("Zone file of example.com")
    zone.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("abxdd 60 TXT hello")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    widget.get_by_text("Published").first.wait_for()
    assert zone.input_value().splitlines()[-1].split() == ["abxdd", "60", "TXT", '"hello"']
    assert page.locator(".jp-Notebook:visible .jp-Cell").count() == 3


def test_when_the_first_host_is_down_the_letter_goes_to_the_next(widget):
    press(widget, "Stop mx1.example.com")
    widget.get_by_role("button", name="Start mx1.example.com").wait_for()
    press(widget, "Send the cake to bob@example.com")
    widget.get_by_text("Tried in this order", exact=True).wait_for()
    rows = widget.locator(".lm-order tbody tr").all_text_contents()
    assert "refused" in rows[0]
    assert "delivered" in rows[1]
    assert "no one had to be told" in widget.text_content()
    press(widget, "Start mx1.example.com")
    widget.get_by_role("button", name="Stop mx1.example.com").wait_for()


def test_a_question_of_before_is_chosen_again(widget, book):
    ask(widget, "example.net", "TXT")
    widget.get_by_text("Which texts are published at example.net?").wait_for()
    asked = widget.get_by_label("Questions so far, the latest last")
    asked.get_by_role("option").first.focus()
    book.page.keyboard.press("Home")
    assert widget.locator("h2").text_content() == "Which hosts take mail for example.com?"
    assert widget.locator(".lm-packet [role=option]").count() == 44
    book.page.keyboard.press("End")
    assert "example.net" in widget.locator("h2").text_content()


def test_in_a_narrow_cell_the_meaning_stands_right_under_its_row(widget):
    set_width(widget, 420)
    one = field(widget, "mx1 → 000c")
    one.click()
    row = one.evaluate("(e) => e.closest('[role=group]').getBoundingClientRect().bottom")
    meaning = widget.get_by_label("The chosen field").bounding_box()
    assert 0 <= meaning["y"] - row < 16


def test_after_a_reset_it_says_so_and_its_buttons_rest(house):
    with house.notebook(*CELLS[:2], "lab.reset()") as book:
        widget = book.widget(1)
        widget.get_by_text("This is of an earlier run: the lab was reset since.").wait_for()
        assert widget.get_by_role("button", name="Ask", exact=True).evaluate("(e) => Boolean(e.closest('[inert]'))")


STATES = {
    "fresh": lambda widget: None,
    "a pointer": lambda widget: field(widget, "mx1 → 000c").click(),
    "a fault": lambda widget: (
        ask(widget, "exa mple..com", "MX"),
        widget.get_by_text("is no domain name").wait_for(),
        widget.get_by_label("Zone file of example.com").fill("nonsense " * 40),
        press(widget, "Publish the zone"),
        widget.get_by_text("The old zone still answers").wait_for(),
    ),
    "remembered": lambda widget: (
        press(widget, "Send the cake"),
        widget.get_by_text("Tried in this order", exact=True).wait_for(),
        widget.get_by_label("Questions so far").get_by_role("option").last.click(),
    ),
}


def test_nothing_serious_nothing_pale_nothing_beyond_the_edge(widget, house):
    found = {}
    for state, reach in STATES.items():
        reach(widget)
        found[state] = amiss(house, widget)
    assert found == {state: {} for state in STATES}
