"""Where a message of HTTP begins and ends: octets go in, lines and bodies come out. RFC 9112 sections 2.2, 6 and 7.

A `Cutter` reads one side of a connection and owns no socket. It stops after each message, so that an answer finds its
place on the timeline before the next request does, however the octets came.
"""

from __future__ import annotations

import re

from labmail.http.words import Body, Header, Request, Status, start_line
from labmail.record import Event

__all__ = ["BODY_KEPT_MAX_OCTETS", "LINE_MAX_OCTETS", "Cutter"]

LINE_MAX_OCTETS = 16_384  # ours: twice what the server takes, so that its own refusal is heard
BODY_KEPT_MAX_OCTETS = 262_144  # ours, of one body on the timeline: a long page; an attachment is cut
NO_CONTENT = (204, 304)  # RFC 9112 section 6.3, first case
_LENGTH = re.compile(r"\d{1,15}")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")


class Cutter:
    """`put` what comes, then `next` until it gives None: more is needed, or the message is `complete`.

    `taken()` are the octets as they came, of what `next` has looked at since. `lost` says that nobody can know where
    this message ends: what follows is not cut.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind  # "heard": requests; "said": responses
        self.asked = ""  # the method of the request that a response answers
        self.lost = False
        self._inbox, self._taken = bytearray(), bytearray()
        self._begin()

    def _begin(self) -> None:
        self.start: Request | Status | None = None
        self.headers: dict[str, list[str]] = {}
        self._place = "start"  # "head", "body", "chunk size", "chunk", "trailer", "rest", "over"
        self._left = 0  # of the body, or of this chunk with its line end
        self._kept, self._size = bytearray(), 0

    def put(self, octets: bytes) -> None:
        self._inbox += octets

    def taken(self) -> bytes:
        octets, self._taken = bytes(self._taken), bytearray()
        return octets

    def rest(self) -> bytes:
        """What was put and not looked at, taken out."""
        octets, self._inbox = bytes(self._inbox), bytearray()
        return octets

    @property
    def complete(self) -> bool:
        return self._place == "over"

    def __len__(self) -> int:
        """How many octets wait."""
        return len(self._inbox)

    @property
    def expects(self) -> bool:
        """The head is over, and the client waits for a word before it sends the body: RFC 9110 section 10.1.1."""
        return self._place in ("body", "chunk size") and "expect" in self.headers

    @property
    def closes(self) -> bool:
        """Its sender hangs up after this message: RFC 9112 section 9.3."""
        options = ", ".join(self.headers.get("connection", ())).lower()
        old = self.start is not None and self.start.version == "HTTP/1.0"
        return "close" in options or (old and "keep-alive" not in options)

    def go_on(self) -> None:
        """The next message may begin."""
        self._begin()

    def next(self) -> Event | None:
        """The next line or body that is whole."""
        while not self.lost and self._place != "over":
            if self._place in ("start", "head"):
                return self._line()
            if self._place in ("body", "chunk", "rest"):
                if not self._content():
                    return None
            elif not self._between():
                return None
            if self._place == "over":
                return self._body(whole=True)
        return None

    def end(self) -> Event | None:
        """Nothing more will come: the body that ends with the connection, or what there is of a line."""
        if self._size and not self.complete:
            whole, self._place = self._place == "rest", "over"
            return self._body(whole=whole)
        line = self.rest() if not self.lost else b""
        return Event(kind=self.kind, octets=line) if line else None

    # ---- the head

    def _line(self) -> Event | None:
        end = self._inbox.find(b"\n", 0, LINE_MAX_OCTETS) + 1
        if not end and len(self._inbox) < LINE_MAX_OCTETS:
            return None
        line = self._take(end or LINE_MAX_OCTETS)
        bare = line.rstrip(b"\r\n")
        value: object = None
        if self._place == "start":
            if bare:  # an empty line before a request is passed over: RFC 9112 section 2.2
                value = self._started(line)
        elif bare:
            value = header = Header.parse(line)
            if header is None:
                self.lost = True
            else:
                self.headers.setdefault(header.name, []).append(header.value)
        else:
            self._head_is_over()
        return Event(kind=self.kind, octets=line, value=value)

    def _started(self, line: bytes) -> Request | Status | None:
        start = start_line(line)
        if isinstance(start, Status if self.kind == "said" else Request):
            self.start, self._place = start, "head"
            return start
        self.lost = True
        return None

    def _head_is_over(self) -> None:
        """How long the body is: RFC 9112 section 6.3, case by case."""
        start, coding = self.start, ", ".join(self.headers.get("transfer-encoding", ())).lower()
        lengths = set(self.headers.get("content-length", ()))
        if isinstance(start, Status) and start.interim and start.code != 101:
            self._begin()
        elif isinstance(start, Status) and (start.code in NO_CONTENT or self.asked == "HEAD"):
            self._place = "over"
        elif (coding and lengths) or coding not in ("", "chunked") or not _is_length(lengths):
            self.lost = True
        elif coding:
            self._place = "chunk size"
        elif lengths:
            self._left = int(lengths.pop())
            self._place = "body" if self._left else "over"
        elif isinstance(start, Status):
            self._place = "rest"
        else:
            self._place = "over"

    # ---- the body

    def _content(self) -> bool:
        """Take of the body what is here; whether that was all of this part."""
        if self._place == "rest":
            self._keep(self._take(len(self._inbox)))
            return False
        octets = self._take(min(self._left, len(self._inbox)))
        self._keep(octets)
        self._left -= len(octets)
        if self._left:
            return False
        self._place = "over" if self._place == "body" else "chunk size"
        return True

    def _between(self) -> bool:
        """The line before a chunk, or one of the trailer: RFC 9112 sections 7.1 and 7.1.2."""
        end = self._inbox.find(b"\n", 0, LINE_MAX_OCTETS) + 1
        if not end:
            self.lost = len(self._inbox) >= LINE_MAX_OCTETS
            return False
        line = self._take(end)
        self._keep(line)
        if self._place == "trailer":
            self._place = "trailer" if line.rstrip(b"\r\n") else "over"
        elif found := _CHUNK_SIZE.fullmatch(line):
            size = int(found[1], 16)
            self._place, self._left = ("chunk", size + 2) if size else ("trailer", 0)
        else:
            self.lost = True
        return True

    def _keep(self, octets: bytes) -> None:
        self._size += len(octets)
        self._kept += octets[: max(BODY_KEPT_MAX_OCTETS - len(self._kept), 0)]

    def _body(self, *, whole: bool) -> Event | None:
        if not self._size:
            return None
        kind = ", ".join(self.headers.get("content-type", ())).partition(";")[0].strip().lower()
        chunked = "transfer-encoding" in self.headers
        body = Body(type=kind, size_octets=self._size, chunked=chunked, whole=whole)
        return Event(kind=self.kind, octets=bytes(self._kept), value=body)

    def _take(self, count: int) -> bytes:
        octets = bytes(self._inbox[:count])
        del self._inbox[:count]
        self._taken += octets
        return octets


def _is_length(lengths: set[str]) -> bool:
    """None, or one that is a number; said twice alike is once: RFC 9110 section 8.6."""
    return len(lengths) <= 1 and all(_LENGTH.fullmatch(length) for length in lengths)
