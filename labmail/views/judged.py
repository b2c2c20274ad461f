"""Which verdict a letter got: found in a dialog, or in a lab for a letter that arrived; and what the receiver then did.

A server's check is one event on the wire that the letter came by, before the reply and before the letter is stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labmail import dmarc
from labmail.errors import LabError
from labmail.record import Conversation, Event
from labmail.smtp.words import Reply
from labmail.store import Letter
from labmail.verdicts import Verdicts
from labmail.views.evidence import evidence
from labmail.views.line import meaning

__all__ = ["Judged", "find", "vouching"]

Data = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """`verdict` is what a check came to; conversation and letter are there where they are known."""

    verdict: Verdicts | dmarc.Verdict
    conversation: Conversation | None = None
    letter: Letter | None = None
    reply: Reply | None = None


def find(about: Any, letter: object = None) -> Judged:
    """`about` is a verdict, a dialog, or, with a letter of one of its mailboxes, a lab."""
    if isinstance(about, Verdicts | dmarc.Verdict):
        return Judged(verdict=about)
    if isinstance(about, Conversation):
        return _in(about, about.events)
    if not isinstance(letter, Letter):
        wanted = "a verdict, a dialog, or a lab and a letter of lab.mailbox(...)"
        what = type(about if letter is None else letter).__name__
        raise LabError(f"the evidence of DMARC is found in {wanted}, and not in a {what}")
    return _of(about, letter)


def _of(lab: Any, letter: Letter) -> Judged:
    """The dialog that brought it: the letter is stored on that wire, or on none where it was checked afterwards."""
    for event in reversed(lab.record.events):
        kept = event.value
        if event.kind != "stored" or not isinstance(kept, Letter) or event.wire is None:
            continue
        if (kept.number, kept.address) == (letter.number, letter.address):
            spoken = next(each for each in lab.conversations() if each.wire.number == event.wire.number)
            return _in(spoken, [each for each in spoken.events if each.number <= event.number], kept)
    raise LabError(f"no server checked {letter!r} on its way in, as far as the record goes back")


def _in(spoken: Conversation, events: Any, letter: Letter | None = None) -> Judged:
    """The last letter of those events."""
    checked = [event for event in events if event.kind == "verdict" and isinstance(event.value, Verdicts)]
    if not checked:
        raise LabError(f"{spoken.wire.server} checked no letter of {spoken.wire.client} in that dialog")
    verdict: Verdicts = checked[-1].value
    if letter is None:
        letter = next((each for each in _after(spoken, checked[-1]) if isinstance(each, Letter)), None)
    reply = next((each for each in _after(spoken, checked[-1]) if isinstance(each, Reply)), None)
    return Judged(verdict=verdict, conversation=spoken, letter=letter, reply=reply)


def _after(spoken: Conversation, check: Event) -> list[object]:
    return [event.value for event in spoken.events if event.number > check.number]


# ---- as plain data


def vouching(judged: Judged) -> Data:
    """All that the widget shows: the evidence of each check, and what the receiver did."""
    found = judged.verdict
    whole = found if isinstance(found, Verdicts) else Verdicts(ip="", helo="", mail_from="", receiver="", dmarc=found)
    shown = evidence(whole)
    return {
        "title": f"Does a check speak for {shown['dmarc']['domain']}?" if shown["dmarc"] else "What was checked?",
        "about": _about(judged),
        **shown,
        "did": did(judged),
        "acted": _acted(judged, whole),
        "code": _code(judged),
    }


def _about(judged: Judged) -> str:
    if judged.conversation is not None:
        wire = judged.conversation.wire
        return f"{wire.client} [{wire.client_address}] handed the letter to {wire.server} [{wire.server_address}]."
    if isinstance(judged.verdict, Verdicts):
        return f"The letter came from {judged.verdict.ip}, with MAIL FROM:<{judged.verdict.mail_from}>."
    return "From: beside the names that SPF and DKIM judged."


def did(judged: Judged) -> list[list[str]]:
    """Names and values: how the server answered, what it wrote, where the letter lies."""
    found, letter = judged.verdict, judged.letter
    if judged.conversation is None or not isinstance(found, Verdicts):
        return []
    server = judged.conversation.wire.server.partition(".")[0]
    told = [[f"{server} answered", str(judged.reply).partition("\n")[0]]] if judged.reply else []
    if letter is not None:
        told += [[f"{server} wrote", f"Authentication-Results: {found.results}"]]
        told += [["kept in", f"{letter.folder} of {letter.address}"]]
    return told


def _acted(judged: Judged, whole: Verdicts) -> Data:
    """What a receiver makes of it, in a sentence; empty where nobody acted."""
    own_rule = whole.disposition == "none" and whole.folder == "Junk"  # nobody asked for that
    key = "junk" if own_rule else whole.disposition
    return meaning(("dmarc.acted", key)) if key else {"says": "", "rfc": None}


def _code(judged: Judged) -> str:
    found = judged.verdict
    if judged.letter is not None:
        place = f'lab.mailbox("{judged.letter.address}")[-1]'
        return f"from labmail import widgets\n\nwidgets.DmarcEvidence(lab, {place})"
    if judged.conversation is not None:
        wire = judged.conversation.wire
        return (
            f'from labmail import widgets\n\nwidgets.DmarcEvidence(lab.conversation("{wire.client}", "{wire.server}"))'
        )
    if not isinstance(found, Verdicts):
        return "from labmail import widgets\n\nwidgets.DmarcEvidence(verdict)"
    asked = f'ip="{found.ip}", helo="{found.helo}", mail_from="{found.mail_from}", resolver=lab.resolver'
    return f"import labmail\n\nlabmail.verify(message, {asked})"
