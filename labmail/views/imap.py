"""The lines of IMAP: which part each plays, and what it means, with the numbers that stand in it. RFC 3501.

A line may end in a literal, `{n}`, and then n octets follow as they are (section 4.3): a letter in the middle of an
answer. So a reader counts octets, on both sides.
"""

from __future__ import annotations

import re

from labmail.imap.words import STATES, TABLE, Command
from labmail.record import Event
from labmail.views.line import LETTER_LINE, LetterLines, Line, Reader, meaning

__all__ = ["ImapReader"]

LITERAL = re.compile(rb"\{(\d{1,20})\+?\}\r?\n\Z")
TAGGED = re.compile(r"(\S+) (OK|NO|BAD)(?: (?:\[([^\] ]+) ?([^\]]*)\])?(.*))?\Z", re.I)  # section 7.1
UNTAGGED = re.compile(r"\* (?:(\d+) )?([A-Za-z]+)(?: (.*))?\Z")
CODE = re.compile(r"\[([^\] ]+) ?([^\]]*)\]")
STATUS = ("OK", "NO", "BAD", "BYE", "PREAUTH")
FLAGS = re.compile(r"FLAGS \(([^)]*)\)")
FETCHED = (  # what an answer to FETCH may hold; the first that is there is explained
    *("BODY[", "RFC822.HEADER", "RFC822.TEXT", "RFC822 ", "ENVELOPE", "BODYSTRUCTURE", "BODY ", "FLAGS"),
    *("RFC822.SIZE", "INTERNALDATE", "UID"),
)
NEWS = ("EXISTS", "EXPUNGE", "FETCH", "SEARCH", "STATUS", "LIST", "LSUB", "BYE")  # untagged lines that carry the story
ASIDE = ("CAPABILITY", "ID", "NAMESPACE", "CHECK", "SUBSCRIBE", "UNSUBSCRIBE")  # commands that do not
RESULTS = {"NO": ("fail", "no"), "BAD": ("error", "not understood")}
STAGES = {
    **dict.fromkeys(("STARTTLS", "LOGIN", "AUTHENTICATE"), "Log in"),
    **dict.fromkeys(("SELECT", "EXAMINE", "LIST", "LSUB", "STATUS", "SEARCH", "NOOP", "CHECK"), "Look"),
    "FETCH": "Fetch",
    **dict.fromkeys(("STORE", "EXPUNGE", "COPY", "MOVE", "APPEND", "CREATE", "DELETE", "RENAME"), "Manage"),
    **dict.fromkeys(("CLOSE", "UNSELECT", "LOGOUT"), "Leave"),
    "IDLE": "Wait for news",
}


class Counted:
    """One side of a wire: how many octets of a literal are still to come."""

    def __init__(self) -> None:
        self.left, self.letter = 0, LetterLines()

    def take(self, octets: bytes) -> bool:
        """Whether this line lies in a literal as a whole; what it announces is remembered."""
        inside, self.left = self.left, max(self.left - len(octets), 0)
        if inside >= len(octets) > 0:
            return True
        self.left, self.letter = announced(octets), LetterLines()
        return False


def announced(octets: bytes) -> int:
    found = LITERAL.search(octets)
    return int(found[1]) if found else 0


class ImapReader(Reader):
    """Hears the lines of one wire, and knows the state of RFC 3501 section 3, and which command is at work."""

    stage = "Greet"

    def __init__(self) -> None:
        self._state = "not authenticated"
        self._heard, self._told = Counted(), Counted()
        self._asked: dict[str, str] = {}  # tag -> verb, of commands that have no answer yet
        self._verb = ""  # of the last one
        self._going = False  # a command or an answer goes on in the next line, after its literal
        self._answering = False
        self._quiet = False  # data has answered already: the tagged OK adds nothing
        self._greeted = False

    # ---- the client's side

    def _client(self, said: str, event: Event) -> Line:
        if self._heard.take(event.octets):
            return self._of_letter(said, self._heard)
        going, self._going = self._going, self._heard.left > 0
        if going:
            return {"part": "rest", "main": False, **meaning(("imap.line", "rest"))}
        if self._verb == "AUTHENTICATE" and self._asked and " " not in said:
            return {"part": "secret", **meaning(("imap.line", "secret"))}
        if self._verb == "IDLE" and self._asked:
            return {"part": "DONE", **meaning(("imap.command", "DONE" if said.upper() == "DONE" else "unknown"))}
        return self._command(Command.parse(event.octets, self._state))

    def _command(self, command: Command) -> Line:
        self._verb, self._quiet = command.verb, False
        self._asked[command.tag] = command.verb
        bare = command.verb.removeprefix("UID ")
        self.stage = STAGES.get(bare, self.stage)
        words = command.argument.split(" ", 1)
        told = meaning(
            *(("imap.command", f"{bare} {_read(command)}"), ("imap.command", command.verb)),
            *(("imap.command", bare), ("imap.command", "unknown")),
            first=words[0].strip('"'),
            rest=words[-1].strip('"'),
        )
        if command.verb.startswith("UID ") and bare != "EXPUNGE":
            told["says"] += f" {meaning(('imap.line', 'uid'))['says']}"
        details = [["Tag", command.tag], *self._standing()]
        return {"part": command.verb, "main": bare not in ASIDE, "details": details, **told}

    def _standing(self) -> list[list[str]]:
        return [["State", self._state]]

    # ---- the server's side

    def _server(self, said: str, event: Event) -> Line:
        if self._told.take(event.octets):
            return self._of_letter(said, self._told)
        going, self._answering = self._answering, self._told.left > 0
        if going:
            flags = FLAGS.search(said)
            told = meaning(("imap.line", "flags" if flags else "answer"), flags=flags[1] if flags else "")
            return {"part": "rest", "main": False, **told}
        if said == "+" or said.startswith("+ "):
            return self._go_on()
        if (tagged := TAGGED.match(said)) and tagged[1] != "*":
            return self._ended(*tagged.groups(""))
        if found := UNTAGGED.match(said):
            return self._data(*found.groups(""))
        return {"part": "reply", **meaning(("imap.line", "strange"))}

    def _go_on(self) -> Line:
        kind = self._verb if self._verb in ("IDLE", "AUTHENTICATE") else "literal"
        return {"part": "reply", "code": "+", "main": kind == "IDLE", **meaning(("imap.go", kind))}

    def _ended(self, tag: str, word: str, code: str, value: str, text: str) -> Line:
        """The tagged response that ends a command."""
        word = word.upper()
        verb = self._asked.pop(tag, self._verb)
        bare = verb.removeprefix("UID ")
        if word == "OK":
            self._state = TABLE[self._state].get(verb, self._state)
        elif bare in ("SELECT", "EXAMINE") and self._state == "selected":  # whatever was selected is so no more
            self._state = "authenticated"
        self._heard.left, self._going = 0, False  # a literal that was refused does not come
        places = [("imap.yes", bare), ("imap.yes", "other")] if word == "OK" else [("imap.word", word)]
        told = meaning(*places, tag=tag)
        if code and (more := meaning(("imap.code", code.upper()), **_code_facts(value)))["says"]:
            told = {"says": f"{told['says']} {more['says']}", "rfc": more["rfc"]}
        shown = {"is": RESULTS[word][0], "word": RESULTS[word][1]} if word in RESULTS else None
        main = word != "OK" or not (self._quiet or bare in (*ASIDE, "NOOP", "LOGOUT"))
        details = [["Answers", f"{tag} {verb}"], *self._standing()]
        return {"part": "reply", "code": f"{tag} {word}", "result": shown, "main": main, "details": details, **told}

    def _data(self, number: str, word: str, text: str) -> Line:
        """An untagged response: data, asked for or not."""
        word = word.upper()
        if word in STATUS:
            return self._status(word, text)
        self._quiet = True
        facts = {"number": number, "messages": _messages(number or "0"), "text": text.strip()}
        key = word
        if word == "FETCH":
            key = next((f"FETCH {item.strip('[ ')}" for item in FETCHED if item in text.upper()), word)
            flags = FLAGS.search(text)
            facts["flags"] = (flags[1] if flags else "") or "none"
        if word == "SEARCH" and not text.strip():
            key = "SEARCH none"
        told = meaning(("imap.data", key), ("imap.data", word), ("imap.data", "other"), **facts)
        if self._verb == "IDLE" and self._asked:
            told["says"] += f" {meaning(('imap.line', 'unasked'))['says']}"
        code = f"* {number} {word}" if number else f"* {word}"
        return {"part": "data", "code": code, "main": word in NEWS, **told}

    def _status(self, word: str, text: str) -> Line:
        first, self._greeted = not self._greeted, True
        found = CODE.match(text)
        if first and word == "PREAUTH":
            self._state = STATES[1]
        if word == "BYE":
            self._state = "logout"
        places = [("imap.greeting", word)] if first else [("imap.word", f"* {word}"), ("imap.word", word)]
        told = meaning(*places)
        if found and (more := meaning(("imap.code", found[1].upper()), **_code_facts(found[2])))["says"]:
            told = more if word == "OK" else {"says": f"{told['says']} {more['says']}", "rfc": more["rfc"]}
        shown = {"is": RESULTS[word][0], "word": RESULTS[word][1]} if word in RESULTS else None
        main = first or word in RESULTS or (word == "BYE" and self._verb != "LOGOUT")
        return {"part": "data", "code": f"* {word}", "result": shown, "main": main, **told}

    def _of_letter(self, said: str, counted: Counted) -> Line:
        """A line within a literal: of a letter, as a rule; a name or a password may come so too."""
        if self._verb == "LOGIN":
            return {"part": "secret", **meaning(("imap.line", "secret"))}
        kind = counted.letter.tell(said)
        return {"part": LETTER_LINE, "main": counted.letter.is_subject(said), **meaning(("imap.line", kind))}


def _read(command: Command) -> str:
    """Whether a FETCH marks as read what it asks for: section 6.4.5."""
    asked = command.argument.upper()
    return "BODY" if "BODY[" in asked or "RFC822)" in asked or asked.endswith("RFC822") else "PEEK" * ("PEEK" in asked)


def _code_facts(value: str) -> dict[str, str]:
    words = value.split()
    return {"value": value, "first": (words or [""])[0], "last": (words or [""])[-1]}


def _messages(number: str) -> str:
    return f"{number} message{'' if number == '1' else 's'}"
