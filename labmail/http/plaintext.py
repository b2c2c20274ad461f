"""A page as text, line by line, as a program without pictures would show it.

Where a page marks its main part, that part alone: what stands around it is the same on every page of the site.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["PlainText"]

BLOCKS = (
    *("address", "article", "aside", "blockquote", "body", "br", "details", "div", "dl", "dt", "fieldset"),
    *("figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "legend", "li", "main", "nav"),
    *("ol", "p", "pre", "section", "summary", "table", "tbody", "thead", "tr", "ul"),
)
CELLS = ("td", "th", "dd")
MARKS = {"checkbox": ("[ ]", "[x]"), "radio": ("( )", "(x)")}


class PlainText:
    def __init__(self) -> None:
        self._lines: list[str] = [""]
        self._unseen = 0  # how many elements are open whose text is shown by itself
        self._pre = 0
        self._main: tuple[int, int] | None = None  # from which line to which, if the page says where its matter is

    @property
    def lines(self) -> tuple[str, ...]:
        start, end = self._main or (0, len(self._lines))
        trimmed = (line.rstrip() for line in self._lines[start : end or None])
        return tuple(line for line in trimmed if line.strip())

    def begins(self, tag: str, given: dict[str, str]) -> None:
        if tag in BLOCKS:
            self._break()
        self._pre += tag == "pre"
        if tag == "main" and self._main is None:
            self._main = len(self._lines) - 1, 0
        if tag == "li":
            self._add("- ")
        elif tag in CELLS and self._lines[-1]:
            self._add("  ")
        elif tag == "input":
            self._add(_input(given))
        elif tag == "button":
            self._add(f" [{given.get('aria-label', '')}")
        elif tag == "textarea":
            self._add(f" [{given.get('name', '')}: ")
        elif tag == "img":
            self._add(f"({given['alt']})" if given.get("alt") else "")
        elif tag == "select":
            self._unseen += 1
            self._add(f" [{given.get('name', '')}]")

    def ends(self, tag: str) -> None:
        if tag in ("button", "textarea"):
            self._lines[-1] = f"{self._lines[-1].rstrip()}]"
        if tag == "select":
            self._unseen -= 1
        self._pre -= tag == "pre" and self._pre > 0
        if tag in BLOCKS:
            self._break()
        if tag == "main" and self._main is not None:
            self._main = self._main[0], self._main[1] or len(self._lines)

    def says(self, data: str) -> None:
        if self._unseen:
            return
        if self._pre:
            first, *rest = data.split("\n")
            self._add(first)
            self._lines.extend(rest)
            return
        words = " ".join(data.split())
        before = " " if data[:1].isspace() and words else ""
        after = " " if data[-1:].isspace() else ""
        self._add(f"{before}{words}{after}" if words else after)

    def quotes(self, lines: Iterable[str]) -> None:
        """What another page says, framed in this one."""
        self._break()
        self._lines += [f"| {line}" for line in lines]
        self._break()

    def _add(self, text: str) -> None:
        if self._lines[-1].endswith((" ", "[")) or not self._lines[-1]:
            text = text.lstrip(" ") if not self._pre else text
        self._lines[-1] += text

    def _break(self) -> None:
        if self._lines[-1]:
            self._lines.append("")


def _input(given: dict[str, str]) -> str:
    kind, value = given.get("type", "text").lower(), given.get("value", "")
    if kind in ("hidden", "reset"):
        return ""
    if kind in ("submit", "button", "image"):
        return f" [{value or 'Submit'}]"
    if kind in MARKS:
        return f" {MARKS[kind]['checked' in given]} "
    return f" [{given.get('name', kind)}: {'*' * len(value) if kind == 'password' else value}]".replace(": ]", "]")
