"""A letter under way, and the store in which it waits until it is tried again. RFC 5321 section 4.5.4.1

Whoever has said 250 must not lose a letter (section 4.2.5), so one that cannot go now is written down, beside the
mailboxes of its host's provider and out of their reach. A lab that is started on the same file tries it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from labmail.record import Wire
from labmail.store import Letter, Store

__all__ = ["Errand", "keep", "let_go", "waiting"]

WAITING = "Waiting"  # a folder under the host's name, which is no mailbox: nobody logs in to it


@dataclass(frozen=True, kw_only=True)
class Errand:
    octets: bytes
    trace: bytes = b""  # what we put on top
    mail_from: str
    recipients: tuple[str, ...]
    since: datetime  # when it was taken
    name: str  # in words
    own: bool = False  # a user of ours wrote it, or we did: it is signed
    signer: str = ""  # for which domain; "": that of From:
    folder: str = "INBOX"
    wire: Wire | None = None  # on which it came
    was: Mapping[str, str] = field(default_factory=dict)  # recipient -> to whom it was sent, where that was another
    kept: Letter | None = None  # where it waits


def keep(store: Store, host: str, errand: Errand) -> Errand:
    """Until its next try; what waited of it before goes."""
    pairs = [(each, errand.was.get(each, each)) for each in errand.recipients]
    recipients = "\n".join("\t".join(dict.fromkeys(pair)) for pair in pairs)
    path, at = errand.mail_from, errand.since
    with store.together():
        let_go(store, errand)
        kept = store.add(host, WAITING, errand.octets, at=at, return_path=path, trace=b"", recipient=recipients)
    return replace(errand, kept=kept)


def let_go(store: Store, errand: Errand) -> None:
    """It waits no more."""
    if errand.kept is not None:
        store.remove([errand.kept])


def waiting(store: Store, host: str) -> list[Errand]:
    """All that waits at a host, from before."""
    return [_errand(letter) for letter in store.letters(host, WAITING)]


def _errand(letter: Letter) -> Errand:
    pairs = [line.split("\t") for line in letter.recipient.split("\n")]
    return Errand(
        octets=letter.octets,
        mail_from=letter.return_path or "",
        recipients=tuple(pair[0] for pair in pairs),
        since=letter.at,
        name="a letter that waited",
        was={pair[0]: pair[1] for pair in pairs if len(pair) > 1},
        kept=letter,
    )
