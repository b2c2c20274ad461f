"""The board in words: what just happened, who has not heard of it, how it stands; and the board as text and table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from labmail import explain
from labmail.smtp.dialogs import table as columns_of
from labmail.views.mailboxes.column import Cell
from labmail.views.mailboxes.truth import Mail

if TYPE_CHECKING:
    from labmail.views.mailboxes.board import Board, Step

__all__ = ["Stands", "hint", "news", "plain", "says", "stands", "table", "text"]

Data = dict[str, Any]
HEAD = ["UID", "letter", "server"]
NAMED_MAX = 2  # letters that a sentence names; more are counted
TEXT_ROWS_MAX = 10  # letters in the text: the newest
PROTOCOLS = ("pop3", "imap", "http")
EFFECTS = ("came", "read", "unread", "flags", "marked", "deleted", "moved")
ACTS = (
    "before",
    "entered",
    "opened",
    "took",
    "looked",
    "loaded",
    "idles",
    "done",
    "closed",
    "quit",
    "left",
    "cut",
    "nothing",
)
NUMBERS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True, kw_only=True)
class Stands:
    """How all stood after a step."""

    count: int = 0  # messages on the server
    knows: int = 0  # messages that the client of this step counts
    late: tuple[str, ...] = ()  # who else has not heard of it
    idle: bool = False  # whether its client was waiting
    sums: str = ""  # one sentence on the whole
    rfcs: tuple[Data, ...] = ()


def stands(board: Board, step: Step) -> Stands:
    column = step.column
    late = tuple(each.name for each in board.columns if each is not column and not each.stale.isdisjoint(step.done))
    sums, rfcs = _sums(board)
    knows = (column.count or 0) if column else 0
    idle = step.stands.idle or (column is not None and column.news == "at-once")  # it may have hung up since
    return Stands(count=board.count, knows=knows, idle=idle, late=late, sums=sums, rfcs=rfcs)


def says(board: Board, step: Step) -> tuple[str, list[Data]]:
    """A step in words, and where the standards say so."""
    told = [*_effects(board, step), *_acts(board, step), *_heard(board, step)]
    late = step.stands.late
    if step.effects and late:
        told.append(_say("heard", "late", names=_listed(late), has="has" if len(late) == 1 else "have"))
    sentences = [f"{sentence[:1].upper()}{sentence[1:]}" for sentence, _ in told]
    return " ".join(sentences), [rfc for _, rfc in told if rfc][:1]


def _effects(board: Board, step: Step) -> Iterable[tuple[str, Data | None]]:
    who = step.column.name if step.column else "somebody"
    for kind in EFFECTS:
        if uids := step.effects.get(kind):
            key = "put" if kind == "came" and step.column else kind
            yield _say("effect", key, who=who, what=_letters(board, uids))


def _acts(board: Board, step: Step) -> Iterable[tuple[str, Data | None]]:
    changed = bool(step.effects)
    for kind in ACTS:
        if kind not in step.acts or (changed and kind in ("quit", "closed", "nothing", "looked")):
            continue
        count = step.stands.count if kind == "before" else step.stands.knows
        who = step.column.name if step.column else ""
        yield _say("act", kind, who=who, what=_letters(board, step.acts[kind]), count=_count(count))


def _heard(board: Board, step: Step) -> Iterable[tuple[str, Data | None]]:
    """What it was told, and had not done itself."""
    if step.column is None:
        return
    told = {kind: [uid for uid in uids if uid not in step.done] for kind, uids in step.heard.items()}
    items = [_say("told", kind, what=_letters(board, uids))[0] for kind, uids in told.items() if uids]
    if items:
        key = "at-once" if step.stands.idle else "asked"
        yield _say("heard", key, who=step.column.name, news="; ".join(items))


def _sums(board: Board) -> tuple[str, tuple[Data, ...]]:
    there = {column.protocol for column in board.columns}
    lesson, rfcs = _lessons(tuple(each for each in PROTOCOLS if each in there))
    first = _sum(board)
    return f"{first[:1].upper()}{first[1:]}{lesson}", rfcs


def _sum(board: Board) -> str:
    late = [column for column in board.columns if column.stale]
    if not board.columns or all(column.count is None for column in board.columns):
        return _say("sum", "nobody")[0]
    if not late:
        return _say("sum", "own" if any(column.copies for column in board.columns) else "step")[0]
    counts = {column.count for column in board.columns} | {board.count}
    if len(counts) == 1 and len(board.columns) > 1 and any(column.lost for column in late):
        return _say("sum", "same", n=_spelled(len(board.columns) + 1), count=_spelled(board.count))[0]
    names, one = _listed([column.name for column in late]), len(late) == 1
    if not any(column.wrong for column in late):
        return _say("sum", "unaware", names=names, has="has" if one else "have")[0]
    return _say("sum", "late", names=names, believes="believes" if one else "believe")[0]


def news(key: str) -> str:
    """When one hears of news."""
    return _say("news", key)[0]


def hint(protocol: str) -> str:
    """How a client would be brought in step, where no button does it."""
    return _say("bring", protocol)[0]


@cache
def _lessons(protocols: tuple[str, ...]) -> tuple[str, tuple[Data, ...]]:
    told = [_say("lesson", each) for each in protocols]
    lesson = "; ".join(sentence for sentence, _ in told)
    return (f" {lesson[:1].upper()}{lesson[1:]}." if lesson else "", tuple(rfc for _, rfc in told if rfc))


def _say(kind: str, key: str, **facts: object) -> tuple[str, Data | None]:
    found = explain.find(f"mailboxes.{kind}", key)
    return found.says.format(**facts), explain.reference(found)


def _letters(board: Board, uids: Sequence[int]) -> str:
    uids = list(dict.fromkeys(uids))
    if len(uids) > NAMED_MAX:
        return _count(len(uids))
    return _listed([board.truth.letters[uid].name if uid in board.truth.letters else f"message {uid}" for uid in uids])


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def _count(messages: int) -> str:
    return f"{messages or 'no'} message{'s' * (messages != 1)}"


def _spelled(number: int) -> str:
    return NUMBERS[number] if number < len(NUMBERS) else str(number)


# ---- plain data, text, table


def plain(board: Board, step: Step) -> Data:
    """A step as the widget has it."""
    sentence, rfcs = says(board, step)
    cells = [[uid, at, *cell.values()] for (uid, at), cell in step.cells.items()]
    below = {str(at): {**told, "news": news(told["news"])} for at, told in step.below.items()}
    told = {"says": sentence, "rfcs": rfcs, "sums": step.stands.sums, "all": list(step.stands.rfcs)}
    counted = {"counts": _count(step.stands.count), "did": bool(step.effects)}
    return {"n": step.n, "cells": cells, "below": below, **counted, **told}


def text(board: Board, *, about: str) -> str:
    """At most 20 lines: what happened last, the newest letters, and how all stands."""
    last = board.steps[-1] if board.steps else None
    head = [about, *([says(board, last)[0]] if last else [])]
    older = len(board.letters) - TEXT_ROWS_MAX
    skipped = [f"({_count(older)} before these)"] if older > 0 else []
    rows = _rows(board, board.letters[-TEXT_ROWS_MAX:])
    lines = columns_of(_head(board), [*rows, *_below(board)]).split("\n") if board.letters else []
    return "\n".join([*head, *skipped, *lines, last.stands.sums if last else _sums(board)[0]])


def table(board: Board) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the static table: every letter."""
    return _head(board), [*_rows(board, board.letters), *_below(board)]


def _head(board: Board) -> list[str]:
    return [*HEAD, *(f"{column.title} ({column.label})" for column in board.columns)]


def _rows(board: Board, letters: Iterable[Mail]) -> list[list[str]]:
    width = range(len(board.columns) + 1)
    return [
        [str(mail.uid), mail.look().subject, *(_in_words(board.cells.get((mail.uid, at))) for at in width)]
        for mail in letters
    ]


def _in_words(cell: Cell | None) -> str:
    if cell is None:
        return ""
    return f"{cell['word']}: {cell['more']}" if cell["is"] == "stale" else cell["word"] or "-"


def _below(board: Board) -> list[list[str]]:
    told = [column.below() for column in board.columns]
    server = [step for step in board.steps if step.effects]
    heard = [f"event {each['n']}" if each["n"] else "-" for each in told]
    return [
        ["", "counts", _count(board.count), *(each["counts"] or "-" for each in told)],
        ["", "last heard", f"event {server[-1].n}" if server else "-", *heard],
        ["", "hears of news", "-", *(news(each["news"]) for each in told)],
    ]
