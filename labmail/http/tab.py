"""A browser without a window: it opens pages, fills in forms, follows links, goes back.

It shows a page to whoever holds it as a `Document`, and keeps what the lab's wires carried for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from ssl import SSLContext
from urllib.parse import urldefrag

from labmail.errors import LabError
from labmail.http.agent import Agent, Answer, address
from labmail.http.document import Document, read
from labmail.http.forms import Button, Field, Form
from labmail.http.policy import Policy
from labmail.net import Net
from labmail.record import Event, Record

__all__ = ["Tab", "Visit"]

QUIET_MAX_S = 2.0  # real seconds in which what a page has caused comes to rest
PARTS_MAX = 20  # ours, of style sheets, images and frames that one page may fetch
HISTORY_MAX = 50  # ours

Value = str | bool | list[str]
Act = Callable[[], "Visit"]


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One page, as it was reached: the answers on the way to it, and the events meanwhile."""

    answers: tuple[Answer, ...]
    document: Document
    events: tuple[Event, ...]
    record: Record = field(repr=False)

    @property
    def answer(self) -> Answer:
        return self.answers[-1]


class Tab:
    """One browser at one host. `visit` is the page that it shows."""

    def __init__(self, net: Net, host: str, trust: Callable[[], SSLContext] | None = None) -> None:
        self._net = net
        self.agent = Agent(net, host, trust)
        self.visit: Visit | None = None
        self._history: list[str] = []  # addresses of pages, this one last
        self._kept: dict[str, tuple[datetime, Answer]] = {}  # style sheets, and until when they are good

    @property
    def at(self) -> str:
        return self.agent.at

    @property
    def can_go_back(self) -> bool:
        return bool(self._before)

    # ---- acts: each shows a page, or raises a sentence and leaves the old one

    def open(self, url: str) -> Visit:
        """As typed into the address bar."""
        return self._go("GET", address(url))

    def reload(self) -> Visit:
        here = self._here().answer
        if here.method != "GET":
            raise LabError("this page answers a form, and asking once more would send the form twice: go back instead")
        return self._go("GET", here.url)

    def back(self) -> Visit:
        before = self._before
        if not before:
            raise LabError("there is no page before this one")
        visit = self._go("GET", before[-1])
        self._history = before
        return visit

    def follow(self, link: int) -> Visit:
        here = self._here()
        url, _, fragment = here.document.links[link].url.partition("#")
        if fragment and url == urldefrag(here.answer.url).url:  # within this page
            return here
        return self._go("GET", address(url), came_from=here.answer.url)

    def fill(self, values: Mapping[str, Value]) -> None:
        """Write into the fields of this page. A box is ticked with True, or by its value."""
        for name, value in values.items():
            found = [each for form in self._here().document.forms for each in form.fields if each.name == name]
            found = [each for each in found if each.kind not in ("hidden", "file")]
            if not found:
                raise LabError(f"this page has no field “{name}”; it has {self._field_names()}")
            _write(found, value)

    def press(self, label: str, number: int = 1) -> Visit:
        """Press a button, or follow a link, by what it says or a part of that; `number` counts where several say it.

        "Enter" sends the first form that has no button.
        """
        document = self._here().document
        buttons: list[tuple[str, Act]] = [
            (each.label, partial(self._submit, form, each, form.values(each)))
            for form in document.forms
            for each in form.buttons
        ]
        links: list[tuple[str, Act]] = [(link.text, partial(self.follow, at)) for at, link in enumerate(document.links)]
        bare = [form for form in document.forms if not form.buttons]
        entered: list[Act] = [partial(self._submit, form, None, form.values(None)) for form in bare if label == "Enter"]
        exactly = [act for text, act in (*buttons, *links) if text == label] or entered
        found = exactly or [act for text, act in (*links, *buttons) if label and label in text]
        if 1 <= number <= len(found):
            return found[number - 1]()
        known = ", ".join(f"“{text}”" for text in dict.fromkeys(text for text, _ in (*buttons, *links) if text))
        often = "" if number == 1 else f" {number} times"
        raise LabError(f"nothing on this page says “{label}”{often}; there is {known or 'nothing to press'}")

    def submit(self, form: int, button: int | None, values: list[tuple[str, str]]) -> Visit:
        """What a learner has written into a form; fields that cannot be seen are sent as the page gave them."""
        sent = self._here().document.forms[form]
        hidden = [(each.name, each.value) for each in sent.fields if each.kind == "hidden"]
        pressed = sent.buttons[button] if button is not None else None
        chosen = [(pressed.name, pressed.value)] if pressed and pressed.name else []
        return self._submit(sent, pressed, hidden + values + chosen)

    # ---- inside

    @property
    def _before(self) -> list[str]:
        """The pages before this one. What answered a form is none of the history: it cannot be asked for again."""
        return self._history[:-1] if self.visit and self.visit.answer.method == "GET" else self._history

    def _here(self) -> Visit:
        if self.visit is None:
            raise LabError("no page is open: open(“http://mail.example.com/”) asks for one")
        return self.visit

    def _field_names(self) -> str:
        fields = [each for form in self._here().document.forms for each in form.fields]
        names = dict.fromkeys(each.name for each in fields if each.kind not in ("hidden", "file"))
        return ", ".join(names) or "none"

    def _submit(self, form: Form, button: Button | None, values: list[tuple[str, str]]) -> Visit:
        here = self._here().answer
        sent = form.send(values, button)
        if not Policy(here.header("content-security-policy"), here.url).allows_form(sent.url):
            raise LabError(f"the page’s own policy forbids to send its form to {sent.url}")
        return self._go(sent.method, address(sent.url), sent.content, sent.type, came_from=here.url)

    def _go(self, method: str, url: str, content: bytes | None = None, type: str = "", came_from: str = "") -> Visit:
        self._net.settle(QUIET_MAX_S)
        record = self._net.record
        before = record.gone + len(record)
        try:
            answers = self.agent.ask(method, url, content, type, came_from)
            document = read(answers[-1], self._parts_for(answers[-1].url))
        finally:
            self.agent.hang_up()
        self._net.settle(QUIET_MAX_S)
        events = tuple(record.since(before))
        self.visit = Visit(answers=answers, document=document, events=events, record=record)
        here = answers[-1]
        if here.method == "GET" and here.url not in self._history[-1:]:
            self._history = [*self._history, here.url][-HISTORY_MAX:]
        return self.visit

    def _parts_for(self, page: str) -> Callable[[str], Answer | None]:
        """What gets the parts of a page: style sheets out of this browser's memory, as long as their server says."""
        left = PARTS_MAX

        def fetch(part: str) -> Answer | None:
            nonlocal left
            left -= 1
            until, kept = self._kept.get(part, (self._net.agenda.now, None))
            if kept is not None and until > self._net.agenda.now:
                return kept
            try:
                found = self.agent.ask("GET", address(part), came_from=page)[-1] if left >= 0 else None
            except LabError:  # a part that is not to be had leaves its place empty
                return None
            if found is not None and found.type == "text/css":
                self._kept[part] = self._net.agenda.now + timedelta(seconds=_max_age_s(found)), found
            return found

        return fetch


def _max_age_s(answer: Answer) -> int:
    """RFC 9111 section 5.2."""
    found = re.search(r"\bmax-age=(\d{1,9})", answer.header("cache-control"))
    return int(found[1]) if found else 0


def _write(fields: list[Field], value: Value) -> None:
    for each in fields:
        each.written = True
        if each.kind in ("checkbox", "radio"):
            each.on = value if isinstance(value, bool) else each.value in ([value] if isinstance(value, str) else value)
        elif not isinstance(value, str):
            raise LabError(f"the field “{each.name}” takes text, not {value!r}")
        elif each.kind == "select":
            each.value = next((own for own, text in each.options if value in (own, text)), "")
            if not each.value and value:
                raise LabError(f"“{each.name}” offers {', '.join(text for _, text in each.options)}, not {value}")
        else:
            each.value = value
