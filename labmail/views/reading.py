"""Who reads which protocol's lines. A protocol that is added has a file of its own here, and one entry in the table."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from labmail.errors import LabError, cited
from labmail.record import Conversation, Event
from labmail.views.http import HttpReader
from labmail.views.imap import ImapReader
from labmail.views.line import Line, Reader, meaning
from labmail.views.pop3 import Pop3Reader
from labmail.views.smtp import SmtpReader

__all__ = ["READERS", "is_dialog", "lines", "reader"]

READERS: dict[str, Callable[[], Reader]] = {
    "smtp": SmtpReader,
    "pop3": Pop3Reader,
    "imap": ImapReader,
    "http": HttpReader,
}


class PlainReader(Reader):
    """Of a protocol that nobody explains: each line is a line."""

    def _client(self, said: str, event: Event) -> Line:
        return {"part": "line", **meaning()}

    _server = _client


def reader(protocol: str) -> Reader:
    """A new one, for one wire."""
    return READERS.get(protocol, PlainReader)()


def lines(protocol: str, events: Iterable[Event]) -> list[Line]:
    """All lines of one wire."""
    mine = reader(protocol)
    return [mine.read(event) for event in events if event.kind in ("heard", "said")]


def is_dialog(value: object) -> None:
    """LabError where it is none."""
    if not isinstance(value, Conversation):
        raise LabError(f"a dialog is what lab.conversation(client, server) gives, and not {cited(value)}")
