"""What a record says as TLS, in the names of its RFC: the messages of a handshake, an alert. RFC 8446 section 4."""

from __future__ import annotations

from labmail.tls.hello import Message
from labmail.tls.records import Alert, Record

__all__ = ["named", "said_by"]


def said_by(record: Record, *, shaking: bool = True) -> tuple[str, str]:
    """The key that explains the record, and its words. What a sealed one says is for the other end alone."""
    if record.sealed:
        return ("sealed", "the rest of the handshake") if shaking else ("goodbye", "TLS itself")
    names = [named(message) for message in record.messages]
    return (names[0].split()[0] if names else record.type), ", ".join(names) or record.type


def named(message: object) -> str:
    """As the RFC writes it: ClientHello."""
    if isinstance(message, Message):
        return "".join(word.capitalize() for word in message.name.split("_"))
    if isinstance(message, Alert):
        return f"alert {message.description}"
    return type(message).__name__
