"""The widgets, loaded when one is first named: `import labmail` and headless use load none.

In a notebook's kernel `register()` lets records show their face, so that a bare `conversation` at the end of a cell is
its widget there and its transcript everywhere else.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

__all__ = [
    "Attacker",
    "Bounce",
    "Browser",
    "Certificate",
    "Check",
    "Conversation",
    "Dialogs",
    "DkimView",
    "DmarcEvidence",
    "DnsExplorer",
    "Handshake",
    "Headers",
    "Journey",
    "Mailboxes",
    "Matrix",
    "MimeTree",
    "Predict",
    "RecordBench",
    "Relay",
    "Reports",
    "Reveal",
    "SpfTree",
    "Stepper",
    "Timeline",
    "TwoNames",
    "TwoViews",
    "register",
]

HOMES = {
    "Attacker": "attacker",
    "Bounce": "bounce",
    "Browser": "browser",
    "Certificate": "certificate",
    "Check": "check",
    "Conversation": "conversation",
    "Dialogs": "dialogs",
    "DkimView": "dkim",
    "DmarcEvidence": "vouching",
    "DnsExplorer": "dns",
    "Handshake": "handshake",
    "Headers": "headers",
    "Journey": "journey",
    "Mailboxes": "mailboxes",
    "Matrix": "matrix",
    "MimeTree": "mime",
    "Predict": "ask",
    "RecordBench": "bench",
    "Relay": "relay",
    "Reports": "reports",
    "Reveal": "ask",
    "SpfTree": "spf",
    "Stepper": "stepper",
    "Timeline": "timeline",
    "TwoNames": "names",
    "TwoViews": "two_views",
}
FACES = {  # record type -> the widget that shows it
    ("labmail.record", "Conversation"): "Conversation",
    ("labmail.record", "Record"): "Timeline",
    ("labmail.dkim.verdict", "Verdict"): "DkimView",
    ("labmail.reports.values", "Report"): "Reports",
    ("labmail.reports.values", "Reports"): "Reports",
    ("labmail.dmarc.verdict", "Verdict"): "DmarcEvidence",
    ("labmail.spf.verdict", "Verdict"): "SpfTree",
    ("labmail.verdicts", "Verdicts"): "DmarcEvidence",
}


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"labmail.widgets has no {name!r}; it has {', '.join(sorted(HOMES))}")
    return getattr(import_module(f"labmail.widgets.{HOMES[name]}"), name)


def register() -> None:
    """Let records show their face, if this is a notebook's kernel; cheap, and loads no widget."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None or not hasattr(shell, "kernel"):
        return
    formatter = shell.display_formatter.mimebundle_formatter
    for (module, name), face in FACES.items():
        formatter.for_type_by_name(module, name, _shown_as(face))


def face_of(value: object) -> Any:
    """The widget that shows this record; None if it has none."""
    for kind in type(value).__mro__:
        if face := FACES.get((kind.__module__, kind.__name__)):
            return __getattr__(face)(value)
    return None


def _shown_as(face: str) -> Any:
    return lambda record, **_: __getattr__(face)(record)._repr_mimebundle_()
