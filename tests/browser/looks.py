"""What can be measured of a widget's looks: axe-core, contrast from the DOM, and whether anything overflows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Locator

__all__ = ["WIDTHS", "amiss", "overflowing", "pale", "serious", "set_width"]

WIDTHS = (880, 700, 420)  # px: a page, a page with the side bar open, a narrow one
CONTRAST_MIN = 4.5  # WCAG 2.2 section 1.4.3
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")

# JupyterLab's body is 0 high with overflow hidden, so that axe takes all text for clipped
RUN_AXE = """async (element) => {
  const had = document.body.style.overflow;
  document.body.style.overflow = "visible";
  try { return await axe.run(element, { resultTypes: ["violations", "incomplete"] }); }
  finally { document.body.style.overflow = had; }
}"""
PALE = """(root) => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return [255, 255, 255, 255];
  };
  const found = [];
  const measure = (element, colour, text) => {
    const [a, b] = [light(rgba(colour)), light(ground(element))].sort((x, y) => y - x);
    found.push({ text, ratio: (a + 0.05) / (b + 0.05) });
  };
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node; (node = walk.nextNode());) {
    const element = node.parentElement;
    const style = getComputedStyle(element);
    if (!node.data.trim() || !element.offsetParent || style.color === "rgba(0, 0, 0, 0)") continue;
    measure(element, style.color, node.data.trim());
  }
  for (const field of root.querySelectorAll("input[placeholder]"))
    measure(field, getComputedStyle(field, "::placeholder").color, field.placeholder);
  return found;
}"""
OVERFLOWING = """(root) => {
  const edge = root.getBoundingClientRect().right + 0.5;
  const scrolls = (element) => {
    for (let at = element; at && at !== root; at = at.parentElement)
      if (!["visible", "clip"].includes(getComputedStyle(at).overflowX)) return true;
    return false;
  };
  return [...root.querySelectorAll("*")]
    .filter((e) => e.offsetParent && e.getBoundingClientRect().right > edge && !scrolls(e.parentElement))
    .map((e) => `${e.tagName}.${e.className}: ${e.textContent.slice(0, 40)}`);
}"""


def serious(widget: Locator) -> list[str]:
    """What axe-core calls serious or critical, and that it has looked at some text at all."""
    if not widget.page.evaluate("() => Boolean(window.axe)"):
        widget.page.evaluate(AXE.read_text("utf-8"))
    result: dict[str, Any] = widget.evaluate(RUN_AXE)
    return [
        f"{rule['id']}: {rule['help']}: {[node['html'][:120] for node in rule['nodes']]}"
        for rule in result["violations"]
        if rule["impact"] in ("serious", "critical")
    ]


def pale(widget: Locator) -> list[str]:
    """Text whose contrast is below 4.5 : 1."""
    found = widget.evaluate(PALE)
    assert found, "no text was measured"
    return [f"{text['ratio']:.2f} {text['text'][:60]}" for text in found if text["ratio"] < CONTRAST_MIN]


def overflowing(widget: Locator) -> list[str]:
    """Elements that reach beyond the widget's right edge and cannot be scrolled to."""
    found: list[str] = widget.evaluate(OVERFLOWING)
    return found


def set_width(widget: Locator, px: int | None) -> None:
    """The cell is narrow, not the window."""
    widget.evaluate(
        "(e, px) => { e.closest('.lm-face').style.width = px ? px + 'px' : ''; }",
        px,
    )
    widget.page.wait_for_timeout(50)
    assert px is None or widget.bounding_box()["width"] <= px


def amiss(house: Any, widget: Locator) -> dict[tuple[str, int], list[str]]:
    """All that these measures find, in both themes and at each width."""
    found = {}
    for dark in (False, True):
        house.theme(dark)
        for width in WIDTHS:
            set_width(widget, width)
            problems = [*pale(widget), *overflowing(widget)]
            if width != WIDTHS[1]:
                problems += serious(widget)
            if problems:
                found["dark" if dark else "light", width] = problems
    house.theme(dark=False)
    set_width(widget, None)
    return found
