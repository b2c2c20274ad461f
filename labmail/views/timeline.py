"""The timeline as plain data: hosts as lifelines, a row for each event, stages, and what each line means.

`timeline(events)` gives one dict of JSON values; the widget, the text and the static table all come from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from labmail.record import Event, Record
from labmail.views.story import Story

__all__ = ["TEXT_LINES_MAX", "about", "of_story", "over", "table", "text", "timeline"]

TEXT_LINES_MAX = 45  # of a cell's output: more than a screen is read by nobody
TITLE = "What happened"
HEAD = ["#", "from", "to", "what was said or done", "result"]
OVER = {
    "reset": "This is of an earlier run: the lab was reset since.",
    "stopped": "This is of a lab that has stopped.",
}
WENT_ON = "Left out: what is only remembered, and each yes after which the client just went on."
SAID_MAX = 72  # characters of a line in the text form; the widget's detail holds every octet


def timeline(events: Record | Iterable[Event], *, title: str = TITLE) -> dict[str, Any]:
    """All that a timeline shows of these events. A Record also says how many of its oldest are gone."""
    story = Story()
    for event in events:
        story.tell(event)
    gone, ended = (events.gone, events.over) if isinstance(events, Record) else (0, "")
    return of_story(story, title=title, gone=gone, ended=ended)


def of_story(story: Story, *, title: str, gone: int = 0, ended: str = "") -> dict[str, Any]:
    return {
        "title": title,
        "about": about(story, gone),
        "over": over(ended),
        **{name: list(items) for name, items in story.tables.items()},
        "rows": list(story.rows),
    }


def about(story: Story, gone: int) -> str:
    """One line on the whole: how much there is, and when it was."""
    rows, hosts = story.rows, len(story.met)
    if not rows:
        return "Nothing has happened yet."
    span = [row["at"][:5] for row in (rows[0], rows[-1]) if row["at"]]
    time = ", lab time " + " to ".join(dict.fromkeys(span)) if span else ""
    lost = f" {_count(gone, 'older event')} {'is' if gone == 1 else 'are'} no longer kept." if gone else ""
    return f"{_count(len(rows), 'event')} on {_count(hosts, 'host')}{time}.{lost}"


def over(ended: str) -> str:
    """Why nothing more will come; empty while it may."""
    return OVER.get(ended, ended)


def text(data: dict[str, Any]) -> str:
    """A line for each stage and each main event, at most TEXT_LINES_MAX. Of more, those that tell least are left out,
    and where that is not enough, the middle.
    """
    head = [f"{data['title']}: {data['about']}", *filter(None, [data["over"], data.get("says")])]
    lines = _lines(data, _main(data))
    if len(lines) > TEXT_LINES_MAX - len(head) and len(brief := _lines(data, _telling(_main(data)))) < len(lines):
        head.append(WENT_ON)
        lines = brief
    room = TEXT_LINES_MAX - len(head)
    if len(lines) > room:
        tail = room // 3
        gap = len(lines) - room + 1
        lines = [*lines[: room - tail - 1], f"      ... {gap} more lines ...", *lines[-tail:]]
    return "\n".join([*head, *lines])


def _lines(data: dict[str, Any], rows: list[dict[str, Any]]) -> list[str]:
    lines: list[str] = []
    stage = None
    for row in rows:
        if row["stage"] != stage:
            stage = row["stage"]
            lines.append(_stage(data, stage))
        lines.append(_line(data, row))
    return lines


def _telling(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without what is only remembered, and each yes of a server to which the client only said its next line."""
    nexts = [*rows[1:], None]
    pairs = zip(rows, nexts, strict=True)
    return [row for row, after in pairs if row["kind"] != "cached" and not _went_on(row, after)]


def _went_on(row: dict[str, Any], after: dict[str, Any] | None) -> bool:
    yes = row["by"] == "server" and row["code"][:1] in ("2", "3")
    return yes and after is not None and (after["wire"], after["by"]) == (row["wire"], "client")


def table(data: dict[str, Any]) -> list[list[str]]:
    """The rows of the static table: all main events, and their stages between them."""
    rows: list[list[str]] = []
    stage = None
    for row in _main(data):
        if row["stage"] != stage:
            stage = row["stage"]
            rows.append(["", "", "", _stage(data, stage), ""])
        source, target = _ends(data, row)
        rows.append([str(row["n"]), source, target if target != source else "", _said(row), _word(row)])
    return rows


def _main(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for row in data["rows"] if row["main"]]


def _stage(data: dict[str, Any], stage: int | None) -> str:
    if stage is None:
        return "Before anything was said"
    named = data["stages"][stage]
    return f"{named['name']}: {named['about']}"


def _ends(data: dict[str, Any], row: dict[str, Any]) -> tuple[str, str]:
    names = ["" if row[end] is None else data["hosts"][row[end]]["name"] for end in ("from", "to")]
    return names[0], names[1]


def _line(data: dict[str, Any], row: dict[str, Any]) -> str:
    source, target = _ends(data, row)
    width = max((len(host["name"]) for host in data["hosts"]), default=0)
    arrow = f"{source:<{width}} > {target:<{width}}" if source != target else f"{source:<{2 * width + 3}}"
    said = _said(row)
    said = said if len(said) <= SAID_MAX else f"{said[: SAID_MAX - 1]}…"
    return f"{row['n']:>5} {arrow}  {said}  {_word(row)}".rstrip()


def _said(row: dict[str, Any]) -> str:
    return row["text"] or ("(an empty line)" if row["octets"] else "")


def _word(row: dict[str, Any]) -> str:
    return row["result"]["word"] if row["result"] else ""


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
