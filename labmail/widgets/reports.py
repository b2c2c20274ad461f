"""DMARC reports, read for the owner of a domain: two figures, and a row for each kind of letter with what it means."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from labmail.views import report_figures, reports
from labmail.widgets.face import Face, script, static_table

__all__ = ["Reports"]


class Reports(Face):
    """`Reports(lab.mailbox("dmarc@example.net"))`: the reports in these letters. Reports themselves will do as well.

    `figure("spans")` and `figure("sources")` are its figures, for matplotlib.
    """

    _esm = script("parts.js", "reports.js")

    def __init__(self, letters: Any) -> None:
        data = reports.view(letters)
        self._transcript = reports.text(data)
        super().__init__(
            {**data, "figures": [_figure(data, name) for name in report_figures.FIGURES] if data["rows"] else []}
        )

    def figure(self, name: str = "spans", theme: str = "light") -> Any:
        """A figure of matplotlib: "spans" is over time, "sources" by address."""
        return report_figures.figure(self.data, name, theme)

    def __repr__(self) -> str:
        return self._transcript

    def _static_html(self) -> str:
        return static_table(
            reports.table(self.data), head=reports.HEAD, caption=f"{self.data['title']}. {self.data['about']}"
        )


def _figure(data: dict[str, Any], name: str) -> dict[str, Any]:
    drawn = {theme: _as_address(report_figures.svg(data, name, theme)) for theme in report_figures.THEMES}
    return {"name": name, "title": report_figures.FIGURES[name], "alt": _alt(data, name), **drawn}


def _as_address(svg: str) -> str:
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode('ascii')}"


def _alt(data: dict[str, Any], name: str) -> str:
    """The numbers of the figure, in words."""
    bars = []
    for bar in data[name]:
        counts = [f"{bar[key]} {word}" for key, word in reports.OUTCOMES.items() if bar[key]]
        bars.append(f"{bar['label'].replace(chr(10), ' ')}: {', '.join(counts) or 'none'}")
    return f"{report_figures.FIGURES[name]}. {'; '.join(bars)}."
