"""The evidence of DMARC in a browser: link and gap are said as well as drawn, and it looks right everywhere."""

from __future__ import annotations

from tests.browser.looks import amiss

SETUP = """
from labmail import Lab, cake, verify, widgets
lab = Lab()
bench = widgets.RecordBench(lab, "example.net", "_dmarc")
"""
LISTED = "widgets.DmarcEvidence(lab.conversation('list.alumni.example', 'mx1.example.com'))"
BARE = (
    "verify(cake, ip='192.0.2.67', helo='mail.example.net', mail_from='alice@example.net', resolver=lab.resolver,\n"
    "       methods=('spf', 'dmarc'))"
)
LAST = "widgets.DmarcEvidence(lab, lab.mailbox('bob@example.com')[-1])"


def test_the_gap_the_walk_and_what_the_server_did(house):
    with house.notebook(SETUP, LISTED, BARE, f"face = {LAST}\nexec(face.data['code'])\nface") as book:
        assert book.errors() == []
        widget = book.widget(1)
        said = widget.get_by_role("img").get_attribute("aria-label")
        assert said == (
            "From: shows example.net. SPF pass for alumni.example: not aligned. DKIM fail for example.net: aligned."
        )
        assert widget.locator(".lm-tie[data-gap]").count() == 1
        assert widget.locator(".lm-walk li[data-found]").first.inner_text().startswith("_dmarc.example.net TXT")
        assert "Junk of bob@example.com" in widget.get_by_label("Then").inner_text()
        assert "no name" in book.widget(2).inner_text()  # a bare value of verify shows itself
        assert "mallory.example" in book.widget(3).inner_text()
        assert "".join(book.outputs(1)[0]["data"]["text/html"]).startswith("<table>")


def test_nothing_is_amiss(house):
    with house.notebook(SETUP, LISTED, BARE) as book:
        assert amiss(house, book.widget(1)) == {}
        assert amiss(house, book.widget(2)) == {}
