"""The lines of POP3: which part each plays, and what it means, with the numbers that stand in it. RFC 1939."""

from __future__ import annotations

import re

from labmail.pop3.words import RESPONSE, TABLE, Command, state_after
from labmail.record import Event
from labmail.views.line import LETTER_LINE, LetterLines, Line, Reader, meaning

__all__ = ["Pop3Reader", "count"]

STATUS = re.compile(r"(\+OK|-ERR)(?: (?:\[([A-Z/-]+)\] ?)?(.*))?\Z")  # RFC 1939 section 3, RFC 2449 section 8
LISTS = ("LIST", "UIDL")  # with a number they answer in one line
LETTERS = ("RETR", "TOP")
QUIET = ("NOOP", "CAPA", "STLS")  # commands that carry the story no further
FACTS = {  # what stands in a line that says yes: the names are those of the explanations
    "STAT": re.compile(r"(?P<messages>\d+) (?P<octets>\d+)"),
    "LIST": re.compile(r"(?P<number>\d+) (?P<octets>\d+)"),
    "UIDL": re.compile(r"(?P<number>\d+) (?P<uid>\S+)"),
}
STAGES = {
    **dict.fromkeys(("CAPA", "STLS", "USER", "PASS", "AUTH", RESPONSE), "Log in"),
    **dict.fromkeys(("STAT", "LIST", "UIDL", "TOP"), "Look"),
    **dict.fromkeys(("DELE", "RSET"), "Mark"),
    "RETR": "Take",
    "QUIT": "Leave",
}


class Pop3Reader(Reader):
    """Hears the lines of one wire, and knows which state of RFC 1939 the server is in."""

    stage = "Greet"

    def __init__(self) -> None:
        self._state = "authorization"
        self._asked: Command | None = None  # what waits for its answer
        self._inside = ""  # the verb whose answer of several lines is coming
        self._letter = LetterLines()

    def _client(self, said: str, event: Event) -> Line:
        command = Command.parse(event.octets, self._state)
        self._asked, self._inside = command, ""
        known = command.verb in STAGES
        self.stage = self.stage if command.verb == "CAPA" and self._state == "transaction" else self._staged(command)
        argument = command.argument.strip()
        facts = {"argument": argument, "number": argument.split(" ")[0]}
        verb = command.verb if known or command.verb == "NOOP" else "unknown"
        if verb == "QUIT":
            verb = "QUIT" if self._state == "transaction" else "leave"
        key = f"{verb}-all" if verb in LISTS and not argument else verb
        told = meaning(("pop3.command", key), ("pop3.command", verb), **facts)
        return {"part": command.verb, "main": verb not in QUIET, "details": self._standing(), **told}

    def _staged(self, command: Command) -> str:
        return STAGES.get(command.verb, self.stage)

    def _standing(self) -> list[list[str]]:
        """The state, in the RFC's own word: sections 4 to 6. What comes between USER and PASS has none of its own."""
        inner = self._state not in ("transaction", "update", "closed")
        return [["State", "AUTHORIZATION" if inner else self._state.upper()]]

    def _server(self, said: str, event: Event) -> Line:
        if self._inside:
            return self._more(said)
        status = STATUS.match(said)
        if said.rstrip() == "+" and self._asked:
            self._state = state_after(self._state, self._asked.verb, success=True)
            return {"part": "reply", "code": "+", "main": False, **meaning(("pop3.reply", "+"))}
        if not status:
            return {"part": "reply", **meaning(("pop3.reply", "strange"))}
        word, code, text = status.groups()
        asked, self._asked = self._asked, None
        if asked is None:
            told = meaning(("pop3.greeting" if word == "+OK" else "pop3.reply", word))
            return {"part": "reply", "code": word, "result": _result(word), **told}
        line = self._yes(asked, text or "") if word == "+OK" else self._no(asked, code or "")
        return {"part": "reply", "code": word, "result": _result(word), "details": self._standing(), **line}

    def _yes(self, asked: Command, text: str) -> Line:
        verb = asked.verb
        if verb == "AUTH":  # its line held the response: RFC 5034 section 4
            self._state = TABLE["authorization"][verb]
        self._state = state_after(self._state, RESPONSE if verb == "AUTH" else verb, success=True)
        several = verb in (*LETTERS, "CAPA") or (verb in LISTS and not asked.argument.strip())
        self._inside, self._letter = verb if several else "", LetterLines()
        found = FACTS[verb].match(text) if verb in FACTS and not (verb in LISTS and several) else None
        facts = {"number": asked.argument.split(" ")[0], **(found.groupdict() if found else {})}
        facts |= {"messages": count(facts["messages"], "message")} if "messages" in facts else {}
        facts |= {"octets": count(facts["octets"], "octet")} if "octets" in facts else {}
        key = f"{verb}-all" if verb in LISTS and several else verb
        if verb == "QUIT":
            key = "QUIT" if self._state == "update" else "leave"
        missing = verb in FACTS and not several and not found
        places = (("pop3.yes", "other"),) if missing else (("pop3.yes", key), ("pop3.yes", "other"))
        return {"main": verb not in QUIET, **meaning(*places, **facts)}

    def _no(self, asked: Command, code: str) -> Line:
        self._state = state_after(self._state, asked.verb, success=False)
        places = (("pop3.code", code), ("pop3.no", asked.verb), ("pop3.reply", "-ERR"))
        return meaning(*places, number=asked.argument.split(" ")[0])

    def _more(self, said: str) -> Line:
        """A line of an answer that has several."""
        verb = self._inside
        if said == ".":
            self._inside = ""
            return {"part": "end", "main": False, **meaning(("pop3.line", "end"))}
        if verb in LETTERS:
            kind = "stuffed" if said.startswith(".") else self._letter.tell(said)
            told = meaning(("pop3.line", kind))
            return {"part": LETTER_LINE, "main": self._letter.is_subject(said), **told}
        if verb == "CAPA":
            offered = said.split(" ")[0].upper()
            return {"part": "offer", "main": False, **meaning(("pop3.capability", offered), ("pop3.line", "offer"))}
        found = FACTS[verb].match(said)
        facts = found.groupdict() if found else {}
        facts |= {"octets": count(facts["octets"], "octet")} if "octets" in facts else {}
        return {"part": "item", "main": False, **(meaning(("pop3.line", verb), **facts) if found else meaning())}


def _result(word: str) -> dict[str, str] | None:
    """A yes is seen by its word; a no has a glyph as well."""
    return None if word == "+OK" else {"is": "fail", "word": "no"}


def count(number: str | int, noun: str) -> str:
    """`3 messages`, `1 octet`."""
    return f"{number} {noun}{'' if int(number) == 1 else 's'}"
