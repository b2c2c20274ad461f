"""The checks of lesson 08: five results, a record for three kinds of names, a forgotten sender, DMARC. RFC 9989."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from labmail import dkim, dmarc, spf
from labmail.dkim.letter import octets_of
from labmail.lab.replay import Sending, replay
from labmail.lessons.checking import Found, accept, attempt, right, wrong
from labmail.mta.outgoing import Keys
from labmail.world import cake

DOMAIN, REPORTS = "example.net", "dmarc@example.net"
EXAMPLE = '"v=DMARC1; p=none"'

# ---- exercise 1

FIVE = {"a": "pass", "b": "fail", "c": "pass", "d": "fail", "e": "pass"}


def five_letters(answers: dict[str, Any]) -> Found:
    for key, wanted in FIVE.items():
        answer = str(answers[key]).strip().lower()
        if answer not in ("pass", "fail"):
            return wrong("no-word", key=key, answer=repr(answers[key]))
        if answer != wanted:
            return wrong(key)
    return right()


# ---- exercise 2

ASKED = {"example.net": "none", "mail.example.net": "quarantine", "billing.example.net": "reject"}


def three_kinds_of_names(value: Any, lab: Any) -> Found:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not texts or not all(isinstance(text, str) for text in texts):
        return wrong("no-record", got=repr(value), example=EXAMPLE)
    if twice := next(filter(None, map(dmarc.record.doubled, texts)), ""):
        return wrong("twice", tag=twice)
    records = [record for record in map(dmarc.read, texts) if record is not None]
    if len(records) != 1:
        return wrong("two-records" if records else "no-version")
    return _remarked(records[0]) or _asks(texts, lab) or _reports(records[0]) or right(_table(texts, lab))


def _remarked(record: dmarc.Record) -> Found | None:
    """What does not count as it was written."""
    for remark in record.remarks:
        if remark.tag == "rua":
            return wrong("no-mailto")
        return wrong("not-understood", remark=remark.says, section=remark.section)
    return None


def _verdicts(texts: Sequence[str], lab: Any) -> dict[str, dmarc.Verdict]:
    lab.zone(DOMAIN)["_dmarc", "TXT"] = list(texts)
    return {name: dmarc.evaluate(name, None, (), lab.resolver) for name in ASKED}


def _asks(texts: Sequence[str], lab: Any) -> Found | None:
    verdicts = _verdicts(texts, lab)
    for name, verdict in verdicts.items():
        if verdict.policy != ASKED[name]:
            return wrong("wrong-policy", name=name, got=verdict.policy, tag=verdict.tag, wanted=ASKED[name])
    record = verdicts[DOMAIN].record
    return None if record is not None and record.t == "y" else wrong("no-test")


def _reports(record: dmarc.Record) -> Found | None:
    if not record.rua:
        return wrong("no-rua")
    addresses = [uri.partition(":")[2] for uri in record.rua]
    return None if addresses == [REPORTS] else wrong("wrong-rua", got=" and ".join(addresses))


def _table(texts: Sequence[str], lab: Any) -> str:
    verdicts = _verdicts(texts, lab)
    return "\n".join(f"  {name:19}  {f'{one.tag}={one.policy}':13}  {one.applied}" for name, one in verdicts.items())


# ---- exercise 3

ALICE, MALLORY, LIST = "192.0.2.67", "203.0.113.66", IPv4Network("198.51.100.80/28")
ADDRESS = re.compile(r"[^\s@<>]+@(?:[A-Za-z0-9_-]+\.)+[A-Za-z0-9-]+")


def forgotten_sender(fix: Any, lab: Any) -> Found:
    if not isinstance(fix, dict) or set(fix) != {"mail_from", "spf"}:
        return wrong("keys")
    mail_from, record = fix["mail_from"], fix["spf"]
    if not isinstance(mail_from, str) or not ADDRESS.fullmatch(mail_from.strip()):
        return wrong("no-address", got=repr(mail_from), example=repr("info@example.com"))
    if not isinstance(record, str) or record.lower().split(" ")[0] != "v=spf1":
        return wrong("no-version", got=repr(record))
    if faults := spf.read(record).faults:
        return wrong("unusable", fault=faults[0].says)
    mail_from = mail_from.strip()
    lab.zone(DOMAIN)["@", "TXT"] = record
    lab.zone(DOMAIN)["_dmarc", "TXT"] = "v=DMARC1; p=reject"
    return _by_envelope(mail_from, lab) or _others(lab) or _sent(mail_from, lab)


def _says(ip: str, mail_from: str, lab: Any) -> spf.Verdict:
    return spf.check(ip, "host.test", mail_from, lab.resolver)


def _by_envelope(mail_from: str, lab: Any) -> Found | None:
    """What is wrong for the newsletter itself."""
    domain = mail_from.rpartition("@")[2].lower()
    if domain != DOMAIN and not domain.endswith(f".{DOMAIN}"):
        return wrong("own-name", domain=domain)
    first, *more = map(str, LIST)
    result = _says(first, mail_from, lab).result
    if result == "none":
        return wrong("below", domain=domain)
    if result != "pass":
        return wrong("newsletter", ip=first, result=result, domain=domain)
    for ip in more:
        if (result := _says(ip, mail_from, lab).result) != "pass":
            return wrong("list-too-short", ip=ip, result=result)
    return None


def _others(lab: Any) -> Found | None:
    alice = _says(ALICE, f"alice@{DOMAIN}", lab).result
    if alice != "pass":
        return wrong("alice", ip=ALICE, result=alice)
    return wrong("mallory", ip=MALLORY) if _says(MALLORY, f"alice@{DOMAIN}", lab).result == "pass" else None


def _sent(mail_from: str, lab: Any) -> Found:
    """The three letters, over the wire."""
    lab.host("mx1.example.com").reject_on_policy = True
    letter = octets_of(cake)
    signed = Keys(lab.world.providers[DOMAIN]).sign(letter, DOMAIN, lab.clock.now).field + letter
    letters = (
        Sending(host="mx.mailhost.example", mail_from=mail_from, message=letter),
        Sending(host="mail.example.net", mail_from=f"alice@{DOMAIN}", message=signed),
        Sending(host="mallory.example", mail_from=f"alice@{DOMAIN}", message=letter),
    )
    rows = []
    for one in replay(lab, letters, to="bob@example.com", server="mx1.example.com"):
        where = one.folder or (one.reply.code if one.reply else "-")
        by_spf, by_dmarc = f"spf={one.verdict.spf.result}", f"dmarc={one.verdict.dmarc.result}"
        rows.append(f"  {one.sending.host:18}  {by_spf:12}  {by_dmarc}  {where}")
    by = _says(str(LIST[0]), mail_from, lab).mechanism.lower()
    return right("\n".join(rows)) if "include:" in by else accept("copied", "\n".join(rows))


# ---- exercise 4

RANDOM_CASES = 200
BELOW, BESIDE, OTHER, ALIKE = "news.example.net", "mail.example.net", "mallory.example", "notexample.net"
Case = tuple[str, tuple[str, str], list[tuple[str, str]], str]
SMALL: tuple[tuple[str, Case], ...] = (  # the smallest cases that tell mistakes apart, and the hint to each
    ("both-needed", (DOMAIN, ("pass", DOMAIN), [], "none")),
    ("passes", (DOMAIN, ("pass", OTHER), [], "none")),
    ("passes", (DOMAIN, ("none", OTHER), [("pass", OTHER)], "none")),
    ("nobody-passed", (DOMAIN, ("fail", DOMAIN), [], "none")),
    ("nobody-passed", (DOMAIN, ("none", OTHER), [("fail", DOMAIN)], "none")),
    ("both-needed", (DOMAIN, ("pass", DOMAIN), [("fail", DOMAIN)], "none")),
    ("spf-only", (DOMAIN, ("fail", DOMAIN), [("pass", DOMAIN)], "none")),
    ("second-signature", (DOMAIN, ("none", OTHER), [("pass", OTHER), ("pass", DOMAIN)], "none")),
    ("below", (DOMAIN, ("pass", BELOW), [], "none")),
    ("below", (BELOW, ("pass", DOMAIN), [], "none")),
    ("below", (BELOW, ("none", OTHER), [("pass", BESIDE)], "none")),
    ("text-end", (DOMAIN, ("pass", ALIKE), [], "none")),
    ("other", (DOMAIN, ("pass", DOMAIN), [], "reject")),
    ("other", (DOMAIN, ("fail", DOMAIN), [], "none")),
    ("other", (DOMAIN, ("fail", DOMAIN), [], "quarantine")),
    ("other", (DOMAIN, ("fail", DOMAIN), [], "reject")),
)


@dataclass(frozen=True, kw_only=True)
class Check:
    result: str
    domain: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    rcode: str
    texts: tuple[bytes, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Records:
    """A resolver in which each organization has a record, and the policy is that of example.net."""

    p: str

    def lookup(self, name: str, type: str) -> Answer:
        known = {f"_dmarc.{domain}" for domain in (DOMAIN, OTHER, ALIKE)}
        found = type == "TXT" and name.lower() in known
        text = f"v=DMARC1; p={self.p}".encode()
        return Answer(rcode="NOERROR", texts=(text,)) if found else Answer(rcode="NXDOMAIN")


def mini_dmarc(function: Callable[..., Any]) -> Found:
    for id, case in [*SMALL, *(("other", case) for case in random_cases())]:
        if found := difference(function, id, case):
            return found
    return right(count=RANDOM_CASES)


def random_cases() -> list[Case]:
    """The same each time, short ones first: what is shown is the smallest on which two readers differ."""
    chance = random.Random(8)
    names, cases = (DOMAIN, BELOW, BESIDE, OTHER, ALIKE), list[Case]()
    for _ in range(RANDOM_CASES):
        by_spf = chance.choice((*spf.RESULTS, "pass", "pass")), chance.choice(names)
        signatures = [
            (chance.choice((*dkim.RESULTS, "pass")), chance.choice(names)) for _ in range(chance.randrange(4))
        ]
        cases.append((chance.choice((DOMAIN, BELOW)), by_spf, signatures, chance.choice(dmarc.POLICIES)))
    return sorted(cases, key=lambda case: len(case[2]))


def expected(case: Case) -> tuple[str, str]:
    author, by_spf, signatures, p = case
    checks = [Check(result=result, domain=domain) for result, domain in (by_spf, *signatures)]
    verdict = dmarc.evaluate(author, checks[0], checks[1:], Records(p=p))
    return verdict.result, verdict.disposition


def difference(function: Callable[..., Any], id: str, case: Case) -> Found | None:
    author, by_spf, signatures, p = case
    got, wanted = attempt(function, author, by_spf, list(signatures), p), expected(case)
    call = f"mini_dmarc({author!r}, {by_spf!r}, {signatures!r}, {p!r})"
    if not isinstance(got, tuple | list) or len(got) != 2 or not all(isinstance(word, str) for word in got):
        return wrong("no-pair", call=call, got=repr(got), example='"fail", "quarantine"')
    if tuple(got) == wanted:
        return None
    if got[0] == wanted[0]:
        id = "action-on-pass" if wanted[0] == "pass" else "reject" if p == "reject" else "action"
    elif got[0] not in ("pass", "fail"):
        id = "other"
    shown = repr(got[1]) if got[0] == wanted[0] else tuple(got)
    return wrong(id, case=call, wanted=wanted, got=shown, p=p)
