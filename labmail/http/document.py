"""A page of HTML: its title, its text, its forms and links, and a copy that can be shown and does nothing by itself.

The copy has no script, asks for nothing and leads nowhere: what it needs was fetched before, through the lab, and its
links and forms are marked, for whoever shows it to act on. What the page's own policy forbids is not in it.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import MappingProxyType
from urllib.parse import urljoin

from labmail.http.agent import Answer
from labmail.http.forms import Form
from labmail.http.plaintext import PlainText
from labmail.http.policy import Policy

__all__ = ["Document", "Link", "read"]

Fetch = Callable[[str], Answer | None]
DEPTH_MAX = 2  # a page, what it frames, and no further
IMAGE_MAX_OCTETS = 262_144  # ours

GONE_WITH_CONTENT = ("script", "object", "applet", "template", "math", "foreignobject")
SVG = ("path", "circle", "rect", "line", "polyline", "polygon", "ellipse", "use")  # its elements that hold nothing
GONE = ("image", "animate", "set", "embed", "base", "meta", "link", "noscript", "frame", "frameset", "portal", "head")
OUTER, OUTER_KEEPS = ("html", "body"), ("class", "id", "lang", "dir")
VOID = ("area", "br", "col", "hr", "img", "input", "source", "track", "wbr")
FRAME_KEEPS = ("class", "id", "title", "name", "width", "height")
LEADS = ("href", "action", "formaction", "src", "srcset", "poster", "background", "data", "ping", "target", "srcdoc")
ACTS = ("autofocus", "nonce", "sandbox", "http-equiv", "xlink:href", "formmethod", "formenctype", "accesskey")
DROPPED = (*LEADS, *ACTS)

# What even a mistake of ours could not get past: the browser that shows the copy asks for nothing
LAST_WORD = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'"
_URL = re.compile(r"url\(\s*(?![\"']?data:)[^)]*\)|@import[^;]*;?", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Link:
    text: str
    url: str


@dataclass(kw_only=True)
class Document:
    """`html` is the copy; `forms` and `links` are what its marks count."""

    url: str
    title: str = ""
    html: str = ""
    lines: tuple[str, ...] = ()
    forms: list[Form] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)


def read(answer: Answer, fetch: Fetch) -> Document:
    """`fetch` gets what the page needs, or None where that is not to be had."""
    document = Document(url=answer.url)
    _read(answer, fetch, document, 1)
    return document


def _read(answer: Answer, fetch: Fetch, into: Document, depth: int) -> None:
    if answer.type in ("text/html", "application/xhtml+xml"):
        reader = _Reader(answer, fetch, into, depth)
        reader.feed(answer.text)
        reader.close()
        into.title, into.html = " ".join(reader.title.split()), reader.copy()
        into.lines = reader.text.lines
        return
    if answer.type.startswith("image/") and len(answer.content) <= IMAGE_MAX_OCTETS:
        into.html, into.lines = _shell(f'<img alt="" src="{_as_data(answer)}">', ""), (f"(an image: {answer.type})",)
    elif answer.type.startswith("text/") or not answer.content:
        into.html = _shell(f"<pre>{html.escape(answer.text)}</pre>", "")
        into.lines = tuple(answer.text.splitlines())
    else:
        what = f"{len(answer.content):,} octets of {answer.type or 'no named type'}"
        told = f"{what}: a browser would save them as a file"
        into.html, into.lines = _shell(f"<p>{html.escape(told)}.</p>", ""), (f"({told})",)


class _Reader(HTMLParser):
    """Goes through a page once: its copy and its text grow together."""

    def __init__(self, answer: Answer, fetch: Fetch, into: Document, depth: int) -> None:
        super().__init__()
        self._fetch, self._into, self._depth = fetch, into, depth
        self._base = answer.url
        self.policy = Policy(answer.header("content-security-policy"), answer.url)
        self.title, self.text = "", PlainText()
        self._copy: list[str] = []
        self._sheets: list[str] = []
        self._inside: list[str] = []  # elements that go with all they hold; or "style", "title"
        self._outer: dict[str, str] = dict.fromkeys(OUTER, "")  # the attributes of the page's own elements
        self._form: Form | None = None
        self._link: list[str] | None = None  # what the link that is open says

    def copy(self) -> str:
        return _shell("".join(self._copy), "\n".join(self._sheets), self._outer)

    # ---- what the parser finds

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in GONE_WITH_CONTENT or (self._inside and self._inside[-1] in GONE_WITH_CONTENT):
            if tag not in VOID:
                self._inside.append(tag)
            return
        if tag in ("style", "title"):
            self._inside.append(tag)
        elif tag == "iframe":
            self._inside.append("iframe")
            self._frame(given)
        elif tag == "link":
            self._sheet(given)
        elif tag == "base" and given.get("href"):
            self._base = urljoin(self._base, given["href"])
        elif tag not in GONE:
            self._keep(tag, given)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag in SVG:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._inside:
            if tag in self._inside:
                del self._inside[len(self._inside) - 1 - self._inside[::-1].index(tag) :]
            return
        if tag in (*GONE, *VOID, *OUTER):
            return
        if tag == "a" and self._link is not None:
            self._into.links[-1] = Link(text=" ".join("".join(self._link).split()), url=self._into.links[-1].url)
            self._link = None
        if tag == "form":
            self._form = None
        if self._form is not None:
            self._form.ends(tag)
        self.text.ends(tag)
        self._copy.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self._copy.append(html.escape(data, quote=False))
            self.text.says(data)
            if self._link is not None:
                self._link.append(data)
            if self._form is not None:
                self._form.says(data)
        elif self._inside[-1] == "style" and self.policy.allows_inline("style-src"):
            self._sheets.append(_harmless(data))
        elif self._inside[-1] == "title":
            self.title += data

    # ---- what becomes of it

    def _keep(self, tag: str, given: dict[str, str]) -> None:
        kept = {name: value for name, value in given.items() if name not in DROPPED and not name.startswith("on")}
        if tag in OUTER:
            self._outer[tag] = _attributes({name: value for name, value in kept.items() if name in OUTER_KEEPS})
            return
        if not self.policy.allows_inline("style-src"):
            kept.pop("style", None)
        elif "style" in kept:
            kept["style"] = _harmless(kept["style"])
        if tag in ("a", "area") and "href" in given:
            kept |= self._lead(given["href"])
        elif tag == "img":
            kept |= self._image(given.get("src", ""))
        elif tag == "use" and given.get("href", "").startswith("#"):
            kept["href"] = given["href"]
        elif tag == "form":
            self._form = Form.of(urljoin(self._base, given.get("action", "")), given)
            kept["data-lm-form"] = str(len(self._into.forms))
            self._into.forms.append(self._form)
        elif self._form is not None:
            self._form.holds(tag, given, urljoin(self._base, given.get("formaction", "")))
        if tag == "input" and given.get("type", "").lower() == "hidden":  # the form has it, and nobody needs to see it
            return
        if tag == "input" and given.get("type", "").lower() == "file":  # it would open the learner's own files
            kept |= {"disabled": "", "title": "This browser sends no files."}
        self.text.begins(tag, given)
        self._copy.append(f"<{tag}{_attributes(kept)}>")

    def _lead(self, href: str) -> dict[str, str]:
        """A link that leads nowhere by itself, and can be reached by keyboard."""
        url = urljoin(self._base, href.strip())
        self._into.links.append(Link(text="", url=url))
        self._link = []
        return {"href": "#", "data-lm-to": str(len(self._into.links) - 1), "title": url}

    def _image(self, src: str) -> dict[str, str]:
        url = urljoin(self._base, src.strip())
        if not src or not self.policy.allows("img-src", url):
            return {}
        if url.startswith("data:image/"):
            return {"src": url}
        found = self._fetch(url)
        fit = found and found.code == 200 and found.type.startswith("image/") and len(found.content) <= IMAGE_MAX_OCTETS
        return {"src": _as_data(found)} if found and fit else {}

    def _sheet(self, given: dict[str, str]) -> None:
        url = urljoin(self._base, given.get("href", ""))
        if "stylesheet" in given.get("rel", "").lower().split() and self.policy.allows("style-src", url):
            found = self._fetch(url)
            if found and found.code == 200 and found.type == "text/css":
                self._sheets.append(_harmless(found.text))

    def _frame(self, given: dict[str, str]) -> None:
        url = urljoin(self._base, given.get("src", ""))
        inner = Document(url=url, forms=self._into.forms, links=self._into.links)
        if "src" in given and self._depth < DEPTH_MAX and self.policy.allows("frame-src", url):
            found = self._fetch(url)
            if found is not None:
                _read(found, self._fetch, inner, self._depth + 1)
        kept = {name: value for name, value in given.items() if name in FRAME_KEEPS}
        kept |= {"sandbox": "allow-same-origin", "srcdoc": inner.html}
        self._copy.append(f"<iframe{_attributes(kept)}></iframe>")
        self.text.quotes(inner.lines)


def _shell(content: str, sheets: str, outer: Mapping[str, str] = MappingProxyType({})) -> str:
    policy = html.escape(LAST_WORD)
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
    style = f"<style>{sheets}</style>" if sheets else ""
    begins = f"<html{outer.get('html', '')}><head>{head}{style}</head><body{outer.get('body', '')}>"
    return f"<!DOCTYPE html>{begins}{content}</body></html>"


def _harmless(sheet: str) -> str:
    """Without what it would load, and without a way out of its element."""
    return _URL.sub("none", sheet).replace("</", "<\\/")


def _attributes(given: dict[str, str]) -> str:
    names = (name for name in given if re.fullmatch(r"[a-z][a-z0-9_-]*", name))
    return "".join(f' {name}="{html.escape(given[name])}"' for name in names)


def _as_data(answer: Answer) -> str:
    return f"data:{answer.type};base64,{base64.b64encode(answer.content).decode()}"
