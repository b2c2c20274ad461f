"""A small browser at a host of the lab: the page, how it was asked for, line by line, and what its server did for it.

Each act makes a real request in the kernel, from that host; the learner's own browser draws what came and asks for
nothing. The page is a copy in which nothing acts by itself: a click asks the kernel.
"""

from __future__ import annotations

import json
import threading
from typing import Any

from labmail.record import Event
from labmail.views import browser
from labmail.widgets.face import Act, Face, Held, script, static_table

__all__ = ["Browser"]

HOME = "http://mail.example.com/"
PHONE = "phone.example.com"


class Browser(Face):
    """`Browser(lab)`, or with another address and host. By code: `open(url)`, `fill(name=value)`, `press("Log in")`,
    `back()`, `reload()`; each shows what a learner's own hand would have shown.
    """

    _esm = script("parts.js", "frame.js", "browser.js")

    def __init__(self, lab: Any, url: str = HOME, *, at: str = PHONE) -> None:
        self._lab, self._lock = Held(lab), threading.RLock()
        self._tab, self._browsing = lab.browse(at), browser.Browsing(at)
        self._begun = f"widgets.Browser(lab, {_quoted(url)}, at={_quoted(at)})"
        self._did: list[str] = []  # as code
        self._leave: Any = lambda: None
        self._tab.open(url)
        acts: dict[str, Act] = {"open": self._open, "back": self.back, "reload": self.reload}
        super().__init__(self._data(), **acts, follow=self._follow, submit=self._submit)
        self._attend()

    # ---- acts, by hand or by code

    def open(self, url: str = "") -> None:
        """As typed into the address bar. Without an address it is what every widget's `open` is: it meets its page."""
        if not url:
            super().open()
        else:
            self._open(url)

    def back(self) -> None:
        self._act("back()", self._tab.back)

    def reload(self) -> None:
        self._act("reload()", self._tab.reload)

    def fill(self, **values: str | bool | list[str]) -> None:
        """Write into fields of the page by their names; what has a button of its own sends nothing yet."""
        self._act(f"fill({_arguments(values)})", lambda: self._tab.fill(values))

    def press(self, label: str, number: int = 1) -> None:
        """Press a button, or follow a link, by what it says; `number` counts where several say the same."""
        self._act(_pressing(label, number), lambda: self._tab.press(label, number))

    def _open(self, url: str) -> None:
        self._act(f"open({_quoted(url.strip())})", lambda: self._tab.open(url))

    # ---- acts of the page in the browser: a link or a button by its place, which by code is its label

    def _follow(self, link: int) -> None:
        links = self._visit.document.links
        label, before = links[link].text, [each.text for each in links[:link]]
        above = [each.label for form in self._visit.document.forms for each in form.buttons]
        code = _pressing(label, [*above, *before].count(label) + 1) if label else f"open({_quoted(links[link].url)})"
        self._act(code, lambda: self._tab.follow(link))

    def _submit(self, form: int, button: int | None, values: list[list[str]]) -> None:
        """What stands in the form is written into it here as well, so that the code says the same."""
        sent, visit = self._visit.document.forms[form], self._visit
        button = 0 if button is None and sent.buttons else button
        changed = _changed(sent.fields, values)
        if changed:
            self._tab.fill(changed)
            self._did.append(f"fill({_arguments(changed)})")
        labels = [(at, each) for at, own in enumerate(visit.document.forms) for each in own.buttons]
        code = 'press("Enter")'
        if button is not None:
            pressed = sent.buttons[button]
            before = [each.label for at, each in labels if at < form] + [each.label for each in sent.buttons[:button]]
            code = _pressing(pressed.label, before.count(pressed.label) + 1)
        self._act(code, lambda: self._tab.submit(form, button, [(name, value) for name, value in values]))

    # ---- what comes of them

    @property
    def _visit(self) -> Any:
        return self._tab.visit

    def _act(self, code: str, act: Any) -> None:
        with self._lock:
            self._lab()  # a lab that has ended says so
            act()
            self._did.append(code)
            self._show()
        self._attend()

    def _attend(self) -> None:
        """Hear when the lab that the page came from is reset or stops."""
        self._leave()
        self._leave = self._visit.record.subscribe(self._hear_events)

    def _hear_events(self, events: list[Event]) -> None:
        if not events:
            self._show()

    def _show(self) -> None:
        with self._lock:
            self.data = self._data()

    def close(self) -> None:
        self._leave()
        super().close()

    def _data(self) -> dict[str, Any]:
        code = ["from labmail import widgets", ""]
        acts = [f"browser.{act}" for act in self._did]
        code += [f"browser = {self._begun}", *acts, "browser"] if acts else [self._begun]
        return self._browsing.tell(self._tab) | {"code": "\n".join(code)}

    def __repr__(self) -> str:
        filled = [each for form in self._visit.document.forms for each in form.fields if each.written]
        return browser.text(self._browsing.tell(self._tab), filled)

    def _static_html(self) -> str:
        return static_table(browser.table(self.data), head=browser.HEAD, caption=self.data["title"])


def _changed(fields: Any, values: list[list[str]]) -> dict[str, str | bool | list[str]]:
    """What the learner wrote: fields that no longer hold what the page gave them."""
    given: dict[str, list[str]] = {}
    for name, value in values:
        given.setdefault(name, []).append(value)
    changed: dict[str, str | bool | list[str]] = {}
    for each in fields:
        now = given.get(each.name, [])
        if each.kind in ("hidden", "file"):
            continue
        if each.kind in ("checkbox", "radio"):
            if each.on != (each.value in now):
                changed[each.name] = now
        elif now and now[0] != each.value:
            changed[each.name] = now[0]
    return changed


def _pressing(label: str, number: int) -> str:
    return f"press({_quoted(label)}{f', {number}' if number > 1 else ''})"


def _arguments(values: dict[str, Any]) -> str:
    if all(name.isidentifier() for name in values):
        return ", ".join(f"{name}={_quoted(value)}" for name, value in values.items())
    return f"**{values!r}"


def _quoted(value: object) -> str:
    """As Python with double quotes writes it."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
