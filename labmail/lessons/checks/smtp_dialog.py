"""The checks of lesson 01: dot-stuffing, reply codes, and dialogs that are held with a real server. RFC 5321."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from email.utils import parsedate_to_datetime
from itertools import takewhile
from typing import Any

from labmail.lessons.checking import Found, attempt, right, wrong

CLIENT, SERVER = "mail.example.net", "mx1.example.com"
ALICE, BOB = "alice@example.net", "bob@example.com"
OPENING = (f"HELO {CLIENT}", f"MAIL FROM:<{ALICE}>", f"RCPT TO:<{BOB}>")
BIG_OCTETS = 2_000  # ours: what mx1 takes at most while `deliver` is checked, so that a refusal comes after the dot


def is_lines(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(line, str) for line in value)


# ---- exercise 1


def stuff(function: Callable[[list[str]], Any], lab: Any) -> Found:
    for lines in letters():
        sent = attempt(function, list(lines))
        if found := stuffing_fault(lines, sent):
            return found
    with lab.step(CLIENT, SERVER) as step:
        step.say(OPENING[0])
        for lines in letters():
            for line in (*OPENING[1:], "DATA", *function(list(lines))):
                step.say(line)
    stored = [text_of(letter) for letter in lab.mailbox(BOB)]
    for lines, text in zip(letters(), stored, strict=True):
        if text != lines:
            return wrong("changed", lines=lines, stored=text)
    return right()


def letters() -> Iterator[list[str]]:
    """The small ones first, each with one trap; then 200 that chance made, the same each time."""
    yield from ([line, "eggs"] for line in ("flour", "1.5 eggs", ".", ".flour", "..", ""))
    chance = random.Random(1)
    for _ in range(200):
        yield ["".join(chance.choices(". ab", k=chance.randrange(5))) for _ in range(chance.randrange(1, 6))]


def stuffing_fault(lines: list[str], sent: Any) -> Found | None:
    if isinstance(sent, str):
        return wrong("one-string")
    if not is_lines(sent):
        return wrong("no-list", got=repr(sent))
    if any("\r" in line or "\n" in line for line in sent):
        return wrong("line-ends", line=repr(next(line for line in sent if "\r" in line or "\n" in line)))
    if not sent or sent[-1] != ".":
        return wrong(
            "end-doubled" if sent and sent[-1] == ".." else "no-end", lines=lines, last=repr([*sent, None][-2])
        )
    if len(sent) != len(lines) + 1:
        return wrong("extra-lines", lines=lines, sent=list(sent))
    for place, (line, out) in enumerate(zip(lines, sent[:-1], strict=True)):
        if out != ("." + line if line.startswith(".") else line):
            return one_line_fault(lines, line, out, sent[place + 1])
    return None


def one_line_fault(lines: list[str], line: str, out: str, following: str) -> Found:
    if line == "." and out == line:
        return wrong("ends-early", lines=lines, next=repr(following))
    if line.startswith(".") and out == line:
        return wrong("only-lone-dots", lines=lines)
    if out == line.replace(".", ".."):
        return wrong("dots-inside", lines=lines)
    return wrong("changed-line", line=repr(line), out=repr(out))


def text_of(letter: Any) -> list[str]:
    """The lines of a letter as they were said after 354, un-stuffed."""
    return [line.decode() for line in letter.octets.split(b"\r\n")[:-1]]


# ---- exercises 2 and 3

NEXT_STEP = {"a": "go on", "b": "try later", "c": "give up", "d": "send the rest", "e": "try later"}
FIVE_LINES = {
    "a": f"MAIL FROM:{ALICE}",
    "b": f"mail from:<{ALICE}>",
    "c": "POST LETTER TO BOB",
    "d": "DATA",
    "e": "MAIL FROM:<>",
}


def next_step(answers: dict[str, str]) -> Found:
    for key, correct in NEXT_STEP.items():
        answer = " ".join(str(answers[key]).lower().split())
        if answer not in NEXT_STEP.values():
            return wrong("no-word", key=key, answer=repr(answers[key]))
        if answer != correct:
            return wrong(key)
    return right()


def five_lines(codes: dict[str, int], lab: Any) -> Found:
    for key, line in FIVE_LINES.items():
        said = str(codes[key]).strip()
        if not re.fullmatch(r"[2-5]\d\d", said):
            return wrong("no-number", key=key, answer=repr(codes[key]))
        with lab.step(CLIENT, SERVER) as step:
            step.say(OPENING[0])
            if int(said) != step.say(line).code:
                return wrong(key)
    return right()


# ---- exercise 4


def mend_the_notes(lines: Any, lab: Any) -> Found:
    lines = lines.splitlines() if isinstance(lines, str) else lines
    if not is_lines(lines) or not lines:
        return wrong("no-lines")
    for line in lines:
        if re.match(r"S: |[2-5]\d\d[ -]", line):
            return wrong("server-lines", line=repr(line))
    return helo_fault(lines[0]) or dialog_fault(lines, lab) or letter_verdict(lab)


def helo_fault(line: str) -> Found | None:
    verb, _, name = line.partition(" ")
    if verb.upper() not in ("HELO", "EHLO"):
        return wrong("no-helo", line=repr(line))
    if name.endswith("example.com"):
        return wrong("helo-server", name=name)
    return None if name == CLIENT else wrong("helo-other", name=name)


def dialog_fault(lines: Sequence[str], lab: Any) -> Found | None:
    ended = False
    with lab.step(CLIENT, SERVER) as step:
        for line in lines:
            if step.state == "closed":
                return wrong("after-quit", line=repr(line))
            reply = step.say(line)
            if reply is not None and not reply.success:
                known = line.split(" ")[0].upper() in ("HELO", "EHLO", "MAIL", "RCPT", "DATA", "QUIT", ".")
                if ended and not known:
                    return wrong("dot-first", line=repr(line))
                return wrong("refused", line=repr(line), reply=reply)
            ended = ended or line == "."
        if step.state == "text":
            return wrong("no-dot")
        quit_said = step.state == "closed"
    if not lab.mailbox(BOB):
        return wrong("not-bob")
    return None if quit_said else wrong("no-quit")


def letter_verdict(lab: Any) -> Found:
    letter = lab.mailbox(BOB)[-1]
    text = text_of(letter)
    headers = list(takewhile(bool, text))
    for line in headers:
        if not re.match(r"[!-9;-~]+:|[ \t]", line):
            return wrong("no-blank", line=repr(line))
    names = [line.partition(":")[0].lower() for line in headers if line[0] not in " \t"]
    for name, wanted in {"From": ALICE, "To": BOB, "Date": "", "Subject": "Re: The Cake"}.items():
        if name.lower() not in names:
            return wrong("no-header", name=name)
        if names.count(name.lower()) > 1:
            return wrong("twice", name=name)
        if wanted not in str(letter[name]):
            return wrong("wrong-header", name=name, got=repr(str(letter[name])), wanted=wanted)
    try:
        parsedate_to_datetime(str(letter["Date"]))
    except ValueError:
        return wrong("date", got=str(letter["Date"]))
    if not any("cake" in line for line in text[len(headers) :]):
        return wrong("empty-text")
    if letter.return_path != ALICE:
        return wrong("sender", sender=letter.return_path)
    return right("\n".join(text))


# ---- exercise 5


class Mouth:
    """What `deliver` gets as `say`; it remembers what was said and what came back."""

    def __init__(self, step: Any) -> None:
        self._step = step
        self.said: list[tuple[str, int | None]] = []

    def __call__(self, line: str) -> int | None:
        reply = self._step.say(line)
        self.said.append((line, reply.code if reply else None))
        return self.said[-1][1]

    def __repr__(self) -> str:
        return "say"

    @property
    def refused(self) -> tuple[str, int, str] | None:
        """The first line that was refused, its code, and what was said after it other than a good-bye."""
        for place, (line, code) in enumerate(self.said):
            if code is not None and code >= 400:
                later = [after for after, _ in self.said[place + 1 :] if after.upper() not in ("QUIT", "RSET")]
                return line, code, ", ".join(map(repr, later[:1]))
        return None


SHORT = ("Subject: The cake", "", "Bring it!")
DOTTED = ("Subject: The list", "", "flour", ".", ".sugar", "eggs")
CASES: tuple[tuple[str, str, Sequence[str], bool], ...] = (  # sender, recipient, letter, and whether mx1 takes it
    (ALICE, BOB, SHORT, True),
    (ALICE, BOB, DOTTED, True),
    (ALICE, "nobody@example.com", SHORT, False),
    ("alice at home", BOB, SHORT, False),
    (ALICE, BOB, ("Subject: A cake too big", "", *["cake " * 15] * 40), False),
)


def deliver(function: Callable[..., Any], lab: Any) -> Found:
    lab.host(SERVER).size_max_octets = BIG_OCTETS
    rows = []
    for sender, recipient, lines, taken in CASES:
        before = len(lab.mailbox(BOB))
        with lab.step(CLIENT, SERVER) as step:
            mouth = Mouth(step)
            got = attempt(function, mouth, sender, recipient, list(lines))
            state = step.state
        if not mouth.said:
            return wrong("no-say")
        found = refusal_fault(mouth, taken, got) if mouth.refused else taken_fault(mouth, state, got)
        if found is None and taken:
            found = arrival_fault(lab.mailbox(BOB)[before:], lines, sender)
        if found:
            return found
        line, code, _ = mouth.refused or (".", 250, "")
        rows.append(f"  {got!s:5}  {lines[0].removeprefix('Subject: '):15}  {code} to {line.partition(':')[0]}")
    return right("\n".join(rows))


def refusal_fault(mouth: Mouth, taken: bool, got: object) -> Found | None:
    assert mouth.refused
    line, code, after = mouth.refused
    if taken and code == 503:
        return wrong("out-of-order", line=repr(line), code=code)
    if taken and any(said == "." for said, _ in mouth.said[:-1]):
        return wrong("not-stuffed", line=repr(line), code=code)
    if taken:
        return wrong("refused", line=repr(line), code=code)
    if after:
        return wrong("went-on", line=repr(line), code=code, next=after)
    return None if got is False else wrong("not-false", line=repr(line), code=code, got=repr(got))


def taken_fault(mouth: Mouth, state: str, got: object) -> Found | None:
    if state == "text":
        return wrong("no-dot")
    if not any(line == "." and code == 250 for line, code in mouth.said):
        return wrong("no-letter")
    return None if got is True else wrong("not-true", got=repr(got))


def arrival_fault(arrived: Sequence[Any], lines: Sequence[str], sender: str) -> Found | None:
    if not arrived:
        return wrong("not-bob")
    if text_of(arrived[-1]) != list(lines):
        return wrong("changed", lines=list(lines), stored=text_of(arrived[-1]))
    return None if arrived[-1].return_path == sender else wrong("wrong-sender", got=arrived[-1].return_path)
