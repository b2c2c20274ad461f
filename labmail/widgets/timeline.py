"""The timeline, live: hosts as lifelines, a row for each event as it comes, its bytes and its meaning beside it.

What was there when it was shown is in its data. What comes later is sent in batches that say where they begin; the
browser asks `since(count)` when it starts, and whenever a batch begins later than what it has.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from labmail.errors import LabError, cited
from labmail.record import Conversation, Event, Record
from labmail.views import timeline
from labmail.views.story import TABLES, Story
from labmail.widgets.face import Act, Face, script, static_table

__all__ = ["Timeline"]

EMPTY: tuple[object, ...] = ("", None, False, [])  # values that the browser takes for granted, and that are not sent


class Timeline(Face):
    """`Timeline(lab.record)`; also of one conversation, or of any events of the record."""

    _esm = script("parts.js", "rows.js", "lifelines.js", "timeline.js")
    _leave: Callable[[], None] = staticmethod(lambda: None)  # one that was never made is closed as well

    def __init__(
        self,
        events: Record | Conversation | Iterable[Event],
        *,
        title: str = timeline.TITLE,
        hosts: Iterable[tuple[str, str]] = (),
        **acts: Act,
    ) -> None:
        """`hosts`, names and addresses, have lifelines from the start; the others come as things happen to them."""
        self._title, self._story, self._lock = title, Story(hosts), threading.RLock()
        self._lengths = dict.fromkeys(TABLES, 0)  # of the tables, as the browser has them
        self._record = events if isinstance(events, Record) else None
        self._leave: Callable[[], None] = lambda: None
        kept = events.events if isinstance(events, Conversation) else events
        told = list(kept) if isinstance(kept, Iterable) else [kept]
        if not all(isinstance(each, Event) for each in told):
            raise LabError(f"a timeline is of lab.record, a dialog, or events of a record, and not of {cited(events)}")
        self._last = told[-1].number if told else 0
        for event in told:
            self._story.tell(event)
        data = self._data()
        data["rows"] = [_slim(row) for row in data["rows"]]
        super().__init__(data | {"code": _code(events, told, title)}, since=self.since, **acts)
        if self._record is not None:
            self._leave = self._record.subscribe(self._take)
            self._catch_up()

    def since(self, count: int) -> dict[str, Any]:
        """Everything after the first `count` rows, and the tables whole."""
        with self._lock:
            return self._batch(count, dict.fromkeys(TABLES, 0))

    def close(self) -> None:
        self._leave()
        super().close()

    def _take(self, events: list[Event]) -> None:
        """On the loop's thread, at most 20 times a second. No events: the record has ended."""
        with self._lock:
            before = len(self._story.rows)
            for event in events:
                if event.number > self._last:
                    self._last = event.number
                    self._story.tell(event)
            if len(self._story.rows) > before or not events:
                self.send({"more": self._batch(before, self._lengths)})
                self._lengths = {name: len(self._story.tables[name]) for name in TABLES}

    def _catch_up(self) -> None:
        if self._record is not None and (missed := self._record.since(self._last)):
            self._take(list(missed))

    def _batch(self, count: int, lengths: dict[str, int]) -> dict[str, Any]:
        story, (gone, ended) = self._story, self._kept()
        tables = {name: {"at": at, "items": story.tables[name][at:]} for name, at in lengths.items()}
        tables["hosts"] = {"at": 0, "items": story.tables["hosts"]}  # an address may become known later
        return {
            "at": count,
            "rows": [_slim(row) for row in story.rows[count:]],
            "tables": tables,
            "about": timeline.about(story, gone),
            "over": timeline.over(ended),
        }

    def _kept(self) -> tuple[int, str]:
        """How many events are gone, and why nothing more will come."""
        return (0, "") if self._record is None else (self._record.gone, self._record.over)

    def _data(self) -> dict[str, Any]:
        gone, ended = self._kept()
        return timeline.of_story(self._story, title=self._title, gone=gone, ended=ended)

    def _whole(self) -> dict[str, Any]:
        self._catch_up()
        with self._lock:
            return self._data()

    def __repr__(self) -> str:
        return timeline.text(self._whole())

    def _static_html(self) -> str:
        data = self._whole()
        return static_table(timeline.table(data), head=timeline.HEAD, caption=f"{data['title']}: {data['about']}")


def _slim(row: dict[str, Any]) -> dict[str, Any]:
    """A row as it is sent: without what is empty, and without octets that its text already tells."""
    told = {key: value for key, value in row.items() if value not in EMPTY or value == 0}
    if (row["text"] + row["end"]).encode().hex() == row["octets"]:
        told.pop("octets", None)
    return told


def _code(events: object, told: Sequence[Event], title: str) -> str:
    """The code that shows the same once more."""
    what = "lab.record"
    if isinstance(events, Conversation):
        what = f'lab.conversation("{events.wire.client}", "{events.wire.server}")'
    elif not isinstance(events, Record):
        numbers = [event.number for event in told]
        whole = numbers == list(range(numbers[0], numbers[-1] + 1)) if numbers else False
        which = f"range({numbers[0]}, {numbers[-1] + 1})" if whole else str(tuple(numbers))
        what = f"[lab.record[n] for n in {which}]"
    called = "" if title == timeline.TITLE else f", title={title!r}"
    return f"from labmail import widgets\n\nwidgets.Timeline({what}{called})"
