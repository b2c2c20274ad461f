"""The lines of SMTP: which part each plays, and what it means. RFC 5321 sections 3.3 and 4.2."""

from __future__ import annotations

import re

from labmail import explain
from labmail.record import Event
from labmail.views.line import LETTER_LINE, LetterLines, Line, Reader, meaning

__all__ = ["SmtpReader"]

# RFC 5321 section 4.2, RFC 2034 section 4
REPLY = re.compile(r"([2-5]\d\d)([ -]|\Z)(?:([245]\.\d{1,3}\.\d{1,3})(?= |\Z))?")
QUIET = ("QUIT", "NOOP", "RSET", "HELP")  # commands that carry no letter further


class SmtpReader(Reader):
    """Hears the lines of one wire, in order, and knows which part each plays."""

    def __init__(self) -> None:
        self._place = "commands"  # or "letter"; "secret": inside AUTH
        self._letter = LetterLines()
        self._inside = False  # a reply of several lines
        self._unanswered: list[str] = []  # the verbs whose replies are still to come: RFC 2920

    def _client(self, said: str, event: Event) -> Line:
        if self._place == "commands":
            word = said.split(" ")[0]
            verb = word.upper()
            self._unanswered.append(verb)
            told = meaning(("smtp.command", verb), ("smtp.command", "unknown"))
            if word != verb and explain.find_any(("smtp.command", verb)):
                told["says"] += f" {explain.find('smtp.line', 'case').says}"
            return {"part": verb, "main": verb not in QUIET, **told}
        if self._place == "secret":
            return {"part": "secret", **meaning(("smtp.line", "secret"))}
        main = said == "." or self._letter.is_subject(said)
        return {"part": LETTER_LINE, "main": main, **meaning(("smtp.line", self._of_letter(said)))}

    def _of_letter(self, said: str) -> str:
        if said == ".":
            self._place = "commands"
            self._unanswered.append(".")
            return "dot"
        return "stuffed" if said.startswith(".") else self._letter.tell(said)

    def _server(self, said: str, event: Event) -> Line:
        reply = REPLY.match(said)
        if not reply:
            return {"part": "reply", "main": not self._inside, **meaning(("smtp.class", "5"))}
        code, follows, enhanced = reply.groups()
        verb = self._unanswered[0] if self._unanswered else ""
        places = [("smtp.reply", code), ("smtp.class", code[0])]
        if code == "250" and self._inside:  # the first line of a reply to EHLO is a greeting: section 4.1.1.1
            places.insert(0, ("smtp.extension", said[4:].split(" ")[0].upper()))
        elif code == "250":
            places.insert(0, ("smtp.yes", verb))
        main = code != "221" and not self._inside
        self._inside = follows == "-"
        if follows != "-":
            self._place = {"354": "letter", "334": "secret"}.get(code, "commands")
            self._letter = LetterLines()
            del self._unanswered[:1]
        told = meaning(*places)
        if enhanced and not enhanced.endswith(".0.0") and (detail := explain.find_any(("smtp.enhanced", enhanced))):
            told = {"says": f"{told['says']} {detail.says}", "rfc": explain.reference(detail)}
        return {"part": "reply", "code": code, "main": main, **told}
