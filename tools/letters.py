"""The scenes of what is inside a message, for pictures.py: the tree, whole and broken, the header with its way;
and of letters between servers: the dialogs as arrows, the two names.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator

MIME = "from labmail import mime, widgets"
TRAIL = """letter = (
    b"Received: from mx.alumni.example ([198.51.100.44])\\r\\n\\tby mx1.example.com with ESMTPS id 00002\\r\\n"
    b"\\tfor <bob@example.com>;\\r\\n\\tMon, 01 Jun 2026 09:02:05 +0000\\r\\n"
    b"Received: from mail.example.net ([192.0.2.67])\\r\\n\\tby mx.alumni.example with ESMTP id 00001;\\r\\n"
    b"\\tMon, 01 Jun 2026 09:00:02 +0000\\r\\n"
    b"Received: from laptop.example.net ([203.0.113.17])\\r\\n\\tby mail.example.net with ESMTPSA id 00001;\\r\\n"
    b"\\tMon, 01 Jun 2026 09:00:01 +0000\\r\\n"
) + mime.build.plain("Käse", subject="Käsekuchen für Bob")"""
BROKEN = (
    "letter = mime.build.inline('Käsekuchen!\\n')\n"
    "broken = letter.replace(b'--next-part-1--', b'').replace(b'utf-8', b'klingon', 1).replace(b'iVBOR', b'iV*OR')"
)
HEADERS = "widgets.Headers(letter)"
SPF = "from labmail import Lab, cake, widgets\nlab = Lab('06-spf')"
FORWARDED = "lab.send(cake, 'bob@alumni.example')\nlab.wait_for_mail('alice@example.net')"
BORROWED = "lab.send(cake, 'bob@example.com', at='mallory.example', mail_from='mallory@mallory.example')"


def boundary(widget: Locator) -> None:
    widget.get_by_role("option", name="delimiter of part 2.TEXT").first.click()


def klingon(widget: Locator) -> None:
    widget.get_by_role("treeitem").filter(has_text="text/plain").click()


def hop(widget: Locator) -> None:
    widget.get_by_label("The way, the oldest hop first").get_by_role("option").nth(1).click()


def subject(widget: Locator) -> None:
    widget.get_by_label("The fields, as they came").get_by_role("option").filter(has_text="Subject").click()


def scenes(scene: Any) -> dict[str, Any]:
    def tree(name: str, **more: Any) -> Any:
        return scene(cells=(MIME, f"widgets.MimeTree(mime.build.{name}())"), **more)

    return {
        "mime-tree": tree("inline"),
        "mime-tree-source": tree("nested", act=boundary, narrow=False),
        "mime-tree-tracker": tree("tracking", narrow=False),
        "mime-tree-broken": scene(cells=(MIME, BROKEN, "widgets.MimeTree(broken)"), act=klingon),
        "dialogs": scene(cells=(f"{SPF}\n{FORWARDED}\nwidgets.Dialogs(lab.conversations())",)),
        "two-names": scene(cells=(f"{SPF}\n{BORROWED}\nwidgets.TwoNames(lab.mailbox('bob@example.com')[-1])",)),
        "headers": scene(cells=(MIME, TRAIL, HEADERS), act=hop),
        "headers-encoded": scene(cells=(MIME, TRAIL, HEADERS), act=subject, narrow=False),
    }
