"""The figures of DMARC reports: what became of letters, report by report, and from where they came.

matplotlib is loaded by the function that draws. The same data give the same SVG: no time, no random id, and letters as
outlines of the font that matplotlib brings along. Every colour has a pattern beside it.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from labmail.views.reports import OUTCOMES

__all__ = ["FIGURES", "figure", "svg"]

Data = dict[str, Any]

FIGURES = {"spans": "What became of the letters, in time", "sources": "Where the letters came from"}
THEMES = {  # as theme.css has them: ink, quiet ink, hairline, and a colour for each outcome
    "light": ("#1a1f25", "#515b66", "#d9dee4", ("#18733a", "#7c8793", "#b87514", "#b3261e")),
    "dark": ("#eceff2", "#a7b0ba", "#363c43", ("#70cd90", "#8d96a0", "#f2b45c", "#ff9087")),
}
PAPER = {"light": "#ffffff", "dark": "#111111"}
PATTERNS = ("", "....", "////", "xxxx")
SIZE_INCHES = (5.9, 3.1)  # at 72 dots an inch: 425 by 223 px
FONT_PT, BAR = 11.5, 0.62


def svg(data: Data, name: str, theme: str) -> str:
    """One of FIGURES, "light" or "dark", without a ground of its own."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams["svg.hashsalt"] = "labmail"
        out = BytesIO()
        drawn = figure(data, name, theme)
        drawn.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return out.getvalue().decode("utf-8")


def figure(data: Data, name: str, theme: str = "light") -> Any:
    """The same as a figure of matplotlib."""
    import matplotlib
    from matplotlib.figure import Figure

    ink, quiet, hair, colours = THEMES[theme]
    bars = data[name]
    with matplotlib.rc_context(
        {"font.family": "DejaVu Sans", "font.size": FONT_PT, "hatch.linewidth": 0.8, "text.color": ink}
    ):
        drawn = Figure(figsize=SIZE_INCHES, dpi=72, facecolor=PAPER[theme], layout="constrained")
        axes = drawn.subplots()
        axes.set_facecolor("none")
        draw = axes.bar if name == "spans" else axes.barh
        _stack(bars, draw, colours, PAPER[theme])
        _frame(axes, bars, across=name == "sources", inks=(ink, quiet, hair))
        drawn.legend(loc="outside upper left", ncols=2, frameon=False, handlelength=1.4, columnspacing=1.6)
    return drawn


def _stack(bars: list[Data], draw: Any, colours: tuple[str, ...], paper: str) -> None:
    """One layer for each outcome that happened, on top of those before."""
    below = [0] * len(bars)
    across = draw.__name__ == "barh"
    for (key, word), colour, pattern in zip(OUTCOMES.items(), colours, PATTERNS, strict=True):
        counts = [bar[key] for bar in bars]
        if not any(counts):
            continue
        base = {"left": below} if across else {"bottom": below}
        draw(range(len(bars)), counts, BAR, label=word, color=colour, edgecolor=paper, hatch=pattern, lw=0.6, **base)
        below = [low + count for low, count in zip(below, counts, strict=True)]


def _frame(axes: Any, bars: list[Data], *, across: bool, inks: tuple[str, str, str]) -> None:
    """Hairlines along the numbers, names along the other side, no box."""
    from matplotlib.ticker import MaxNLocator

    _, quiet, hair = inks
    places, labels = range(len(bars)), [bar["label"] for bar in bars]
    numbers, names = (axes.xaxis, axes.yaxis) if across else (axes.yaxis, axes.xaxis)
    numbers.set_major_locator(MaxNLocator(nbins=4, integer=True, min_n_ticks=1))
    names.set_ticks(places, labels)
    axes.tick_params(length=0, labelcolor=quiet)
    axes.grid(axis="x" if across else "y", color=hair, lw=0.8)
    axes.set_axisbelow(True)
    for side in axes.spines.values():
        side.set_visible(False)
    (axes.set_xlabel if across else axes.set_ylabel)("letters", color=quiet)
    room = max(len(bars), 3) - 0.5  # a bar alone is not as wide as the figure
    if across:
        axes.set_ylim(room, -0.5)
    else:
        axes.set_xlim(-0.5, room)
        if len(bars) > 6:
            axes.tick_params(axis="x", labelrotation=60)
