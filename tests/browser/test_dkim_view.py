"""The DKIM view in a browser: the letter by mouse and keyboard, an octet changed and what breaks; and its looks."""

from __future__ import annotations

import pytest

from tests.browser.looks import amiss

SETUP = """
from labmail import Lab, cake, dkim, widgets
lab = Lab()
key = dkim.load("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")  # of RFC 8463 appendix A
lab.zone("example.net")["s1._domainkey", "TXT"] = key.record
def signed(**more):
    return dkim.sign(cake, "s1", "example.net", key, now=lab.clock.now, **more).message
def judge(letter):
    return dkim.verify(letter, lab.resolver)
"""
BARE = "judge(b'Received: from mail.example.net\\r\\n' + signed())"


@pytest.fixture
def book(house):
    with house.notebook(SETUP, BARE) as book:
        assert book.errors() == []
        yield book


@pytest.fixture
def widget(book):
    return book.widget(1)


def line(widget, text: str):
    return widget.locator(".lm-signed-letter [role=option]").filter(has_text=text).first


def result(widget) -> str:
    return widget.locator(".lm-finding > .lm-is").text_content()


def judged(widget) -> list[str]:
    return widget.locator(".lm-judged .lm-is").all_text_contents()


def detail(widget) -> str:
    return widget.get_by_label("The chosen line").text_content()


def test_a_bare_verdict_shows_what_is_signed(widget):
    assert result(widget) == "pass"
    assert judged(widget) == ["can count", "found", "hash is the same", "signature fits"]
    marks = widget.locator(".lm-signed-letter li > span:first-child").all_text_contents()
    assert marks == ["not signed", "signature", "signed", "signed", "signed", "signed", "empty line", "body hash"]
    assert "from:Alice <alice@example.net>" in detail(widget)
    line(widget, "Received").click()
    assert "It is not hashed." in detail(widget)


def test_the_letter_is_walked_by_keyboard(widget, book):
    page = book.page
    line(widget, "Received").click()
    page.keyboard.press("End")
    assert "A line of the body" in detail(widget)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert "subject:Re: The Cake" in detail(widget)
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.getAttribute('aria-label')") == "The chosen line"
    page.keyboard.press("Escape")
    assert page.evaluate("() => document.activeElement.getAttribute('role')") == "option"


def test_a_key_replaces_an_octet_and_the_body_hash_breaks_alone(widget, book):
    line(widget, "forget").click()
    widget.get_by_label("octet 30:").click()
    book.page.keyboard.type(".")
    widget.get_by_text("hash differs", exact=True).wait_for()
    assert judged(widget) == ["can count", "found", "hash differs", "signature fits"]
    remarks = widget.locator(".lm-remarks").text_content()
    assert "Octet 30 of the canonical body was hex 21 “!”, and is hex 2e “.”." in remarks
    assert widget.locator(".lm-signed-letter mark").all_text_contents() == ["."]
    book.page.keyboard.type("!")
    widget.get_by_text("hash is the same", exact=True).wait_for()
    assert result(widget) == "pass"


def test_the_header_breaks_alone_and_comes_back(widget):
    line(widget, "The Cake").click()
    widget.get_by_label("octet 9:").click()
    widget.get_by_label("Change it to").fill("X")
    widget.get_by_role("button", name="Change", exact=True).click()
    widget.get_by_text("signature does not fit", exact=True).wait_for()
    assert judged(widget)[2] == "hash is the same"
    widget.get_by_role("button", name="Undo all changes").click()
    widget.get_by_text("signature fits", exact=True).wait_for()
    assert widget.get_by_role("button", name="Undo all changes").is_disabled()


def test_what_is_changed_is_said_to_be_and_an_octet_is_hex(widget, book):
    line(widget, "forget").click()
    widget.get_by_label("octet 0: hex 44").click()
    assert "As it came" in detail(widget) and ": hex 44" in detail(widget)
    widget.get_by_role("button", name="Change", exact=True).click()
    widget.get_by_text("Type one character into the field first.").wait_for()
    widget.get_by_label("Change it to").fill("d")
    widget.get_by_role("button", name="Change", exact=True).click()
    widget.get_by_text("With your changes").wait_for()
    assert "As it came" not in detail(widget)
    assert "Type one" not in detail(widget)


def test_a_bare_cr_is_drawn_as_its_mark(house):
    with house.notebook(SETUP, "judge(b'Subject: a\\rb\\r\\n\\r\\nx\\r\\n')") as book:
        assert line(book.widget(1), "Subject").locator(".lm-cr").count() == 2  # within the line, and at its end


def test_relaxed_lets_a_space_come_in_and_none_go(widget):
    line(widget, "The Cake").click()
    widget.get_by_label("octet 8:").click()
    widget.get_by_role("button", name="Put a space before it").click()
    widget.locator(".lm-signed-letter mark").wait_for()
    assert result(widget) == "pass"
    line(widget, "forget").click()
    widget.get_by_label("octet 5:").click()
    widget.get_by_role("button", name="Delete it").click()
    widget.get_by_text("hash differs", exact=True).wait_for()


def test_the_code_that_recreates_it_runs_and_text_stands_beside_it(house):
    code = "message = signed()\nface = widgets.DkimView(judge(message))\nface.change(3, b'X')\nprint(face.data['code'])"
    with house.notebook(SETUP, f"{code}\nexec(face.data['code'])\nface") as book:
        assert book.errors() == []
        assert "neutral" not in result(book.widget(1))
        outputs = book.outputs(1)
        assert outputs[0]["text"].splitlines()[1:] == ["face.change(3, b'X')"]
        shown = outputs[1]["data"]
        assert "".join(shown["text/plain"]).startswith("none  nobody signed this message")
        assert "<table>" in "".join(shown["text/html"])


SCENES = {
    "pass": BARE,
    "a footer": "judge(signed() + b'-- \\r\\nbakers@alumni.example\\r\\n')",
    "two signatures": "judge(dkim.sign(signed(), 's2', 'example.net', key, headers=('from',), oversign=()).message)",
    "nobody": "judge(cake)",
    "its first line gone": "face = widgets.DkimView(judge(signed()))\nface.change(0, b'', 22)\nface",
    "after the length": "judge(signed(length=True, canonicalization='simple/simple') + b'Buy now!\\r\\n')",
}


@pytest.mark.parametrize("scene", SCENES)
def test_nothing_is_amiss_in_both_themes_and_at_each_width(house, scene):
    with house.notebook(SETUP, SCENES[scene]) as book:
        assert book.errors() == []
        assert amiss(house, book.widget(1)) == {}
