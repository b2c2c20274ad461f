"""A browser's page as plain data: the page itself, how it was asked for, and what its server did for it meanwhile.

Text, static table and widget come from the dict of `Browsing.tell`. RFC 9110, RFC 9112.
"""

from __future__ import annotations

from typing import Any

from labmail.http.forms import Field
from labmail.http.tab import Tab, Visit
from labmail.http.words import Request
from labmail.record import Record
from labmail.views import timeline
from labmail.views.story import Story

__all__ = ["HEAD", "Browsing", "table", "text"]

Data = dict[str, Any]
PAGE_LINES_MAX = 20  # of a page in a transcript
BEHIND_MAX = 60  # lines of other wires; the timeline has all
HEAD = ["asked for", "answer"]
ABOUT = "Each page comes over the lab’s wires, asked for from that host. Your own browser asks for nothing."
AGAIN = "Reload asks the lab as it is now."
ROW = ("n", "by", "text", "end", "code", "octets", "part", "result", "main", "details")


class Browsing:
    """Hears one visit after another; lines mean what they mean on a wire that may last longer than a page."""

    def __init__(self, at: str) -> None:
        self._at = at
        self._record: Record | None = None
        self._story = Story()
        self._count = 0
        self._asked: list[Data] = []
        self._behind: list[Data] = []
        self._seen: Visit | None = None

    def tell(self, tab: Tab) -> Data:
        """All that a browser shows now."""
        visit = tab.visit
        if visit is not None and visit is not self._seen:
            self._hear(visit)
        behind = [row for row in self._behind if row["main"] or row["by"] == ""]
        return {
            "title": f"A browser at {self._at}",
            "about": ABOUT,
            "url": visit.answer.url if visit else "",
            "page": {"key": self._count, **(_page(visit) if visit else {"title": "", "html": "", "lines": []})},
            "status": _status(visit) if visit else None,
            "asked": self._asked,
            "behind": behind[:BEHIND_MAX],
            "more": max(len(behind) - BEHIND_MAX, 0),
            "fields": _fields(visit) if visit else [],
            "back": tab.can_go_back,
            "over": f"{over} {AGAIN}" if visit and (over := timeline.over(visit.record.over)) else "",
        }

    def _hear(self, visit: Visit) -> None:
        if visit.record is not self._record:
            self._record, self._story = visit.record, Story()
        self._seen, self._count = visit, self._count + 1
        self._asked, self._behind = [], []
        for event in visit.events:
            row, wire = self._story.tell(event), event.wire
            if wire is None or (wire.protocol, wire.client) != ("http", self._at):
                if event.kind in ("heard", "said"):
                    self._behind.append(self._line(row) | {"over": wire.protocol.upper() if wire else ""})
                continue
            if isinstance(event.value, Request):
                self._asked.append({"what": f"{event.value.method} {event.value.target}", "lines": []})
            if self._asked and event.kind in ("heard", "said"):
                self._asked[-1]["lines"].append(self._line(row))

    def _line(self, row: Data) -> Data:
        hosts = self._story.tables["hosts"]
        source, target = (hosts[row[end]]["name"] for end in ("from", "to"))
        meaning = {"says": "", "rfc": None}
        if row["meaning"] is not None:
            meaning = self._story.tables["meanings"][row["meaning"]]
        ends = {"from": source, "to": target, "head": f"Event {row['n']}: {source} says"}
        return {key: row[key] for key in ROW} | ends | meaning


def _page(visit: Visit) -> Data:
    document = visit.document
    return {"title": document.title or visit.answer.url, "html": document.html, "lines": list(document.lines)}


def _status(visit: Visit) -> Data:
    """How the page was answered, and each answer on the way to it."""
    answer = visit.answer
    kind = {2: "pass", 3: "neutral", 4: "fail"}.get(answer.code // 100, "error")
    way = [f"{each.method} {each.url}: {each.code} {each.reason}".rstrip() for each in visit.answers]
    return {"is": kind, "word": f"{answer.code} {answer.reason}".rstrip(), "way": way}


def _fields(visit: Visit) -> list[Data]:
    return [
        {"form": number, "name": each.name, "kind": each.kind, "value": each.value, "on": each.on}
        for number, form in enumerate(visit.document.forms)
        for each in form.fields
        if each.kind not in ("hidden", "file")
    ]


def text(data: Data, filled: list[Field]) -> str:
    """The transcript: what was asked and answered, and the page as text."""
    head = [data["title"], *filter(None, [data["over"]])]
    if data["status"] is None:
        return "\n".join([*head, "No page is open."])
    lines = data["page"]["lines"]
    shown = [f"| {line}" for line in lines[:PAGE_LINES_MAX]]
    more = len(lines) - PAGE_LINES_MAX
    if more > 0:
        shown.append(f"| ... {more} more line{'s' * (more != 1)} ...")
    wrote = [f"Filled in {each.name}: {_written(each)}" for each in filled]
    return "\n".join([*head, *data["status"]["way"], data["page"]["title"], *shown, *wrote])


def _written(each: Field) -> str:
    if each.kind in ("checkbox", "radio"):
        return f"{each.value}, {'ticked' if each.on else 'not ticked'}"
    return "*" * len(each.value) if each.kind == "password" else each.value


def table(data: Data) -> list[list[str]]:
    """The rows of the static table: each request with its answer, then the page as text."""
    way = [line.rpartition(": ") for line in data["status"]["way"]] if data["status"] else []
    page = "\n".join(data["page"]["lines"][:PAGE_LINES_MAX])
    return [*([asked, answer] for asked, _, answer in way), ["the page", page]]
