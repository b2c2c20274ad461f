"""A message taken apart, in a browser: one selection for tree, source and result; nothing of a stranger's runs."""

import pytest

from tests.browser.looks import amiss, set_width

IMPORT = "from labmail import mime, widgets"


@pytest.fixture
def book(house):
    with house.notebook(IMPORT, "widgets.MimeTree(mime.build.inline())") as book:
        assert book.errors() == []
        yield book


@pytest.fixture
def widget(book):
    return book.widget(1)


def branch(widget, text: str):
    return widget.get_by_role("treeitem").filter(has_text=text)


def lit(widget) -> str:
    """The octets of the source that are marked as the chosen part's own."""
    return "\n".join(widget.locator(".lm-source [data-own] .lm-wire").all_text_contents())


def detail(widget):
    return widget.get_by_label("The chosen part", exact=True)


def test_a_part_that_is_clicked_lights_its_octets_and_tells_what_it_is(widget):
    branch(widget, "image/png").click()
    assert "Content-ID: <cake@example.net>" in lit(widget) and "iVBOR" in lit(widget)
    assert "Don't forget" not in lit(widget)
    told = detail(widget).text_content()
    assert "Part 2.2: image/png" in told and "234 octets" in told and "322 octets, 5 lines" in told
    assert "Shows this where the page points to it" in told
    assert detail(widget).get_by_role("link", name="RFC 2045 section 6.8").count() == 1
    assert detail(widget).locator("img").evaluate("(e) => e.decode().then(() => e.naturalWidth)") == 48
    assert widget.locator(".lm-live").text_content() == "Part 2.2: image/png."


def test_an_octet_that_is_clicked_chooses_its_part(widget):
    widget.locator(".lm-source").get_by_text("Don't forget to bring the cake!", exact=False).first.click()
    assert branch(widget, "text/plain").get_attribute("aria-selected") == "true"
    assert "body, octets" in detail(widget).text_content()
    widget.locator(".lm-source").get_by_text("--next-part-2--").click()
    assert branch(widget, "multipart/related").get_attribute("aria-selected") == "true"
    assert "no further part comes" in detail(widget).text_content()
    within = "\n".join(widget.locator(".lm-source [data-within] .lm-wire").all_text_contents())
    assert "iVBOR" in within and "next-part-2" not in within


def test_by_keyboard(widget, book):
    page = book.page
    widget.locator("[role=treeitem][tabindex='0']").focus()
    page.keyboard.press("Home")
    assert branch(widget, "multipart/alternative").get_attribute("aria-selected") == "true"
    page.keyboard.press("ArrowRight")
    assert branch(widget, "text/plain").get_attribute("aria-selected") == "true"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("End")
    assert branch(widget, "image/png").get_attribute("aria-selected") == "true"
    assert page.evaluate("() => document.activeElement.getAttribute('role')") == "treeitem"
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.getAttribute('aria-label')") == "The chosen part"
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowLeft")
    assert branch(widget, "multipart/related").get_attribute("aria-selected") == "true"
    widget.locator(".lm-source [tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    assert "The empty line" in detail(widget).text_content()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    assert page.evaluate("() => document.activeElement.getAttribute('role')") == "option"


def test_two_trees_differ_by_what_is_wrong(house):
    broken = "mime.build.alternative().replace(b'--next-part-1--', b'')"
    with house.notebook(IMPORT, "widgets.MimeTree(mime.build.alternative())", f"widgets.MimeTree({broken})") as book:
        sound, other = book.widget(1), book.widget(2)
        assert "nothing wrong found" in sound.locator(".lm-bar").text_content()
        assert not sound.get_by_label("What is wrong with the message").is_visible()
        assert "never closed" in other.get_by_label("What is wrong with the message").text_content()
        branch(other, "multipart/alternative").click()
        assert detail(other).get_by_role("link", name="RFC 2046 section 5.1.1").count() == 1


HOSTILE = """
html = (
    "<script>parent.owned = 1; fetch('http://mallory.example/1')</script><p onclick='owned=2'>Hello</p>"
    "<img src=x onerror='parent.owned=3'><img src='http://mallory.example/2.gif'><svg onload='owned=4'></svg>"
    "<iframe src='http://mallory.example/3'></iframe><link rel=stylesheet href='http://mallory.example/4.css'>"
    "<meta http-equiv=refresh content='0;url=http://mallory.example/5'><form action='http://mallory.example/6'></form>"
    "<div style=\\"background:url(http://mallory.example/7)\\">x</div><a href='javascript:parent.owned=8'>click</a>"
    "<a href='http://mallory.example/9'>link</a><object data='http://mallory.example/10'></object>"
)
subject = "<img src=x onerror='window.owned=11'>"
letter = mime.build.attached("<b onclick=owned=12>x</b>", ("<img src=x onerror=owned=13>.png", b"<svg/>", "image/png"))
widgets.MimeTree(mime.build.alternative("x", html, subject=subject))
"""


def test_nothing_hostile_runs_and_nothing_is_fetched(house):
    with house.notebook(IMPORT, HOSTILE, "widgets.MimeTree(letter)", "widgets.Headers(letter)") as book:
        assert book.errors() == []
        widget = book.widget(1)
        frame = widget.frame_locator("iframe")
        assert frame.get_by_text("Hello").text_content() == "Hello"
        frame.get_by_text("click").click()
        frame.get_by_text("Hello").click()
        for gone in ("script", "img[src]", "iframe", "form", "link", "object", "[onclick]", "a[href]"):
            assert frame.locator(f"body {gone}").count() == 0
        assert widget.locator("iframe").get_attribute("sandbox") == ""
        assert widget.locator("h2").text_content() == "<img src=x onerror='window.owned=11'>"
        assert "mallory.example" in widget.locator(".lm-about").get_by_text("not fetched").text_content()
        for cell in (2, 3):
            for row in book.widget(cell).locator("[role=treeitem], .lm-fieldlist [role=option]").all():
                row.click()
            assert book.widget(cell).locator("img").count() == 0
        assert book.page.evaluate("() => window.owned") is None  # and the house saw no request leave


def test_looks(house, widget):
    assert amiss(house, widget) == {}


def test_looks_where_much_is_wrong(house):
    many = "b'Content-Type: multipart/mixed; boundary=b\\r\\n\\r\\n' + b'--b\\r\\nX\\r\\n' * 30 + b'\\xff' * 2000"
    with house.notebook(IMPORT, f"widgets.MimeTree({many})") as book:
        widget = book.widget(1)
        assert "more: each part tells its own" in widget.text_content()
        assert amiss(house, widget) == {}


def test_narrow_it_stays_usable(widget):
    set_width(widget, 420)
    branch(widget, "text/plain").click()
    assert detail(widget).bounding_box()["width"] <= 420
    assert "Passes over this" in detail(widget).text_content()


def test_the_code_recreates_it(widget, book):
    code = widget.locator(".lm-code pre").text_content()
    assert code.startswith("from labmail import widgets\n\nmessage = (\n") and code.endswith(
        "widgets.MimeTree(message)"
    )
    with_code = book.page.evaluate(
        "async (code) => { const k = jupyterapp.shell.currentWidget.sessionContext.session.kernel;"
        " const f = k.requestExecute({ code: code + '\\nassert message == mime.build.inline()' });"
        " return (await f.done).content.status; }",
        code,
    )
    assert with_code == "ok"
