"""Dialogs as arrows in a browser: arrow keys step, the evidence and the lines of the chosen one stand below."""

from tests.browser.looks import WIDTHS, amiss, set_width

SENT = 'lab.send(cake, "bob@alumni.example")\nlab.wait_for_mail("alice@example.net")'
CELLS = (
    f'from labmail import Lab, cake, widgets\nlab = Lab("06-spf")\n{SENT}',
    "widgets.Dialogs(lab.conversations())",
)


def test_what_went_wrong_is_open_and_the_others_are_a_key_away(house):
    with house.notebook(*CELLS) as book:
        widget, page = book.widget(1), house.page
        rows, detail = widget.get_by_role("option"), widget.get_by_label("The chosen dialog")
        assert rows.count() == 3
        assert rows.nth(1).get_attribute("aria-selected") == "true"
        row, outcome = rows.nth(1).bounding_box(), rows.nth(1).get_by_text("550 at MAIL").bounding_box()
        assert row["y"] <= outcome["y"] and outcome["x"] + outcome["width"] <= row["x"] + row["width"]
        assert "is not 198.51.100.44" in detail.inner_text()
        rows.nth(1).focus()
        page.keyboard.press("ArrowDown")
        assert "mx.alumni.example to mail.example.net" in detail.inner_text()
        page.keyboard.press("Enter")
        assert page.evaluate("() => document.activeElement.getAttribute('aria-label')") == "The chosen dialog"
        widget.get_by_role("button", name="Dialog").click()
        assert "MAIL FROM:<>" in widget.get_by_label("The dialog, line by line").inner_text()
        widget.get_by_role("button", name="Back").first.click()
        assert "550 5.7.23" in widget.get_by_label("The dialog, line by line").inner_text()
        assert book.errors() == []


FIRST_ROW = """(e) => { const text = document.createRange(); text.selectNodeContents(e);
  const [first, ...rest] = text.getClientRects();
  const row = [first, ...rest.filter((one) => one.top === first.top)];
  return [e.clientWidth, Math.max(...row.map((one) => one.right)) - first.left]; }"""
STRICT = """from labmail import Lab, cake, widgets
lab = Lab("08-dmarc")
lab.zone("example.net")["_dmarc", "TXT"] = "v=DMARC1; p=reject"
lab.host("mx1.example.com").reject_on_policy = True
lab.send(cake, "bakers@alumni.example", at="mail.example.net")
lab.wait_for_mail("bakers-bounces@alumni.example")"""


def test_a_long_outcome_and_four_hosts_stay_within_the_row(house):
    with house.notebook(STRICT, CELLS[1]) as book:
        assert book.errors() == []
        widget = book.widget(1)
        for width in (*WIDTHS, 530):
            set_width(widget, width)
            row = widget.get_by_role("option").filter(has_text="550 at the end of the letter")
            outcome = row.get_by_text("550 at the end of the letter")
            assert outcome.evaluate("(e) => e.scrollWidth <= e.clientWidth"), width
            right = row.bounding_box()["x"] + row.bounding_box()["width"]
            assert outcome.bounding_box()["x"] + outcome.bounding_box()["width"] <= right, width


def test_a_folded_line_of_a_signature_begins_beside_who_says_it(house):
    with house.notebook(STRICT, CELLS[1]) as book:
        widget = book.widget(1)
        widget.get_by_role("button", name="Dialog").click()
        set_width(widget, WIDTHS[-1])
        folded = widget.locator(".lm-dialog .lm-wire[data-folded]").first
        wide, first = folded.evaluate(FIRST_ROW)
        assert first > wide / 2, (first, wide)  # and no blank alone stands in it


def test_nothing_serious_nothing_pale_nothing_beyond_the_edge(house):
    with house.notebook(*CELLS) as book:
        widget = book.widget(1)
        assert amiss(house, widget) == {}
        widget.get_by_role("button", name="Dialog").click()
        assert amiss(house, widget) == {}
