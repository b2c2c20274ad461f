"""A line of a dialog as a widget shows it: its bytes, its part, what it means. What all protocols' readers share.

A reader hears the lines of one wire, in order. `smtp.py`, `pop3.py` and `imap.py` hold one each; `reading.py` knows
which protocol has which.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import Any

from labmail import explain
from labmail.record import Event

__all__ = ["LETTER_LINE", "LetterLines", "Line", "Reader", "meaning"]

Line = dict[str, Any]
LINE_END = re.compile(r"(\r\n|\n|\r)?\Z")
HEADER = re.compile(r"[!-9;-~]+:")  # RFC 5322 section 2.2
LETTER_LINE = "text"  # the part of a line that stands in a letter


class Reader(ABC):
    """Hears the lines of one wire; `stage` is where the dialog is now, for the headings of a timeline."""

    stage = ""  # empty: the story of the letters knows better

    def read(self, event: Event) -> Line:
        """One line as a widget shows it; `main` says whether it carries the story."""
        text = event.octets.decode("utf-8", "replace")
        end = LINE_END.search(text)
        said = text[: end.start()] if end else text
        line = self._client(said, event) if event.kind == "heard" else self._server(said, event)
        return {
            "n": event.number,
            "by": "client" if event.kind == "heard" else "server",
            "head": f"{event.by} says",
            "octets": event.octets.hex(),
            "text": said,
            "end": end.group() if end else "",
            "code": "",
            "result": None,
            "details": [],
            "main": True,
            **line,
        }

    @abstractmethod
    def _client(self, said: str, event: Event) -> Line: ...

    @abstractmethod
    def _server(self, said: str, event: Event) -> Line: ...


class LetterLines:
    """Where in a letter a line stands, as its lines come: `tell(line)` is header, fold, blank or body."""

    def __init__(self) -> None:
        self._headers = True
        self._subject = False  # has been seen

    def tell(self, said: str) -> str:
        if self._headers:
            if not said:
                self._headers = False
                return "blank"
            if HEADER.match(said):
                return "header"
            if said[0] in " \t":
                return "fold"
            self._headers = False
        return "body"

    def is_subject(self, said: str) -> bool:
        """Whether this is the line by which a letter is known: its first Subject."""
        first = not self._subject and said.lower().startswith("subject:")
        self._subject = self._subject or first
        return first


def meaning(*places: tuple[str, str], **facts: object) -> Line:
    """The sentence, with its facts, and the link of the first place that is explained."""
    found = explain.find_any(*places)
    return {"says": found.says.format(**facts), "rfc": explain.reference(found)} if found else {"says": "", "rfc": None}
