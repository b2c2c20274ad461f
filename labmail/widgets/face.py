"""What every widget is: one class over anywidget, one toolkit in the browser, one theme. No build step.

To add a widget NAME:
1. `views/NAME.py` turns records into one dict of JSON values; it is tested without a browser.
2. `widgets/NAME.js` ends in `export default face(...)`; the head of toolkit.js says what is at hand there.
3. `widgets/NAME.py` holds `class Name(Face)` with `_esm = script("NAME.js")`. It gives its data and its acts, callables
   that the browser may ask for by name, to `Face.__init__`, and a `__repr__` that is its transcript.
4. Name it in `widgets/__init__.py`, test it in tests/browser/, add its pictures to tools/pictures.py.

The browser asks the kernel to act, never to look: the data hold all that the widget can show.
"""

from __future__ import annotations

import html
import weakref
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import anywidget
import traitlets

from labmail.errors import LabError, LabStopped, cited

__all__ = ["Act", "Face", "Held", "script", "static_table"]

Act = Callable[..., object]


def source(*names: str) -> str:
    """The named files of this folder, joined."""
    return "\n".join((files("labmail.widgets") / name).read_text("utf-8") for name in names)


def script(*names: str) -> str:
    """One module: the toolkit, then a widget's own files. A relative import would fail in a module loaded from text."""
    return source("toolkit.js", *names)


def static_table(rows: list[list[str]], *, head: list[str] | None = None, caption: str = "") -> str:
    """A table that needs neither `<style>` nor script: untrusted notebooks and code hosts strip both."""
    cell = 'style="text-align:left;vertical-align:top;white-space:pre-wrap"'

    def line(tag: str, row: list[str]) -> str:
        return "<tr>" + "".join(f"<{tag} {cell}>{html.escape(text)}</{tag}>" for text in row) + "</tr>"

    parts = [f'<caption style="text-align:left">{html.escape(caption)}</caption>'] if caption else []
    parts += [f"<thead>{line('th', head)}</thead>"] if head else []
    return f"<table>{''.join(parts)}<tbody>{''.join(line('td', row) for row in rows)}</tbody></table>"


class Held:
    """A lab that a widget acts on. It does not keep it running, so a set-up cell run again ends the old lab."""

    def __init__(self, lab: Any) -> None:
        try:
            self._lab = weakref.ref(lab)
        except TypeError:  # a number, a text, nothing
            raise LabError(f"this widget needs a lab, as Lab() makes one, and not {cited(lab)}") from None

    def __call__(self) -> Any:
        lab = self._lab()
        if lab is None:
            raise LabStopped("the lab of this widget has ended: run the cell that made it, then this one once more")
        return lab


class Face(anywidget.AnyWidget):
    """Plain data in, acts out. It knows no socket, thread, store or server."""

    _css = source(
        "theme.css",
        "widgets.css",
        "dialog.css",
        "timeline.css",
        "dns.css",
        "journey.css",
        "mime.css",
        "browser.css",
        "mailboxes.css",
        "tls.css",
        "spf.css",
        "dkim.css",
        "reports.css",
        "evidence.css",
        "bench.css",
        "bounce.css",
        "matrix.css",
    )
    data: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)

    def __init__(self, data: dict[str, Any], **acts: Act) -> None:
        super().__init__(data=data, _anywidget_id="labmail")  # one <style> in the page for all classes
        self._acts = acts
        self.on_msg(self._hear)

    def _hear(self, _: object, message: dict[str, Any], buffers: object) -> None:
        if "ask" not in message:  # a knock, to learn whether a kernel is there
            return
        try:
            reply = {"answer": self._acts[message["ask"]](**message["args"])}
        except LabError as fault:
            reply = {"fault": str(fault)}
        except (Exception, KeyboardInterrupt) as fault:  # shown in the widget: the kernel would lose it
            reply = {"fault": f"{type(fault).__name__}: {fault}"}
        self.send({"id": message["id"], **reply})

    def __repr__(self) -> str:
        raise TypeError(f"{type(self).__name__} has no transcript: give it a __repr__")

    def _static_html(self) -> str:
        """What a reader without a kernel sees."""
        return f'<pre style="margin:0;font-family:monospace">{html.escape(repr(self))}</pre>'

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        return bundle | {"text/plain": repr(self), "text/html": self._static_html()}, metadata
