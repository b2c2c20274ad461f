"""One dialog of POP3 in a few words: whose mailbox, what was taken out of it, and how it ended. RFC 1939."""

from __future__ import annotations

from labmail.pop3.words import RESPONSE, Command, Reply
from labmail.record import Conversation

__all__ = ["told"]


def told(conversation: Conversation) -> tuple[str, str]:
    """What it was about, and its outcome."""
    user, taken, marked, refused, last = "", 0, 0, "", ""
    asked: Command | None = None
    for event in conversation.events:
        if event.kind == "heard" and isinstance(event.value, Command):
            asked = event.value
            user = asked.argument.strip() if asked.verb == "USER" else user
            last = asked.verb if asked.verb != RESPONSE else "AUTH"
        elif event.kind == "said" and isinstance(event.value, Reply) and asked is not None:
            refused = "" if event.value.success else f"-ERR at {last}"
            taken += event.value.success and asked.verb == "RETR"
            marked = 0 if asked.verb == "RSET" else marked + (event.value.success and asked.verb == "DELE")
            asked = None
    ended = last == "QUIT" and not conversation.open
    acts = [f"{taken} taken"] * bool(taken) + [f"{marked} deleted" if ended else f"{marked} marked"] * bool(marked)
    outcome = refused or (f"{'open since' if conversation.open else 'closed after'} {last}" if last else "")
    return f"{user or '-'}{': ' * bool(acts)}{', '.join(acts)}", outcome
