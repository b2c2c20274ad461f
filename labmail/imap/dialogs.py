"""One dialog of IMAP in a few words: whose mailboxes, which were opened, and how it ended. RFC 3501."""

from __future__ import annotations

from labmail.imap.words import Command, Response
from labmail.record import Conversation

__all__ = ["told"]


def told(conversation: Conversation) -> tuple[str, str]:
    """What it was about, and its outcome."""
    user, refused, last = "", "", ""
    opened: list[str] = []
    for event in conversation.events:
        value = event.value
        if event.kind == "heard" and isinstance(value, Command):
            last = value.verb
            name = value.argument.split(" ")[0].strip('"')
            user = name if last == "LOGIN" else user
            opened += [name] if last in ("SELECT", "EXAMINE") and name not in opened else []
        elif event.kind == "said" and isinstance(value, Response) and value.tag not in ("*", "+"):
            refused = f"{value.word} at {last}" if value.word in ("NO", "BAD") else ""
    outcome = refused or (f"{'open since' if conversation.open else 'closed after'} {last}" if last else "")
    return f"{user or '-'}{': ' * bool(opened)}{', '.join(opened)}", outcome
