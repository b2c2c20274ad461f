"""HTTP, listened to: what the last page with the INBOX said. A page is read by what its rows say of themselves.

Each row has `data-uid` and `data-seen`; which folder it is, and whether all of it, stands in the request's target.
"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from labmail.http.words import Body, Request, Status, unchunk
from labmail.record import Event
from labmail.views.mailboxes.column import GONE
from labmail.views.mailboxes.ear import Ear
from labmail.views.mailboxes.truth import INBOX

if TYPE_CHECKING:
    from labmail.views.mailboxes.board import Board

__all__ = ["HttpEar"]

LISTING = "mailbox"  # the page of a folder: the last word of its path
SEEN = frozenset({"\\Seen"})


class Page(HTMLParser):
    """The rows of a listing, and whether there are more pages of it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: dict[int, bool] = {}
        self.more = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        uid = given.get("data-uid") or ""
        if uid.isdigit() and "data-seen" in given:
            self.rows[int(uid)] = given["data-seen"] in ("true", "1", "yes")
        self.more = self.more or given.get("rel") in ("next", "prev")


class HttpEar(Ear):
    """One wire. A browser opens many: they share a column, since they show the same page."""

    def __init__(self, board: Board, event: Event) -> None:
        super().__init__(board, event)
        self._target, self._status = "", 0

    def _heard(self, event: Event) -> None:
        if isinstance(event.value, Request):
            self.turn += 1
            self._target, self._status = event.value.target, 0

    def _said(self, event: Event) -> None:
        if isinstance(event.value, Status):
            self._status = event.value.code
        elif isinstance(event.value, Body) and self._status == 200 and event.value.type == "text/html":
            octets = unchunk(event.octets) if event.value.chunked else event.octets
            self._read(event, octets.decode("utf-8", "replace"))

    def end(self) -> None:
        """A page stays as it is."""

    def _read(self, event: Event, text: str) -> None:
        if not self._is_inbox() or self.board.address not in text.lower():
            return
        page = Page(text)
        column = self.column = self.board.join(self)
        for uid, seen in page.rows.items():
            column.believe(uid, SEEN if seen else frozenset())
        if not page.more:
            for uid in [uid for uid in column.known if uid not in page.rows]:
                column.believe(uid, GONE)
        column.count = len(page.rows)
        self.board.act("loaded")
        column.hear(event.number, f"{self._status} OK")
        column.expect("reload")

    def _is_inbox(self) -> bool:
        """All of the INBOX, and not what a search found in it."""
        target = urlsplit(self._target)
        query = parse_qs(target.query)
        listing = target.path.rstrip("/").rpartition("/")[2] == LISTING
        return listing and query.get("folder", [INBOX]) == [INBOX] and not query.get("q", [""])[0]
