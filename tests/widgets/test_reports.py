"""The widget of DMARC reports without a browser: what it says as text and table, and what its figures say in words."""

from __future__ import annotations

from base64 import b64decode

from labmail import dmarc, reports, widgets
from labmail.widgets import face_of
from tests.reports.samples import NOW, report

MAILED = reports.letter(report(), "dmarc@example.net", sender="postmaster@example.com", at=NOW).octets


def test_text_table_and_picture():
    face = widgets.Reports([MAILED])
    bundle, _ = face._repr_mimebundle_()
    assert bundle["text/plain"] == repr(face)
    assert (
        repr(face).splitlines()[0].startswith("DMARC reports about example.net: 1 report from mx1.example.com, 1 June")
    )
    assert len(repr(face).splitlines()) <= 20
    assert bundle["text/html"].count("<tr>") == 5


def test_a_figure_is_told_in_words():
    spans, sources = widgets.Reports(report()).data["figures"]
    assert spans["alt"] == "What became of the letters, in time. 1 June: 2 passed, 2 failed, set apart."
    assert "198.51.100.120: 2 failed, set apart" in sources["alt"]
    for theme in ("light", "dark"):
        kind, _, octets = spans[theme].partition(",")
        assert kind == "data:image/svg+xml;base64"
        assert b"<svg" in b64decode(octets)


def test_without_a_report_there_is_no_figure():
    face = widgets.Reports([])
    assert face.data["figures"] == []
    assert repr(face) == "DMARC reports: No report."


def test_its_figures_are_there_for_matplotlib():
    assert len(widgets.Reports(report()).figure("sources", "dark").axes) == 1


def test_reports_show_themselves():
    assert isinstance(face_of(report()), widgets.Reports)
    assert isinstance(face_of(dmarc.reports(MAILED)), widgets.Reports)
