"""A dialog that a client means to have: its lines, each said where the server can take it.

The learner may say other things in between, and a real server cannot be wound back; so a script asks where the server
is now, and goes on from there. RFC 5321 section 3.3.
"""

from __future__ import annotations

from collections.abc import Sequence

from labmail.world import cake

__all__ = ["Script", "letter_script"]

PLACES = {  # where a verb may be said: RFC 5321 section 4.1.4
    "HELO": ("connected",),
    "EHLO": ("connected",),
    "MAIL": ("greeted",),
    "RCPT": ("sender", "recipient"),
    "DATA": ("recipient",),
}


def letter_script(client: str, *, sender: str, recipient: str, letter: str = cake) -> list[str]:
    """The lines that hand over one letter, dot-stuffed."""
    stuffed = [f".{line}" if line.startswith(".") else line for line in letter.splitlines()]  # section 4.5.2
    envelope = [f"HELO {client}", f"MAIL FROM:<{sender}>", f"RCPT TO:<{recipient}>", "DATA"]
    return [*envelope, *stuffed, ".", "QUIT"]


class Script:
    """The lines of one letter, in order; `next(state)` is the one to say now."""

    def __init__(self, lines: Sequence[str]) -> None:
        verbs = [line[:4].upper() for line in lines]
        data = verbs.index("DATA")
        self.commands = list(lines[: data + 1])
        self.letter = [line for line in lines[data + 1 :] if line != "QUIT"]
        self._command = self._line = 0
        self._over = False  # delivered, or refused: what is left is to say goodbye

    def next(self, state: str) -> str | None:
        """The line for a server in that state; None when there is nothing left to say."""
        if state == "closed":
            return None
        if state == "text":
            return self.letter[min(self._line, len(self.letter) - 1)]
        if self._over:
            return "QUIT"
        for at in [*range(self._command, len(self.commands)), *range(self._command)]:
            if state in PLACES.get(self.commands[at][:4].upper(), ()):
                self._command = at
                line: str = self.commands[at]
                return line
        return "QUIT"

    def said(self, state: str) -> None:
        """Its line for that state went out."""
        if state == "text":
            self._line += 1
        else:
            self._command += 1

    def answered(self, verb: str, success: bool) -> None:
        """A reply to that verb came: a letter that is through, or a line that was refused, ends the script."""
        if verb == "DATA" and success:
            self._line = 0
        self._over = self._over or verb == "." or not success
