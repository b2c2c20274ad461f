"""Every hint of an exercise answers the mistake it was written for, and no hint is out of reach."""

from __future__ import annotations

import re
from typing import Any

import pytest

from labmail import cake
from labmail.lessons.book import BOOK
from labmail.lessons.checking import judge
from tests.notebooks import dkim, dmarc, inside_a_message, spf, starttls_and_submission

OPENING = ["HELO mail.example.net", "MAIL FROM:<alice@example.net>", "RCPT TO:<bob@example.com>"]
LETTER = cake.splitlines()
GOOD = [*OPENING, "DATA", *LETTER, ".", "QUIT"]
STEPS = {"a": "go on", "b": "try later", "c": "give up", "d": "send the rest", "e": "try later"}
CODES = {"a": 501, "b": 250, "c": 500, "d": 503, "e": 250}

SERVERS = {"v": "a", "w": "b or c", "x": "c", "y": "waits", "z": "returned"}
LEFT = {"a": "1 2 3", "b": "2 3", "c": "1 2 3", "d": "1 2", "e": "2 3 4"}
SPOKEN = {"a": "SMTP", "b": "POP", "c": "IMAP", "d": "HTTP", "e": "IMAP"}
ANSWERS = {"a": "connect", "b": "ask A", "c": "give up", "d": "give up", "e": "try later"}


def stuffed(lines: list[str]) -> list[str]:
    return ["." + line if line.startswith(".") else line for line in lines] + ["."]


def put(position: int, line: str, taken: int = 0) -> list[str]:
    """The good dialog with one line put in, in the place of `taken` lines."""
    return [*GOOD[:position], line, *GOOD[position + taken :]]


def client(
    *, hello: bool = True, swap: bool = False, sender: str = "", to: str = "", stop: bool = True, stuff: Any = stuffed,
    answers: tuple[object, object] = (True, False), text: Any = list,
) -> Any:  # fmt: skip
    """A client for the exercise `deliver`, sound or with one fault."""

    def deliver(say: Any, mail_from: str, recipient: str, lines: list[str]) -> object:
        commands = [f"MAIL FROM:<{sender or mail_from}>", f"RCPT TO:<{to or recipient}>", "DATA"]
        commands = ["HELO mail.example.net"] * hello + (commands[1::-1] + commands[2:] if swap else commands)
        for command in commands:
            if say(command) >= 400 and stop:
                return answers[1]
        replies = [say(line) for line in stuff(text(lines))]
        return answers[0] if replies and replies[-1] == 250 else answers[1]

    return deliver


def reader(preference: Any = None, name: Any = None) -> Any:
    """A reader of MX records for the exercise `read-mx`, sound or with one fault."""

    def read_mx(data: bytes) -> tuple[object, object]:
        labels, at = [], 2
        while data[at]:
            labels.append(data[at + 1 : at + 1 + data[at]].decode())
            at += 1 + data[at]
        number = preference(data) if preference else int.from_bytes(data[:2], "big")
        return number, name(data, labels) if name else ".".join(labels)

    return read_mx


def in_order(domain: str, records: list[tuple[int, str]]) -> list[str]:
    return [host for _, host in sorted(records) if host] if records else [domain]


def sorter(order: Any, also: Any = list) -> Any:
    """An order of hosts for the exercise `hosts-to-try` that is sound where there is nothing to order."""

    def hosts_to_try(domain: str, records: list[tuple[int, str]]) -> list[str]:
        return also([host for _, host in order(records)]) if len(records) > 1 else in_order(domain, records)

    return hosts_to_try


def follower(expunge: Any = None, exists: Any = None, other: Any = None) -> Any:
    """A program for the exercise `follow` that keeps its list, sound or with one fault."""

    def follow(uids: list[Any], lines: list[str]) -> list[Any]:
        for line in lines:
            _, number, *rest = line.split()
            if rest[:1] == ["EXPUNGE"]:
                uids = expunge(uids, int(number)) if expunge else uids[: int(number) - 1] + uids[int(number) :]
            elif rest[:1] == ["EXISTS"]:
                uids = exists(uids, int(number)) if exists else uids + [None] * (int(number) - len(uids))
            elif other:
                uids = other(uids, number)
        return uids

    return follow


def at_once(uids: list[Any], lines: list[str]) -> list[Any]:
    gone = {int(line.split()[1]) for line in lines if line.endswith("EXPUNGE")}
    return [uid for number, uid in enumerate(uids, 1) if number not in gone]


WRONG: dict[str, list[tuple[str, Any]]] = {
    "stuff": [
        ("one-string", "\r\n".join),
        ("no-list", lambda lines: 7),
        ("line-ends", lambda lines: [line + "\r\n" for line in stuffed(lines)]),
        ("no-end", lambda lines: stuffed(lines)[:-1]),
        ("end-doubled", lambda lines: [line.replace(".", "..", line.startswith(".")) for line in [*lines, "."]]),
        ("extra-lines", lambda lines: ["", *stuffed(lines)]),
        ("ends-early", lambda lines: [*lines, "."]),
        ("only-lone-dots", lambda lines: [".." if line == "." else line for line in lines] + ["."]),
        ("dots-inside", lambda lines: [line.replace(".", "..") for line in lines] + ["."]),
        ("changed-line", lambda lines: ["." + line for line in lines] + ["."]),
    ],
    "next-step": [
        ("no-word", STEPS | {"c": "bounce"}),
        ("a", STEPS | {"a": "give up"}),
        ("b", STEPS | {"b": "give up"}),
        ("c", STEPS | {"c": "try later"}),
        ("d", STEPS | {"d": "go on"}),
        ("e", STEPS | {"e": "give up"}),
    ],
    "five-lines": [
        ("no-number", CODES | {"c": "error"}),
        ("a", CODES | {"a": 250}),
        ("b", CODES | {"b": 501}),
        ("c", CODES | {"c": 501}),
        ("d", CODES | {"d": 354}),
        ("e", CODES | {"e": 501}),
    ],
    "mend-the-notes": [
        ("no-lines", 7),
        ("server-lines", ["220 mx1.example.com SMTP server ready", *GOOD]),
        ("no-helo", GOOD[1:]),
        ("helo-server", put(0, "HELO mx1.example.com", 1)),
        ("helo-other", put(0, "HELO mallory.example", 1)),
        ("after-quit", [*GOOD[:3], "QUIT", *GOOD[3:]]),
        ("dot-first", put(9, ".")),
        ("refused", [*GOOD[:1], *GOOD[2:]]),
        ("refused", put(2, "RCPT TO:<carol@example.com>", 1)),
        ("no-dot", [line for line in GOOD if line != "."]),
        ("not-bob", [GOOD[0], "QUIT"]),
        ("no-quit", GOOD[:-1]),
        ("no-blank", [line for line in GOOD if line]),
        ("no-header", [line for line in GOOD if not line.startswith("Date")]),
        ("twice", put(5, "Subject: Re: The Cake")),
        ("wrong-header", put(5, "To: Carol <carol@example.org>", 1)),
        ("date", put(6, "Date: tomorrow", 1)),
        ("empty-text", [line for line in GOOD if "bring" not in line]),
        ("sender", put(1, "MAIL FROM:<bob@example.com>", 1)),
    ],
    "deliver": [
        ("no-say", lambda say, sender, recipient, lines: True),
        ("out-of-order", client(hello=False)),
        ("out-of-order", client(swap=True)),
        ("not-stuffed", client(stuff=lambda lines: [*lines, "."])),
        ("refused", client(to="bob at home")),
        ("went-on", client(stop=False)),
        ("not-false", client(answers=(True, None))),
        ("no-dot", client(stuff=list)),
        ("no-letter", lambda say, sender, recipient, lines: say("HELO mail.example.net") == 0),
        ("not-true", client(answers=(250, False))),
        ("not-bob", client(to="postmaster")),
        ("changed", client(text=lambda lines: lines[:-1])),
        ("wrong-sender", client(sender="bob@example.com")),
    ],
    "read-mx": [
        ("no-pair", lambda data: "mx1.example.com"),
        ("low-byte", reader(lambda data: data[1])),
        ("other-end", reader(lambda data: int.from_bytes(data[:2], "little"))),
        ("preference", reader(lambda data: data[0])),
        ("preference", reader(lambda data: data[:2])),
        ("bytes-name", reader(name=lambda data, labels: ".".join(labels).encode())),
        ("lengths-inside", reader(name=lambda data, labels: data[2:].decode())),
        ("one-part", reader(name=lambda data, labels: "".join(labels[:1]))),
        ("no-dots", reader(name=lambda data, labels: "".join(labels))),
        ("last-dot", reader(name=lambda data, labels: ".".join([*labels, ""]))),
        ("empty-name", reader(name=lambda data, labels: ".".join(labels) or "?")),
        ("name", reader(name=lambda data, labels: labels)),
    ],
    "three-servers": [
        ("no-word", SERVERS | {"y": "lost"}),
        ("v", SERVERS | {"v": "c"}),
        ("w", SERVERS | {"w": "b"}),
        ("x", SERVERS | {"x": "b or c"}),
        ("y", SERVERS | {"y": "returned"}),
        ("z", SERVERS | {"z": "b or c"}),
    ],
    "mx2-first": [
        ("no-records", {"mx2": 10}),
        ("zone", ["mx2 10", "mx1 20"]),
        ("zone", ["10 mx2.example.com", "20 mx1.example.com"]),
        ("alias-or-unknown", ["10 mx2", "20 mx3"]),
        ("too-many", ["10 mx2", "20 mx1", "30 mx.mailhost.example."]),
        ("missing", ["10 mx2"]),
        ("missing", "0 ."),
        ("equal", ["10 mx2", "10 mx1"]),
        ("wrong-order", ["20 mx2", "10 mx1"]),
    ],
    "five-answers": [
        ("no-word", ANSWERS | {"c": "bounce"}),
        ("a", ANSWERS | {"a": "ask A"}),
        ("b", ANSWERS | {"b": "give up"}),
        ("c", ANSWERS | {"c": "ask A"}),
        ("d", ANSWERS | {"d": "ask A"}),
        ("e", ANSWERS | {"e": "give up"}),
    ],
    "hosts-to-try": [
        ("no-list", lambda domain, records: domain),
        ("no-list", sorter(sorted, also=lambda hosts: [*hosts, "mx9"])),
        ("pairs", lambda domain, records: sorted(records)),
        ("no-record", lambda domain, records: [host for _, host in sorted(records) if host]),
        ("null-mx", lambda domain, records: [host for _, host in sorted(records)] or [domain]),
        ("backwards", sorter(lambda records: sorted(records, reverse=True))),
        ("by-name", sorter(lambda records: sorted(records, key=lambda pair: pair[1]))),
        ("as-given", sorter(lambda records: records if len(records) > 2 else sorted(records))),
        ("lost", sorter(lambda records: sorted(records)[:1])),
        ("order", sorter(lambda records: sorted(records, key=lambda pair: str(pair[0])))),
    ],
    "after-pop": [
        ("no-numbers", LEFT | {"c": "all of them"}),
        ("no-numbers", LEFT | {"b": ""}),
        ("unknown", LEFT | {"d": "1 2 5"}),
        ("a", LEFT | {"a": "2 3"}),
        ("b", LEFT | {"b": "1 2 3"}),
        ("c", LEFT | {"c": "2 3"}),
        ("d", LEFT | {"d": "2"}),
        ("e", LEFT | {"e": "2 3"}),
        ("e", LEFT | {"e": "1 2 3 4"}),
    ],
    "leave-unread": [
        ("no-line", ["FETCH 1:* ENVELOPE"]),
        ("no-line", "FETCH 1:* ENVELOPE\nNOOP"),
        ("tagged", "a1 FETCH 1:* ENVELOPE"),
        ("other-verb", "SEARCH FROM Alice SUBJECT cake"),
        ("refused", "FETCH 1:* FROM SUBJECT"),
        ("refused", "FETCH 1:9 BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)]"),
        ("refused", "FETCH 1:* BODY.PEEK[HEADER.FIELDS FROM SUBJECT]"),
        ("whole", "FETCH 1:* BODY.PEEK[]"),
        ("marked", "FETCH 1:* BODY[HEADER.FIELDS (FROM SUBJECT)]"),
        ("some", "FETCH 1 BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)]"),
        ("missing", "FETCH 1:* BODY.PEEK[HEADER.FIELDS (FROM)]"),
        ("missing", "FETCH 1:* BODY.PEEK[HEADER.FIELDS (SUBJECT)]"),
        ("missing", "FETCH 1:* FLAGS"),
        ("more", "FETCH 1:* BODY.PEEK[HEADER]"),
        ("more", "FETCH 1:* BODY.PEEK[HEADER.FIELDS (FROM TO SUBJECT)]"),
    ],
    "follow": [
        ("nothing", lambda uids, lines: uids.clear()),
        ("no-list", lambda uids, lines: len(uids)),
        ("not-removed", follower(lambda uids, number: uids)),
        ("off-by-one", follower(lambda uids, number: uids[:number] + uids[number + 1 :])),
        ("by-uid", follower(lambda uids, number: [uid for uid in uids if uid != number])),
        ("all-at-once", at_once),
        ("exists-once", follower(exists=lambda uids, number: [*uids, None])),
        ("exists-is-new", follower(exists=lambda uids, number: uids + [None] * number)),
        ("exists-uid", follower(exists=lambda uids, number: [*uids, number])),
        ("other-lines", follower(other=lambda uids, number: uids[:-1])),
        ("changed", follower(exists=lambda uids, number: uids)),
    ],
    "who-speaks-what": [
        ("no-word", SPOKEN | {"b": "DNS"}),
        ("a", SPOKEN | {"a": "IMAP"}),
        ("b", SPOKEN | {"b": "IMAP"}),
        ("c", SPOKEN | {"c": "POP"}),
        ("d", SPOKEN | {"d": "IMAP"}),
        ("e", SPOKEN | {"e": "HTTP"}),
    ],
}
RIGHT: dict[str, list[Any]] = {
    "after-pop": [LEFT, {key: [int(number) for number in text.split()] for key, text in LEFT.items()}],
    "leave-unread": [
        "FETCH 1:* BODY.PEEK[HEADER.FIELDS (FROM SUBJECT)]",
        "uid fetch 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (Subject From)])",
        "FETCH 1:3 ENVELOPE",
    ],
    "follow": [follower(), lambda uids, lines: tuple(follower()(uids, lines))],
    "who-speaks-what": [SPOKEN, {key: f" {word.lower()} " for key, word in SPOKEN.items()} | {"b": "POP3"}],
    "read-mx": [reader(), lambda data: list(reader()(data))],
    "three-servers": [SERVERS],
    "mx2-first": [["10 mx2", "20 mx1"], ("0 mx2.example.com.", "7 mx1.example.com.")],
    "five-answers": [ANSWERS, {key: word.upper() for key, word in ANSWERS.items()}],
    "hosts-to-try": [
        in_order,
        sorter(lambda records: sorted(records, key=lambda pair: (pair[0], -ord(pair[1][0])))),  # equal ones turned
    ],
    "stuff": [stuffed, lambda lines: tuple(stuffed(lines))],
    "next-step": [STEPS, {key: f" {word.capitalize()} " for key, word in STEPS.items()}],
    "five-lines": [CODES, {key: str(code) for key, code in CODES.items()}],
    "mend-the-notes": [GOOD, "\n".join(GOOD), put(0, "EHLO mail.example.net", 1)],
    "deliver": [client()],
}
WRONG |= inside_a_message.WRONG
RIGHT |= inside_a_message.RIGHT
WRONG |= starttls_and_submission.WRONG
RIGHT |= starttls_and_submission.RIGHT
WRONG |= spf.WRONG | dkim.WRONG
RIGHT |= spf.RIGHT | dkim.RIGHT
WRONG |= dmarc.WRONG
RIGHT |= dmarc.RIGHT
GUARDS = {("stuff", "changed")}  # what a fault of the lab's own would be answered with


def answered_by(exercise: str, sentence: str) -> str:
    """The hint whose sentence that is: of several it could be, the one that says most in words of its own."""
    patterns = {key: re.sub(r"\\{\w+\\}", ".+", re.escape(text)) for key, text in BOOK.exercise(exercise).hints.items()}
    return max(patterns, key=lambda key: len(patterns[key]) if re.fullmatch(patterns[key], sentence, re.S) else 0)


@pytest.mark.parametrize(
    ("exercise", "hint", "value"),
    [pytest.param(id, hint, value, id=f"{id}-{hint}") for id, rows in WRONG.items() for hint, value in rows],
)
def test_a_mistake_gets_its_hint(exercise: str, hint: str, value: object) -> None:
    verdict = judge(BOOK.exercise(exercise), value)
    assert (verdict.kind, answered_by(exercise, verdict.sentence)) == ("fail", hint), verdict.sentence


@pytest.mark.parametrize(
    ("exercise", "value"), [pytest.param(id, value, id=id) for id, values in RIGHT.items() for value in values]
)
def test_what_is_right_is_accepted(exercise: str, value: object) -> None:
    verdict = judge(BOOK.exercise(exercise), value)
    assert verdict.kind == "pass", verdict.sentence


@pytest.mark.parametrize("nonsense", [7, "?", [], {}, [1, 2], {"a": 1}, {1: "b"}, print, len, b"\0", object])
@pytest.mark.parametrize("exercise", WRONG)
def test_nonsense_gets_a_sentence(exercise: str, nonsense: object) -> None:
    verdict = judge(BOOK.exercise(exercise), nonsense)
    assert verdict.kind == "fail"
    assert verdict.sentence
    assert "Traceback" not in str(verdict)


def test_no_hint_is_out_of_reach() -> None:
    hints = {(id, hint) for id in WRONG for hint in BOOK.exercise(id).hints}
    assert hints - {(id, hint) for id, rows in WRONG.items() for hint, _ in rows} == GUARDS
