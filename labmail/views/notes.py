"""What happens beside the words, as rows of a timeline: connects, hang-ups, clocks, plugs, letters kept and judged."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from labmail.dns.message import Answer
from labmail.record import Event
from labmail.smtp.deliver import Choice
from labmail.views import packets, sts, verdict

__all__ = ["NAMES", "NOTES", "PLACE", "plain", "spell"]

Row = dict[str, Any]
NAMES = 53  # RFC 1035 section 4.2
PLACE = re.compile(r"(?P<host>\S+) port (?P<port>\d+)\Z")  # what a connect that failed was aimed at


def plain(event: Event) -> Row:
    """Of a kind that has no words of its own."""
    return {"text": event.kind if event.value is None else f"{event.kind}: {event.value}", "main": False}


def _connect(event: Event) -> Row:
    assert event.wire is not None
    return {"text": f"connects to port {event.wire.server_port}", "to": event.wire.server, "main": False}


def _close(event: Event) -> Row:
    wire = event.wire
    assert wire is not None
    other = wire.server if event.by == wire.client else wire.client
    if wire.over == "udp":
        return {"text": "the exchange is over", "key": "exchange", "to": other, "main": False}
    return {"text": "hangs up", "to": other, "main": False}


def _refused(event: Event) -> Row:
    return _knocked(event, "nobody listens there", "fail", "refused")


def _timeout(event: Event) -> Row:
    note = _knocked(event, "no answer", "error", "timed out")
    return note | ({"key": "unanswered"} if str(event.value).endswith(f" port {NAMES}") else {})


def _knocked(event: Event, why: str, kind: str, word: str) -> Row:
    aim = PLACE.match(str(event.value))
    note: Row = {"text": f"{event.value}: {why}", "result": {"is": kind, "word": word}}
    return note | ({"to": aim["host"], "text": f"port {aim['port']}: {why}"} if aim else {})


def _jump(event: Event) -> Row:
    later = spell(event.value) if isinstance(event.value, timedelta) else str(event.value)
    return {"text": f"lab time: {later} later" + (f", {event.at:%H:%M:%S}" if event.at else "")}


def _stored(event: Event) -> Row:
    letter = event.value
    if hasattr(letter, "uid") and hasattr(letter, "address") and hasattr(letter, "folder"):
        return {"text": f"stored: {letter.address}, {letter.folder}, UID {letter.uid}"}
    return {"text": f"stored: {letter}" if letter else "stored"}


def _fault(event: Event) -> Row:
    return {"text": str(event.value), "result": {"is": "error", "word": "fault of the lab"}}


def _chose(event: Event) -> Row:
    choice = event.value
    if not isinstance(choice, Choice):
        return plain(event)
    return {"text": f"tries {choice.server}, preference {choice.preference}", "details": [["Address", choice.address]]}


def _cached(event: Event) -> Row:
    if not isinstance(event.value, Answer):
        return plain(event)
    return {"text": packets.remembered(event.value), "details": [["Forgotten in", f"{event.value.ttl} s"]]}


def _stopped(event: Event) -> Row:
    return {"text": "stops: nothing listens there now", "result": {"is": "error", "word": "unplugged"}}


def _started(event: Event) -> Row:
    return {"text": "starts: its servers listen again", "result": {"is": "pass", "word": "up"}}


def _signed(event: Event) -> Row:
    return {"text": str(event.value), "result": {"is": "pass", "word": "signed"}}


def _unsigned(event: Event) -> Row:
    return {"text": str(event.value), "result": {"is": "neutral", "word": "not signed"}}


def _written(event: Event) -> Row:
    return {"text": f"a letter from {event.value}"}


def _dropped(event: Event) -> Row:
    return {"text": "says nothing", "result": {"is": "error", "word": "no answer"}}


NOTES: dict[str, Callable[[Event], Row]] = {
    "connect": _connect,
    "close": _close,
    "refused": _refused,
    "timeout": _timeout,
    "jump": _jump,
    "stored": _stored,
    "fault": _fault,
    "chose": _chose,
    "cached": _cached,
    "verdict": verdict.noted,
    "written": _written,
    "signed": _signed,
    "unsigned": _unsigned,
    "dropped": _dropped,
    "stopped": _stopped,
    "started": _started,
    **sts.NOTED,
}


def spell(time: timedelta) -> str:
    """A span of lab time in words: `5 min`, `1 h 30 min`, `12 s`."""
    seconds = round(time.total_seconds())
    parts = [(seconds // 86400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"
