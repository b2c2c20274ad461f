"""The errors that a learner may meet. Each is one sentence: what is wrong, where, and what would be right."""

from __future__ import annotations

__all__ = [
    "LabError",
    "LabStopped",
    "NoRest",
    "UnknownHost",
    "WorldError",
    "ZoneError",
    "cited",
    "in_utf8",
    "needs_text",
]

CITED_MAX_CHARACTERS = 80  # ours: a sentence has one line, whatever it is about


class LabError(Exception):
    """Something was asked of the lab that cannot be done; nothing has changed."""


class LabStopped(LabError):
    """The lab has stopped, or stopped while this waited."""


class NoRest(LabError):
    """Something in the lab kept moving for longer than we wait."""


class UnknownHost(LabError):
    """A name that is no host of this lab."""


class ZoneError(LabError):
    """A zone file or record breaks a rule; the old zone still answers.

    `line` counts from 1 and is None where there is no file; `field` is the part of the record at fault.
    """

    def __init__(
        self, sentence: str, *, origin: str = "", line: int | None = None, field: str = "", rfc: str = ""
    ) -> None:
        super().__init__(sentence)
        self.origin, self.line, self.field, self.rfc = origin, line, field, rfc


class WorldError(LabError):
    """A world's data cannot be used; the sentence names file and line."""


def cited(value: object) -> str:
    """As a sentence quotes it: a plain word as it is, anything else as Python writes it; of a long one its head."""
    plain = isinstance(value, str) and value and value.isprintable()
    shown = str(value) if plain else repr(value)
    return shown if len(shown) <= CITED_MAX_CHARACTERS else f"{shown[: CITED_MAX_CHARACTERS - 1]}…"


def in_utf8(text: str) -> bytes:
    """Text that stands for octets, as Python decodes what is no UTF-8, becomes those again."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as fault:
        raise LabError(
            f"{text[fault.start]!a} in the text is half a character, and no octets of a letter stand for it"
        ) from None


def needs_text(what: str, value: object, like: str) -> None:
    """LabError where it is no text."""
    if not isinstance(value, str):
        raise LabError(f'{what} is text such as "{like}", and not {cited(value)}')
