"""The checks of lesson 06: results of records, a record with an include, the budget, and a reader. RFC 7208."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network
from typing import Any

from labmail import spf
from labmail.lessons.checking import Found, Stopped, accept, attempt, right, wrong

DOMAIN = "example.net"
ALICE, MALLORY = "192.0.2.67", "203.0.113.66"
EXAMPLE = '"v=spf1 -all"'

# ---- exercise 1

FIVE = {"a": "pass", "b": "neutral", "c": "fail", "d": "fail", "e": "none"}
REFUSED = ("reject", "rejected", "refuse", "refused", "550")
READ_ON = (("c", "pass"), ("d", "pass"))  # what somebody answers who reads past a match


def five_records(answers: dict[str, Any]) -> Found:
    for key, wanted in FIVE.items():
        answer = str(answers[key]).strip().lower()
        if answer in REFUSED:
            return wrong("refused", key=key, answer=answer)
        if answer not in spf.RESULTS:
            return wrong("no-word", key=key, answer=repr(answers[key]), words=", ".join(spf.RESULTS))
        if answer != wanted:
            return wrong(f"{key}-pass" if (key, answer) in READ_ON else key, answer=answer)
    return right()


# ---- what exercises 2 and 3 share: a record, tried at example.net


def form_fault(value: Any) -> Found | None:
    """What is wrong with it before anybody connects."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not texts or not all(isinstance(text, str) for text in texts):
        return wrong("no-record", got=repr(value), example=EXAMPLE)
    records = [record for record in map(spf.read, texts) if record.text.lower().split(" ")[0] == "v=spf1"]
    if not records:
        return wrong("no-version", got=repr(texts[0].partition(" ")[0]))
    if len(records) > 1:
        return wrong("two-records")
    if records[0].faults:
        return wrong("unusable", fault=records[0].faults[0].says)
    return None


def judged(value: Any, addresses: list[str], lab: Any) -> dict[str, spf.Verdict]:
    """Each address against that record, in place of what example.net publishes."""
    texts = [value] if isinstance(value, str) else list(value)
    return spf.trial(texts, DOMAIN, addresses, lab.resolver).verdicts


def missing_record(verdicts: Mapping[str, spf.Verdict]) -> str:
    """The first name that an include asked, and which has no record."""
    for verdict in verdicts.values():
        for reading in verdict.readings:
            if reading.result == "none":
                return reading.domain
    return ""


def too_late(verdict: spf.Verdict) -> str:
    """The first word after the all that decided."""
    decided = verdict.reading.decided
    if decided is None or decided.name != "all":
        return ""
    return next((step.text for step in verdict.reading.steps if step.outcome == "not reached"), "")


def ill_judged(verdicts: Mapping[str, spf.Verdict], strangers: list[str]) -> Found | None:
    """A stranger who does not fail; one that passes in a network of its own is not meant here."""
    for ip in strangers:
        result = verdicts[ip].result
        if result == "pass" and verdicts[ip].mechanism.lstrip("+").lower() != "all":
            return wrong("too-wide", ip=ip)
        if result != "fail":
            return wrong("other-result", ip=ip, result=result, wanted="fail")
    return None


# ---- exercise 2

LIST, LIST_DOMAIN = IPv4Network("198.51.100.80/28"), "mailhost.example"
ON_THE_LIST = [str(ip) for ip in LIST]
NEITHER = [MALLORY, "198.51.100.79", "198.51.100.96", "192.0.2.66", "192.0.2.68", "203.0.113.17"]
SHOWN = (ALICE, ON_THE_LIST[0], MALLORY)


def newsletter(record: Any, lab: Any) -> Found:
    if found := form_fault(record):
        return found
    good = judged(record, [ALICE, *ON_THE_LIST, *NEITHER], lab)
    if found := good_day(good):
        return found
    lab.zone(LIST_DOMAIN)["_spf", "TXT"] = []
    lab.clock.advance(minutes=5)
    bad = judged(record, list(SHOWN), lab)
    if bad[ALICE].result != "pass":
        return wrong("bad-day", ip=ALICE, result=bad[ALICE].result)
    if bad[ON_THE_LIST[0]].result == "pass":
        return accept("copied")
    return right("\n".join(f"  {ip:14}  {good[ip].result:5}  {bad[ip].result}" for ip in SHOWN))


def good_day(verdicts: Mapping[str, spf.Verdict]) -> Found | None:
    if verdicts[MALLORY].result == "pass":
        return wrong("mallory-passes", word=verdicts[MALLORY].mechanism)
    if name := missing_record(verdicts):
        return wrong("wrong-name" if name == LIST_DOMAIN else "no-such-record", name=name)
    for ip in (ALICE, *ON_THE_LIST):
        result = verdicts[ip].result
        if result == "pass":
            continue
        if word := too_late(verdicts[ip]):
            return wrong("after-all", ip=ip, result=result, word=word)
        if ip == ALICE:
            return wrong("other-result", ip=ip, result=result, wanted="pass")
        return wrong("list-too-short", ip=ip, result=result)
    return ill_judged(verdicts, NEITHER)


# ---- exercise 3

SUPPLIERS = {f"203.0.113.{number}": number for number in range(1, 12)}
NOBODYS = [MALLORY, *(f"203.0.113.{last}" for last in (0, *range(12, 34), 63, 64, 127, 128, 255)), "192.0.2.66"]


def eleven_suppliers(record: Any, lab: Any) -> Found:
    if found := form_fault(record):
        return found
    verdicts = judged(record, [ALICE, *SUPPLIERS, *NOBODYS], lab)
    if name := missing_record(verdicts):
        return wrong("no-such-record", name=name)
    for ip in (*SUPPLIERS, ALICE, *NOBODYS):
        if verdicts[ip].lookups > spf.verdict.LOOKUPS_MAX:
            return wrong("too-many", ip=ip)
    for ip in (ALICE, *SUPPLIERS):
        result = verdicts[ip].result
        if result != "pass" and (word := too_late(verdicts[ip])):
            return wrong("after-all", ip=ip, result=result, word=word)
        if result != "pass" and ip != ALICE:
            return wrong("lost", name=f"s{SUPPLIERS[ip]}.test", ip=ip, result=result)
        if result != "pass":
            return wrong("other-result", ip=ip, result=result, wanted="pass")
    return ill_judged(verdicts, NOBODYS) or priced(verdicts)


def priced(verdicts: Mapping[str, spf.Verdict]) -> Found:
    """Right, and whose move the record would not follow."""
    dearest = max(verdict.lookups for verdict in verdicts.values())
    if dearest == 0:
        return accept("copied")
    copied = [str(number) for ip, number in SUPPLIERS.items() if "include:" not in verdicts[ip].mechanism.lower()]
    return right(lookups=dearest, who=" or ".join(filter(None, [", ".join(copied[:-1]), copied[-1]])))


# ---- exercise 4

RANDOM_CASES = 200
SMALL = (  # the smallest records that tell mistakes apart, and the hint to each
    ("other", f"v=spf1 +ip4:{MALLORY}"),
    ("signs", "v=spf1 -all"),
    ("signs", "v=spf1 ~all"),
    ("signs", "v=spf1 ?all"),
    ("signs", "v=spf1 +all"),
    ("no-sign", "v=spf1 all"),
    ("second-word", f"v=spf1 ip4:{ALICE} ip4:{MALLORY}"),
    ("nothing-matched", f"v=spf1 ip4:{ALICE}"),
    ("went-on", f"v=spf1 ip4:{MALLORY} -all"),
    ("as-text", "v=spf1 ip4:203.0.113.0/24 -all"),
    ("sign-of-ip4", f"v=spf1 -ip4:{MALLORY} +all"),
)


def mini_spf(function: Callable[[str, str], Any]) -> Found:
    for id, record, ip in [(id, record, MALLORY) for id, record in SMALL] + random_cases():
        if found := difference(function, id, record, ip):
            return found
    return right(count=RANDOM_CASES)


def random_cases() -> list[tuple[str, str, str]]:
    """The same each time, short ones first: what is shown is the smallest on which two readers differ."""
    chance = random.Random(6)
    addresses = (MALLORY, ALICE, "203.0.113.67", "198.51.100.80")
    cases = []
    for _ in range(RANDOM_CASES):
        words = []
        for _ in range(chance.randrange(1, 5)):
            network = IPv4Network((chance.choice(addresses), chance.choice((0, 8, 24, 28, 31, 32))), strict=False)
            name = chance.choice(("all", f"ip4:{network}", f"ip4:{network}", f"ip4:{network[0]}"))
            words.append(chance.choice(("", "+", "-", "~", "?")) + name)
        cases.append(("other", " ".join(["v=spf1", *words]), chance.choice(addresses)))
    return sorted(cases, key=lambda case: len(case[1]))


def difference(function: Callable[[str, str], Any], id: str, record: str, ip: str) -> Found | None:
    try:
        got = attempt(function, record, ip)
    except Stopped as stop:
        return not_a_network(stop, record)
    wanted = spf.trial(record, DOMAIN, [ip], None).verdicts[ip].result
    if got == wanted:
        return None
    if got is not None and got not in spf.RESULTS:
        return wrong("no-word", call=f"mini_spf({record!r}, {ip!r})", got=repr(got))
    return wrong(id, record=record, ip=ip, wanted=wanted, got=got)


def not_a_network(stop: Stopped, record: str) -> Found:
    """It looked for a network in a word that has none, or stopped for a reason of its own."""
    told = stop.fault.partition(", at `")[0]
    if not told.startswith(("ValueError", "IndexError")) or "ip4:" in told:
        raise stop
    return wrong("all-alone" if "all" in record else "the-mark", call=stop.call, fault=stop.fault)
