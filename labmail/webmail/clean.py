"""HTML of strangers, made harmless: what could run, fetch, or leave the frame is taken out, and what was is counted.

The page shows the result in a frame of its own, whose policy forbids the same things once more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import nh3

from labmail.webmail.words import plain

__all__ = ["HTML_MAX_CHARACTERS", "LINKS_MAX", "Cleaned", "clean"]

HTML_MAX_CHARACTERS = 1_000_000  # ours: of a part that is shown; what is longer can be downloaded
LINKS_MAX = 100  # ours: of those that are listed
LINE_CHARACTERS, LINE_PX, PICTURE_LINES = 80, 24, 4  # a guess, for the height of a frame
ROOMS = (5, "short"), (14, "middle")  # lines at most
OWN_LINE = ("p", "br", "li", "tr", "div", "h1", "h2", "h3", "hr")
PICTURE = re.compile(r"data:image/(?:png|gif|jpeg|webp);base64,[A-Za-z0-9+/=\s]{0,2000000}", re.IGNORECASE)
_REMOTE = re.compile(r"\s*(?:https?:|ftp:)?//", re.IGNORECASE)
_BODY = re.compile(r"<(/?)body\b", re.IGNORECASE)  # it would be dropped, with its colours
_SHORTHAND = re.compile(
    r"(?<![-\w])background\s*:(?=\s*(?:#[0-9a-f]{3,8}|rgba?\([^()]*\)|[a-z]+)\s*(?:;|$))", re.IGNORECASE
)
_CALL = re.compile(r"(?<!\brgb)(?<!\brgba)(?<!\bhsl)(?<!\bhsla)(?<!\bcalc)\(", re.IGNORECASE)
_TAG = re.compile(r"<(/?)(\w+)[^>]*>")
_HEIGHT = re.compile(r'<img [^>]*\bheight="([0-9]{1,4})')
_URL = re.compile(r"url\(\s*[\"']?\s*([^\"')]{1,2000})", re.IGNORECASE)

TAGS = {
    *("a", "abbr", "address", "article", "aside", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center"),
    *("cite", "code", "col", "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font"),
    *("footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li", "main", "mark"),
    *(
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "samp",
        "section",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
    ),
    *("td", "tfoot", "th", "thead", "time", "tr", "tt", "u", "ul", "var", "wbr"),
}
ANYWHERE = {"align", "bgcolor", "background", "border", "cellpadding", "cellspacing", "color", "dir", "height", "lang"}
ANYWHERE |= {"style", "title", "valign", "width"}
ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "srcset", "alt"},
    "font": {"face", "size"},
    "ol": {"start", "type"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
# of CSS, what places nothing over the page and fetches nothing
STYLES = {
    *("color", "background-color", "font-family", "font-size", "font-style", "font-weight", "font-variant"),
    *("letter-spacing", "line-height", "text-align", "text-decoration", "text-indent", "text-transform"),
    *("vertical-align", "white-space", "border-collapse", "border-spacing", "width", "max-width", "height"),
    *(f"{box}{side}" for box in ("margin", "padding", "border") for side in ("", "-top", "-right", "-bottom", "-left")),
    *("border-color", "border-style", "border-width", "border-radius", "list-style-type"),
}


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """What may be shown, and what is no longer in it."""

    html: str
    pictures: int  # blocked: they would have been fetched from elsewhere
    hosts: tuple[str, ...]  # from where, in order
    links: tuple[str, ...]  # where they would have led

    @property
    def room(self) -> str:
        """How high its frame should be: without a script, nobody can measure it."""
        lines = sum(not end and tag in OWN_LINE for end, tag in _TAG.findall(self.html))
        lines += len(_TAG.sub("", self.html)) // LINE_CHARACTERS
        lines += sum(min(int(height), 1000) // LINE_PX for height in _HEIGHT.findall(self.html))
        lines += PICTURE_LINES * self.html.count('src="data:')
        return next((name for most, name in ROOMS if lines <= most), "tall")


class _Filter:
    """Looks at each attribute that may stay."""

    def __init__(self, inside: Mapping[str, str]) -> None:
        self._inside = inside  # Content-ID -> the picture itself, as a data: address
        self.pictures = 0
        self.hosts: dict[str, None] = {}
        self.links: dict[str, None] = {}

    def __call__(self, tag: str, name: str, value: str) -> str | None:
        if name == "href":
            if tag == "a" and value.strip() and len(self.links) < LINKS_MAX:
                self.links[plain(value)] = None
            return None
        if name == "style":
            for found in _URL.finditer(value):
                self.count(found[1])
            return _inert(_SHORTHAND.sub("background-color:", value))  # of the shorthand, only a colour may stay
        if name == "background" or (tag, name) == ("img", "src"):  # it looks at tags that go, too
            return self._picture(value)
        if name == "srcset":
            if tag == "img":
                self.count(value)
            return None
        return value

    def _picture(self, value: str) -> str | None:
        if PICTURE.fullmatch(value.strip()):
            return value
        if value.strip().lower().startswith("cid:"):  # RFC 2392 section 2
            return self._inside.get(value.strip()[4:])
        self.count(value)
        return None

    def count(self, address: str) -> None:
        if _REMOTE.match(address):
            self.pictures += 1
            self.hosts[_host(address)] = None


def _inert(style: str) -> str:
    """Without the declarations that call what might fetch, whatever their property is, or hide it behind an escape."""
    return ";".join(each for each in style.split(";") if "\\" not in each and not _CALL.search(each))


def clean(html: str, inside: Mapping[str, str]) -> Cleaned:
    """`inside` are the pictures that came with the letter."""
    look = _Filter(inside)
    for style in _style_sheets(html):
        for found in _URL.finditer(style):
            look.count(found[1])
    safe = nh3.clean(
        _BODY.sub(r"<\1div", html),
        tags=TAGS,
        clean_content_tags={"script", "style", "title"},
        attributes={**ATTRIBUTES, "*": ANYWHERE},
        attribute_filter=look,
        filter_style_properties=STYLES,
        url_schemes={"http", "https", "ftp", "mailto", "cid", "data"},
        link_rel=None,
    )
    return Cleaned(html=safe, pictures=look.pictures, hosts=tuple(look.hosts), links=tuple(look.links))


def _style_sheets(html: str) -> list[str]:
    """What stands in <style>: it is taken out whole, and what it would have fetched counts."""
    lower, found, at = html.lower(), [], 0
    while (start := lower.find("<style", at)) >= 0:
        end = lower.find("</style", start)
        at = len(lower) if end < 0 else end
        found.append(html[start:at])
    return found


def _host(address: str) -> str:
    try:
        host = urlsplit(address.strip()).hostname or "?"
    except ValueError:
        host = "?"
    return plain(host, 100)
