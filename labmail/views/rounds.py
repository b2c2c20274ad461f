"""A bench round by round: which record stood, which letters were sent, what came of them, and what was foretold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from labmail.dkim.letter import octets_of
from labmail.errors import LabError, needs_text
from labmail.lab.replay import Replayed, Sending, publish, published, replay, usual

__all__ = ["Bench", "opened", "played"]


@dataclass(frozen=True, kw_only=True)
class Bench:
    """`name` is where the record stands, `kind` which of the three it is. Rows are called by host, or by `row1`."""

    domain: str
    name: str
    kind: str
    to: str
    server: str
    first: tuple[Sending, ...]  # the letters before anybody edited one
    sendings: tuple[Sending, ...]
    records: tuple[str, ...] = ()
    now: tuple[Replayed, ...] = ()
    before: tuple[Replayed, ...] = ()  # empty until something was replayed
    edited: bool = False  # the last round had another record, or another letter
    ticks: frozenset[str] = field(default_factory=frozenset)
    rounds: int = 0
    own: bool = False  # the letters are a learner's

    @property
    def place(self) -> str:
        return self.domain if self.name == "@" else f"{self.name}.{self.domain}"

    @property
    def keys(self) -> dict[str, str]:
        """Each row's key and its name: the host, and what tells it from another row of that host."""
        many = Counter(each.host for each in self.sendings)
        return {
            f"row{n}": each.host if many[each.host] == 1 else f"{each.host} ({each.label or f'row{n}'})"
            for n, each in enumerate(self.sendings, 1)
        }

    def key(self, named: str) -> str:
        """The key of a row that is named by its key, its name, or its host."""
        for key, name in self.keys.items():
            if named in (key, name):
                return key
        raise LabError(f"{named} is no row of the bench: they are {', '.join(self.keys.values())}")


def opened(lab: Any, domain: str, name: str, *, letters: Iterable[Any] | None, to: str, server: str) -> Bench:
    """The bench as it stands before anybody edits: the letters are sent once."""
    needs_text("a domain", domain, "example.net")
    domain = domain.removesuffix(".").lower()
    kind = "dkim" if "_domainkey" in name.split(".") else "dmarc" if name == "_dmarc" else "spf"
    found = tuple(_own(letters) if letters is not None else usual(lab, domain, server, whole=kind != "spf"))
    if not found:
        raise LabError("the bench replays letters, and there is none: letters=[(host, mail_from, message), ...]")
    own = letters is not None
    bench = Bench(domain=domain, name=name, kind=kind, to=to, server=server, first=found, sendings=found, own=own)
    stands = tuple(published(lab, bench.place))
    return replace(bench, records=stands, now=tuple(replay(lab, found, to=to, server=server)))


def _own(letters: Iterable[Any]) -> Iterable[Sending]:
    """A learner's own: (host, mail_from, message) each, and a few words if one likes."""
    for each in letters:
        if not isinstance(each, tuple | list) or len(each) not in (3, 4):
            raise LabError(f"a letter for the bench is (host, mail_from, message), and this is {each!r}")
        host, mail_from, message, *words = each
        yield Sending(host=host, mail_from=mail_from, message=octets_of(message), label=str(words[0]) if words else "")


def played(
    lab: Any, bench: Bench, texts: Sequence[str], ticks: Iterable[str], letters: Mapping[str, Any] | None = None
) -> Bench:
    """The record published and the letters sent once more.

    `ticks` are the rows said to change, `letters` what takes the place of some rows' letters.
    """
    for text in texts:
        needs_text("a record", text, "v=spf1 -all")
    chosen = frozenset(map(bench.key, ticks))
    fresh = {bench.key(named): octets_of(message) for named, message in (letters or {}).items()}
    sendings = tuple(
        replace(each, message=fresh.get(key, each.message))
        for key, each in zip(bench.keys, bench.sendings, strict=True)
    )
    publish(lab, bench.place, [text.strip() for text in texts if text.strip()])
    stands = tuple(published(lab, bench.place))
    return replace(
        bench,
        sendings=sendings,
        records=stands,
        now=tuple(replay(lab, sendings, to=bench.to, server=bench.server)),
        before=bench.now,
        edited=(stands, sendings) != (bench.records, bench.sendings),
        ticks=chosen,
        rounds=bench.rounds + 1,
    )
