"""A form of a page: its fields, its buttons, and what it sends. RFC 7578, and the URL encoding of HTML forms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit, urlunsplit

__all__ = ["Button", "Field", "Form", "Sent"]

TICKED = ("checkbox", "radio")
BUTTONS = ("submit", "image")
MULTIPART = "multipart/form-data"
URLENCODED = "application/x-www-form-urlencoded"
BOUNDARY = "labmail-form-boundary"


@dataclass(kw_only=True)
class Field:
    """A name and a value; a box that is not ticked has its value too, and does not send it."""

    name: str
    kind: str
    value: str = ""
    on: bool = True
    written: bool = False  # since the page came
    options: list[tuple[str, str]] = field(default_factory=list)  # of a select: value and what the learner reads


@dataclass(frozen=True, kw_only=True)
class Button:
    label: str
    name: str = ""
    value: str = ""
    action: str = ""  # where this button sends the form to; empty: where the form says


@dataclass(frozen=True, kw_only=True)
class Sent:
    method: str
    url: str
    type: str = ""
    content: bytes | None = None


@dataclass(kw_only=True)
class Form:
    """As it grows while its page is read."""

    action: str
    method: str = "GET"
    type: str = URLENCODED
    fields: list[Field] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)
    _open: str = ""  # "button", "textarea" or "option": what is said belongs to it

    @classmethod
    def of(cls, action: str, given: dict[str, str]) -> Form:
        kind = given.get("enctype", "").lower()
        method = "POST" if given.get("method", "").lower() == "post" else "GET"
        return cls(action=action, method=method, type=MULTIPART if kind == MULTIPART else URLENCODED)

    # ---- as the page is read

    def holds(self, tag: str, given: dict[str, str], action: str) -> None:
        name, kind, value = given.get("name", ""), given.get("type", "").lower(), given.get("value", "")
        where = action if "formaction" in given else ""
        if "disabled" in given:
            return
        if tag == "input" and kind in BUTTONS:
            self.buttons.append(Button(label=value or "Submit", name=name, value=value, action=where))
        elif tag == "input" and name and kind not in ("button", "reset"):
            ticked = kind in TICKED
            value = given.get("value", "on") if ticked else value
            self.fields.append(Field(name=name, kind=kind or "text", value=value, on=not ticked or "checked" in given))
        elif tag == "button" and kind in ("", "submit"):
            spoken = given.get("aria-label", "")  # is what it says, whatever stands in it
            self.buttons.append(Button(label=spoken, name=name, value=value, action=where))
            self._open = "" if spoken else tag
        elif tag in ("textarea", "select") and name:
            self.fields.append(Field(name=name, kind=tag))
            self._open = tag if tag == "textarea" else ""
        elif tag == "option" and self.fields and self.fields[-1].kind == "select":
            chosen = self.fields[-1]
            if "selected" in given or not chosen.options:
                chosen.value = value
            chosen.options.append((value, ""))
            self._open = tag if "value" in given else "plain option"

    def says(self, data: str) -> None:
        if self._open == "button":
            last = self.buttons[-1]
            label = f"{last.label} {' '.join(data.split())}".strip()
            self.buttons[-1] = Button(label=label, name=last.name, value=last.value, action=last.action)
        elif self._open == "textarea":
            self.fields[-1].value += data
        elif self._open.endswith("option"):
            chosen, text = self.fields[-1], " ".join(data.split())
            value = text if self._open == "plain option" else chosen.options[-1][0]
            if chosen.value == chosen.options[-1][0]:
                chosen.value = value
            chosen.options[-1] = value, text

    def ends(self, tag: str) -> None:
        if tag == "textarea" and self._open == tag:  # one line end right after the tag is not part of the text
            self.fields[-1].value = self.fields[-1].value.removeprefix("\r").removeprefix("\n")
        if tag in ("button", "textarea", "option", "select"):
            self._open = ""

    # ---- as it is sent

    def values(self, button: Button | None) -> list[tuple[str, str]]:
        """What stands in it now, and the button that was pressed."""
        given = [(each.name, each.value) for each in self.fields if each.on and each.kind != "file"]
        return given + ([(button.name, button.value)] if button and button.name else [])

    def send(self, values: Iterable[tuple[str, str]], button: Button | None = None) -> Sent:
        url = (button.action if button else "") or self.action
        values = [(name, value.replace("\r\n", "\n").replace("\n", "\r\n")) for name, value in values]
        if self.method == "GET":
            parts = urlsplit(url)
            return Sent(method="GET", url=urlunsplit((*parts[:3], urlencode(values), "")))
        if self.type == MULTIPART:
            files = [each.name for each in self.fields if each.kind == "file"]
            type = f"{MULTIPART}; boundary={BOUNDARY}"
            return Sent(method="POST", url=url, type=type, content=_multipart(values, files))
        return Sent(method="POST", url=url, type=URLENCODED, content=urlencode(values).encode())


def _multipart(values: Iterable[tuple[str, str]], files: Iterable[str]) -> bytes:
    """RFC 7578 section 4.2. A field for a file that was not chosen sends an empty one, as browsers do."""

    def quoted(name: str) -> str:
        return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")

    parts = [f'Content-Disposition: form-data; name="{quoted(name)}"\r\n\r\n{value}' for name, value in values]
    parts += [
        f'Content-Disposition: form-data; name="{quoted(name)}"; filename=""\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
        for name in files
    ]
    return "".join([*(f"--{BOUNDARY}\r\n{part}\r\n" for part in parts), f"--{BOUNDARY}--\r\n"]).encode()
