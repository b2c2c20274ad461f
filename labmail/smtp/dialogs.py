"""Dialogs of SMTP as rows of a table: who spoke to whom, about which letter, and how it ended. RFC 5321 section 3.3."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from labmail.record import Conversation
from labmail.smtp.paths import show_path
from labmail.smtp.words import END, Command, Reply

__all__ = ["HEAD", "Row", "rows", "table"]

HEAD = ("#", "from", "to", "MAIL FROM", "RCPT TO", "outcome")


@dataclass(kw_only=True)
class Row:
    """One letter's way through one dialog; a dialog without a letter has one row too."""

    number: int
    client: str
    server: str
    mail_from: str = "-"
    recipients: list[str] = field(default_factory=list)
    outcome: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        recipients = ", ".join(self.recipients) or "-"
        return str(self.number), self.client, self.server, self.mail_from, recipients, self.outcome


def rows(number: int, conversation: Conversation) -> Iterator[Row]:
    """A row for each letter."""
    wire = conversation.wire
    row = Row(number=number, client=wire.client, server=wire.server)
    said, last, begun = "", "", False
    taken: list[str] = []
    for command, reply in _exchanges(conversation):
        verb = "the end of the letter" if command.verb == END else command.verb
        if command.verb == "MAIL":
            if begun:
                yield row
            row, begun = Row(number=number, client=wire.client, server=wire.server), True
            row.mail_from, last, taken = show_path("MAIL", command.argument), "", []
        elif command.verb == "RCPT":
            row.recipients.append(show_path("RCPT", command.argument))
        said = said if command.verb == "QUIT" else verb
        if reply is not None and command.verb == END and reply.success:
            last, row.recipients = f"{reply.code} accepted", taken
        elif reply is not None and not reply.success:
            last = f"{reply.code} at {verb}"
        elif reply is not None and command.verb in ("RCPT", "DATA"):
            last = ""  # one recipient was refused, and it went on with another
            taken += row.recipients[-1:] if command.verb == "RCPT" else []
        row.outcome = last
    if conversation.open and not row.outcome.endswith("accepted"):
        row.outcome = f"open since {said}" if said else "open"
    elif not row.outcome:
        row.outcome = f"closed after {said}" if said else "closed without a word"
    yield row


def _exchanges(conversation: Conversation) -> Iterator[tuple[Command, Reply | None]]:
    """Each command with its reply. A server answers a command before it hears the next, whenever that arrived."""
    pending: Command | None = None
    for event in conversation.events:
        if event.kind == "heard" and isinstance(event.value, Command):
            if pending is not None:
                yield pending, None
            pending = event.value
        elif event.kind == "said" and isinstance(event.value, Reply) and pending is not None:
            yield pending, event.value
            pending = None
    if pending is not None:
        yield pending, None


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns as wide as their widest cell, two spaces between them."""
    lines = [tuple(head), *(tuple(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
    return "\n".join("  ".join(line).rstrip() for line in padded)
