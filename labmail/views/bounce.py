"""A report about a letter that came back, joined to the line of the dialog that caused it. RFC 3464, RFC 3463.

The report names the server that refused and repeats its reply; the record of the lab has that very dialog. Where a
server took the letter first and looked later, the line is the yes that it had given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from labmail import explain
from labmail.errors import LabError
from labmail.mime import delivery
from labmail.record import Conversation, Event
from labmail.smtp.words import END, Command, Reply
from labmail.spf import Verdict as SpfVerdict
from labmail.store import Letter
from labmail.verdicts import Verdicts
from labmail.views.evidence import evidence
from labmail.views.line import meaning
from labmail.views.reading import lines

__all__ = ["HEAD", "bounce", "table", "text"]

Data = dict[str, Any]
HEAD = ["", "", "what it means"]
FIELDS_MAX = 40  # ours: of one recipient


@dataclass(frozen=True, kw_only=True)
class Cause:
    """`event` is the line that decided; `kind` is "refused", "taken" or "none"."""

    kind: str
    conversation: Conversation | None = None
    event: Event | None = None
    verdict: Any = None


def bounce(lab: Any, letter: object) -> Data:
    """All that the widget shows."""
    if not isinstance(letter, Letter):
        raise LabError(f"Bounce shows a letter of lab.mailbox(...), and this is of type {type(letter).__name__}")
    report = delivery.read(letter.octets)
    if report is None or not report.recipients:
        raise LabError(f"{letter!r} is no report: it holds no part of the type message/delivery-status")
    spoken = [each for each in lab.conversations() if each.wire.protocol == "smtp"]
    return {
        "title": "Why did this letter come back?",
        "about": f"{letter['From'] or 'Nobody'} wrote to {letter.address}: {letter['Subject'] or 'no subject'}.",
        "recipients": [_recipient(n, each, report, letter, spoken) for n, each in enumerate(report.recipients)],
        "returned": report.returned.decode("utf-8", "replace"),
        "code": f'from labmail import widgets\n\nwidgets.Bounce(lab, lab.mailbox("{letter.address}")[-1])',
    }


def _recipient(
    number: int, failed: delivery.Failed, report: delivery.Report, letter: Letter, spoken: list[Conversation]
) -> Data:
    cause = _cause(failed, report, letter, spoken)
    reply = _reply(failed.diagnostic)
    status = failed["status"] or (reply.enhanced if reply and reply.enhanced else "")
    wire = cause.conversation.wire if cause.conversation else None
    told = lines("smtp", cause.conversation.events) if cause.conversation else []
    key = "policy" if status == "5.7.1" and _by_policy(cause.verdict) else ""
    shown = [*report.fields, *failed.fields][:FIELDS_MAX]
    facts = {"from": wire.client if wire else report["reporting-mta"], "to": wire.server if wire else ""}
    return {
        "key": str(number),
        "recipient": failed["final-recipient"],
        "status": status,
        "is": "error" if status.startswith("4") else "fail",
        "chosen": next((str(n) for n, each in enumerate(shown) if each.name.lower() == "diagnostic-code"), "0"),
        "fields": [_field(n, each, cause) for n, each in enumerate(shown)],
        "joins": explain.find("bounce.joins", cause.kind).says.format(**facts),
        "dialog": f"{wire.client} to {wire.server}" if wire else "",
        "lines": [{key: line[key] for key in ("n", "by", "text", "end", "code")} for line in told],
        "decided": cause.event.number if cause.event else 0,
        "meanings": [*_meanings(reply, status, key)],
        "who": explain.find("bounce.who", key or _key("bounce.who", status)).says,
        **meaning(("bounce.act", key or _key("bounce.act", status))),
        "evidence": evidence(cause.verdict),
    }


def _field(number: int, field: delivery.Field, cause: Cause) -> Data:
    name = field.name.lower()
    told = meaning(("bounce.field", name), ("bounce.field", "other"))
    joined = name == "diagnostic-code" and cause.event is not None and cause.kind == "refused"
    return {"key": str(number), "name": field.name, "text": field.text, "joined": joined, **told}


def _by_policy(verdict: Any) -> bool:
    """The server refused because the owner of the name in From: asks for it."""
    found = verdict.dmarc if isinstance(verdict, Verdicts) else None
    return found is not None and found.result == "fail"


def _meanings(reply: Reply | None, status: str, known: str) -> Iterator[Data]:
    """The code of the reply, and the status; each with its sentence. `known` is what the verdict knows better."""
    if reply is not None:
        code = str(reply.code)
        yield {"code": code, **meaning(("smtp.reply", code), ("smtp.class", code[0]))}
    if status:
        better = [("bounce.status", known)] if known else []
        told = meaning(*better, ("smtp.enhanced", status), ("bounce.status", ".".join(status.split(".")[:2])))
        told = told if told["says"] else meaning(("bounce.status", status[0]))
        says = told["says"].removeprefix(f"{status}: ")  # the code stands beside it
        yield {"code": status, **told, "says": says[:1].upper() + says[1:]}


def _key(kind: str, status: str) -> str:
    """The nearest that is explained: 5.7.23, then 5.7, then 5."""
    known = explain.kinds()[kind]
    parts = status.split(".")
    return next((key for n in range(len(parts), 0, -1) if (key := ".".join(parts[:n])) in known), "other")


# ---- the dialog that caused it


def _cause(failed: delivery.Failed, report: delivery.Report, letter: Letter, spoken: list[Conversation]) -> Cause:
    reporting, remote = report["reporting-mta"], failed["remote-mta"]
    before = [each for each in spoken if (at := each.events[0].at) is not None and at <= letter.at]
    wanted = _reply(failed.diagnostic)
    if wanted is not None and remote:
        found = [each for each in before if (each.wire.client, each.wire.server) == (reporting, remote)]
        for conversation in reversed(found):
            if event := _line_of(conversation, wanted, failed["final-recipient"]):
                return Cause(
                    kind="refused", conversation=conversation, event=event, verdict=_verdict(conversation, event)
                )
    for conversation in reversed([each for each in before if each.wire.server == reporting]):
        event = _taken(conversation, failed["final-recipient"])
        late = event and _verdict(conversation, conversation.events[-1])
        if event and late is not None and wanted is not None and not remote:
            return Cause(kind="taken", conversation=conversation, event=event, verdict=late)
    return Cause(kind="none")


def _reply(told: Iterable[str]) -> Reply | None:
    text = [line for line in told if line[:3].isdigit()]
    return Reply.parse(line.encode() for line in text) if text else None


def _line_of(conversation: Conversation, wanted: Reply, recipient: str) -> Event | None:
    """The last line of that very reply; of several, the one to that recipient."""
    alike = [event for event in conversation.events if event.value == wanted and event.kind == "said"]
    asked = ""
    for event in conversation.events:
        if isinstance(event.value, Command):
            asked = event.value.argument
        elif event in alike and recipient.lower() in asked.lower():
            return event
    return alike[-1] if alike else None


def _taken(conversation: Conversation, recipient: str) -> Event | None:
    """The yes to a letter for that recipient."""
    wanted = ended = False
    found = None
    for event in conversation.events:
        if isinstance(event.value, Command):
            ended = event.value.verb == END
            wanted = wanted or (event.value.verb == "RCPT" and recipient.lower() in event.value.argument.lower())
        elif isinstance(event.value, Reply) and ended and wanted and event.value.success:
            found, ended, wanted = event, False, False
    return found


def _verdict(conversation: Conversation, until: Event) -> Any:
    """What the server had found out by then."""
    found = [event.value for event in conversation.events if event.number <= until.number and event.kind == "verdict"]
    return found[-1] if found and isinstance(found[-1], Verdicts | SpfVerdict) else None


# ---- without a browser


def table(data: Data) -> list[list[str]]:
    """For each recipient the two lines, what they mean, and who has to do what."""
    rows = []
    for each in data["recipients"]:
        decided = [line["text"] for line in each["lines"] if line["n"] == each["decided"]]
        rows += [[each["recipient"], line, each["joins"]] for line in decided or [""]]
        rows += [["", told["code"], told["says"]] for told in each["meanings"]]
        rows.append(["", each["who"], each["says"]])
    return rows


def text(data: Data) -> str:
    told = [data["title"], data["about"]]
    for each in data["recipients"]:
        asked = _asked(each)
        told += ["", f"<{each['recipient']}>  {each['joins']}"]
        told += [f"  {'C' if line['by'] == 'client' else 'S'}: {line['text']}" for line in asked]
        told += [f"{one['code']}  {one['says']}" for one in each["meanings"]]
        told.append(f"{each['who'][:1].upper()}{each['who'][1:]}: {each['says']}")
    return "\n".join(told)


def _asked(each: Data) -> list[Data]:
    """The line that decided, all of its reply, and the command that it answers."""
    at = next((n for n, line in enumerate(each["lines"]) if line["n"] == each["decided"]), None)
    if at is None:
        return []
    start = at
    while start > 0 and each["lines"][start]["by"] == "server":
        start -= 1
    found: list[Data] = each["lines"][start : at + 1]
    return found
