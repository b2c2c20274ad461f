"""What each word of a record does when its turn comes. RFC 7208 sections 5 and 6.

`all` and the networks ask nobody. The others cost a lookup, are asked about, and say what they found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from labmail.spf.engine import Stopped
from labmail.spf.verdict import Host, Reading, Step
from labmail.spf.words import Term, macros

if TYPE_CHECKING:
    from labmail.spf.check import Evaluation

__all__ = ["MX_MAX", "explanation", "mechanism", "redirect"]

MX_MAX = 10  # hosts of one mx: RFC 7208 section 4.6.4
ERRORS = ("permerror", "temperror")


@dataclass(kw_only=True)
class Found:
    """What a mechanism found on its way."""

    target: str = ""
    length: int = 0
    matches: bool = False
    hosts: list[Host] = field(default_factory=list)
    reading: Reading | None = None


def mechanism(evaluation: Evaluation, term: Term) -> Step:
    engine = evaluation.engine
    found, number, fault, result = Found(), 0, None, ""
    with engine.step() as asked:
        try:
            if term.asks:
                number = engine.lookups + 1
                engine.spend()
            name, found.target, found.length, result = engine.mechanism(term.text)
            found.matches = HANDLERS[name](evaluation, found)
            outcome = "match" if found.matches else "no match"
        except Stopped as stopped:
            outcome, fault = stopped.result, stopped.fault
    return Step(
        text=term.text,
        start=term.start,
        end=term.end,
        name=term.name,
        outcome=outcome,
        section=fault.section if fault else term.section,
        result=outcome if outcome in ERRORS else result if found.matches else "",
        target=_target(term.name, found),
        number=number,
        lookups=tuple(asked),
        hosts=tuple(found.hosts),
        reading=found.reading,
        fault=fault,
    )


def redirect(evaluation: Evaluation, term: Term, explains: bool) -> Step:
    """RFC 7208 section 6.1: the other domain's record takes the place of this one."""
    engine, reading, fault, target = evaluation.engine, None, None, ""
    number: int = engine.lookups + 1
    with engine.step() as asked:
        try:
            engine.spend()
            target = engine.expand_domain(term.value)
            reading = evaluation.read(target, explains=explains)
            result, section = reading.result, reading.section
            if result == "none":
                raise Stopped("permerror", f"there is no SPF record at {target}", "6.1")
        except Stopped as stopped:
            result, fault, section = stopped.result, stopped.fault, stopped.fault.section
    return Step(
        text=term.text,
        start=term.start,
        end=term.end,
        name=term.name,
        outcome=result if result in ERRORS else "followed",
        section=section if fault else "6.1",
        result=result,
        target=target,
        number=number,
        lookups=tuple(asked),
        reading=reading,
        fault=fault,
    )


def explanation(evaluation: Evaluation, term: Term) -> tuple[Step, str]:
    """The step for exp=, and the text. RFC 7208 section 6.2"""
    engine, text, target = evaluation.engine, "", ""
    counting, engine.counting = engine.counting, False
    with engine.step() as asked:
        try:
            target = engine.expand_domain(term.value)
            texts = engine.ask(target, "TXT", "6.2")
            if len(texts) == 1 and texts[0].isascii() and macros(texts[0]) is None:
                text = engine.explain(texts[0])
        except Stopped:
            pass
    engine.counting = counting
    step = Step(
        text=term.text,
        start=term.start,
        end=term.end,
        name="exp",
        outcome="used" if text else "not used",
        section="6.2",
        target=target,
        lookups=tuple(asked),
    )
    return step, text


def _target(name: str, found: Found) -> str:
    whole = {"ip4": 32, "ip6": 128}.get(name)
    return f"{found.target}/{found.length}" if whole and found.length < whole else found.target


# ---- one for each mechanism: whether it matches


def _all(evaluation: Evaluation, found: Found) -> bool:
    found.target = ""
    return True


def _include(evaluation: Evaluation, found: Found) -> bool:
    """A question to another record, and only its pass is a match. RFC 7208 section 5.2"""
    inner = found.reading = evaluation.read(found.target, explains=False)
    if inner.result == "none":
        raise Stopped("permerror", f"there is no SPF record at {found.target}", "5.2")
    if inner.result in ERRORS:
        says = inner.fault.says if inner.fault else f"the record of {found.target} comes to {inner.result}"
        raise Stopped(inner.result, says, inner.fault.section if inner.fault else "5.2")
    return inner.result == "pass"


def _a(evaluation: Evaluation, found: Found) -> bool:
    engine = evaluation.engine
    return engine.holds(engine.ask(found.target, engine.A, "5"), found.length)


def _mx(evaluation: Evaluation, found: Found) -> bool:
    """Host after host, in the order of preference, until one matches. RFC 7208 section 5.4"""
    engine = evaluation.engine
    records = sorted(_mx_record(text) for text in engine.ask(found.target, "MX", "5"))
    if len(records) > MX_MAX:
        says = f"{found.target} names {len(records)} hosts for its mail, and {MX_MAX} may be looked at"
        raise Stopped("permerror", says, "4.6.4")
    matches = False
    for preference, name in records:
        if matches:
            found.hosts.append(Host(name=name, preference=preference, reached=False))
            continue
        try:
            addresses = engine.ask(name, engine.A, "5")
        except Stopped:
            found.hosts.append(Host(name=name, preference=preference, lookup=engine.asked[-1]))
            raise
        matches = engine.holds(addresses, found.length)
        lookup = engine.asked[-1] if engine.asked[-1].type == engine.A else None
        host = Host(name=name, preference=preference, addresses=addresses, matches=matches, lookup=lookup)
        found.hosts.append(host)
    return matches


def _ptr(evaluation: Evaluation, found: Found) -> bool:
    """A name of the address that leads back to it and lies within the domain. RFC 7208 section 5.5"""
    engine = evaluation.engine
    try:
        names = engine.client_names()
    except Stopped as stopped:
        if stopped.result == "temperror":
            return False  # RFC 7208 section 5.5: a DNS error is no match
        raise
    for host in names:
        matches = bool(host.addresses) and engine.within(host.name, found.target)
        found.hosts.append(Host(name=host.name, addresses=host.addresses, matches=matches, lookup=host.lookup))
    return any(host.matches for host in found.hosts)


def _network(version: str) -> Callable[[Evaluation, Found], bool]:
    def holds(evaluation: Evaluation, found: Found) -> bool:
        return evaluation.engine.v == version and evaluation.engine.holds((found.target,), found.length)

    return holds


def _exists(evaluation: Evaluation, found: Found) -> bool:
    """Any A record will do, also where the connection is one of IPv6. RFC 7208 section 5.7"""
    return bool(evaluation.engine.ask(found.target, "A", "5"))


HANDLERS: dict[str, Callable[[Evaluation, Found], bool]] = {
    "all": _all,
    "include": _include,
    "a": _a,
    "mx": _mx,
    "ptr": _ptr,
    "exists": _exists,
    "ip4": _network("in-addr"),
    "ip6": _network("ip6"),
}


def _mx_record(text: str) -> tuple[int, str]:
    preference, _, name = text.partition(" ")
    return int(preference), name.strip().removesuffix(".")
