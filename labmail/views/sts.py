"""What a sender learns and decides by MTA-STS, as rows of a timeline. RFC 8461."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labmail.record import Event
from labmail.sts.finding import Got, Judged, Looked

__all__ = ["NOTED"]

Row = dict[str, Any]


def _record(event: Event) -> Row:
    looked = event.value
    assert isinstance(looked, Looked)
    details = [["Record", looked.record.text]] if looked.record is not None else []
    return {"text": str(looked), "details": details}


def _policy(event: Event) -> Row:
    got = event.value
    assert isinstance(got, Got)
    if got.policy is None:
        return {"text": str(got), "result": {"is": "error", "word": "no policy"}}
    details = [["mode", got.policy.mode], *(["mx", name] for name in got.policy.mx)]
    details.append(["max_age", f"{got.policy.max_age} s"])
    return {"text": str(got), "key": "sts-remembered" if got.remembered else event.kind, "details": details}


def _verdict(event: Event) -> Row:
    judged = event.value
    assert isinstance(judged, Judged)
    if judged.holds:
        return {"text": str(judged), "result": {"is": "pass", "word": "as the policy says"}}
    if judged.mode == "enforce":
        return {"text": str(judged), "result": {"is": "fail", "word": "refused by the sender"}}
    return {"text": str(judged), "key": "sts-testing", "result": {"is": "weak", "word": "only noted"}}


NOTED: dict[str, Callable[[Event], Row]] = {"sts-record": _record, "sts-policy": _policy, "sts-verdict": _verdict}
