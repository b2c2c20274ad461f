"""check_host(): may this address send for this domain? RFC 7208 section 4.

The loop is ours, so that the verdict and the steps that explain it come from one evaluation. A DNS fault is a
temperror, a record that cannot be used is a permerror, and only an address that is none raises.
"""

from __future__ import annotations

import ipaddress
import time
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from labmail.errors import LabError, cited, needs_text
from labmail.spf import words
from labmail.spf.verdict import Fault, Reading, Step, Verdict

if TYPE_CHECKING:
    from labmail.spf.engine import Engine

__all__ = ["check"]


def check(
    ip: str,
    helo: str,
    mail_from: str,
    resolver: Any,
    *,
    receiver: str = "unknown",
    now: datetime | None = None,
) -> Verdict:
    """The verdict for a connection from `ip`. Without a `mail_from`, as error reports come, HELO is checked.

    `receiver` is the name of the host that checks, `now` the time, for a domain's own explanation of a fail.
    """
    from labmail.spf.engine import Engine

    needs_text("ip", ip, "192.0.2.67")
    needs_text("helo", helo, "mail.example.net")
    needs_text("mail_from", mail_from, "alice@example.net")
    if not hasattr(resolver, "lookup"):
        raise LabError(f"a resolver is one such as lab.resolver, and not {cited(resolver)}")
    address, sender = _address(ip), mail_from.strip().removeprefix("<").removesuffix(">")
    identity = "mailfrom" if sender else "helo"  # RFC 7208 section 2.4
    local, _, domain = (sender or helo).rpartition("@")
    domain = _in_ascii(domain)
    engine = Engine(
        ip=address,
        helo=helo,
        sender=f"{local or 'postmaster'}@{domain}",  # RFC 7208 section 4.3
        receiver=receiver,
        timestamp=int(now.timestamp() if now else _now(resolver)),
        resolver=resolver,
    )
    reading = Evaluation(engine).start(domain)
    return Verdict(
        result=reading.result,
        domain=domain,
        mechanism=_mechanism(reading),
        explanation=reading.explanation,
        ip=address,
        helo=helo,
        sender=engine.s,
        identity=identity,
        lookups=engine.lookups,
        void_lookups=engine.void_lookups,
        reading=reading,
    )


class Evaluation:
    """One evaluation. Each reading is a value; nothing is raised beyond the step in which it happened."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def start(self, domain: str) -> Reading:
        """RFC 7208 section 4.3: what is no name of several labels has no record, and nobody is asked."""
        from labmail.spf.engine import dns_name

        if "." not in domain.removesuffix(".") or not dns_name(domain):
            return Reading(domain=domain, result="none", section="4.3")
        return self.read(domain, counts=False)

    def read(self, domain: str, *, counts: bool = True, explains: bool = True) -> Reading:
        """Fetch a record and read it. `counts`: a lookup that finds nothing is a void one."""
        from labmail.spf.engine import Stopped

        engine = self.engine
        with engine.step() as asked:
            try:
                texts = engine.ask(domain, "TXT", "4.4", counts=counts)
            except Stopped as stopped:
                fault, lookup = stopped.fault, asked[0] if asked else None
                return Reading(domain=domain, result=stopped.result, section=fault.section, lookup=lookup, fault=fault)
        lookup = asked[0] if asked else None
        records = [text for text in texts if words.is_spf(text)]
        if len(records) > 1:
            says = f"{domain} publishes {len(records)} SPF records, and one is allowed"
            fault = Fault(says=says, section="4.5")
            return Reading(domain=domain, result="permerror", section="4.5", lookup=lookup, fault=fault)
        if not records:
            missing = lookup is not None and lookup.rcode == "NXDOMAIN"
            return Reading(domain=domain, result="none", section="4.3" if missing else "4.5", lookup=lookup)
        with engine.at(domain.removesuffix(".")):
            return replace(self.evaluate(domain, words.read(records[0]), explains), lookup=lookup)

    def evaluate(self, domain: str, record: words.Record, explains: bool) -> Reading:
        """Term by term, from left to right; modifiers after that. RFC 7208 sections 4.6.2 and 4.6.3"""
        from labmail.spf.steps import mechanism, redirect

        terms = [term for term in record.terms if not term.modifier]
        modifiers = [term for term in record.terms if term.modifier]
        if record.faults:  # RFC 7208 section 4.6: whatever the other terms say
            return _broken(domain, record)
        steps: list[Step] = []
        for term in terms:
            ended = bool(steps) and (bool(steps[-1].result) or steps[-1].outcome == "not reached")
            steps.append(_skipped(term) if ended else mechanism(self, term))
        last = next((step for step in steps if step.result), None)
        result, section, fault = (last.result, last.section, last.fault) if last else ("neutral", "4.7", None)
        followed: Reading | None = None
        for term in modifiers:
            step = _skipped(term, outcome="not used" if term.name == "exp" else "ignored")
            if term.name == "redirect":
                step = redirect(self, term, explains) if last is None and not _has_all(terms) else _skipped(term)
                if step.result:
                    result, section, fault, followed = step.result, step.section, step.fault, step.reading
            steps.append(step)
        explanation = followed.explanation if followed else ""
        if result == "fail" and explains and followed is None:
            steps, explanation = self._explain(steps, modifiers)
        if fault is not None:
            fault = _placed(fault, steps)
        return Reading(
            domain=domain,
            result=result,
            section=section,
            record=record.text,
            steps=tuple(steps),
            fault=fault,
            explanation=explanation,
        )

    def _explain(self, steps: list[Step], modifiers: list[words.Term]) -> tuple[list[Step], str]:
        """Why the owner says no, in the owner's words; whatever goes wrong on the way, there are none. Section 6.2"""
        from labmail.spf.steps import explanation

        at = next((at for at, term in enumerate(modifiers) if term.name == "exp"), None)
        if at is None:
            return steps, ""
        step, text = explanation(self, modifiers[at])
        place = len(steps) - len(modifiers) + at
        return [*steps[:place], step, *steps[place + 1 :]], text


def _broken(domain: str, record: words.Record) -> Reading:
    fault = record.faults[0]
    steps = []
    for term in record.terms:
        own = next((each for each in record.faults if term.start < each.column <= term.end + 1), None)
        step = _skipped(term)
        if own is not None:
            step = replace(step, outcome="permerror", fault=own, section=own.section)
            step = replace(step, result="permerror") if own is fault else step
        steps.append(step)
    return Reading(
        domain=domain, result="permerror", section="4.6", record=record.text, steps=tuple(steps), fault=fault
    )


def _placed(fault: Fault, steps: list[Step]) -> Fault | None:
    """The fault with the column of its word; None where it lies further in."""
    step = next(step for step in steps if step.result)
    if step.reading is not None and step.reading.fault is not None:
        return None
    return replace(fault, column=step.start + 1, length=step.end - step.start)


def _skipped(term: words.Term, outcome: str = "not reached") -> Step:
    section = term.section if outcome != "not reached" else "4.6.2"
    return Step(text=term.text, start=term.start, end=term.end, name=term.name, outcome=outcome, section=section)


def _has_all(terms: list[words.Term]) -> bool:
    return any(term.name == "all" for term in terms)


def _mechanism(reading: Reading) -> str:
    step = reading.decided
    if step is None or step.outcome in ("permerror", "temperror"):
        return ""
    if step.outcome == "followed" and step.reading is not None:
        return _mechanism(step.reading)
    return step.text


@lru_cache(maxsize=1024)  # addresses
def _address(ip: str) -> str:
    try:
        address = ipaddress.ip_address(ip.strip().strip("[]").partition("%")[0])
    except ValueError:
        raise LabError(f'"{ip}" is no IP address: one such as 192.0.2.67 or 2001:db8::1 is meant') from None
    mapped = getattr(address, "ipv4_mapped", None)  # RFC 7208 section 5: such a one is read as IPv4
    return str(mapped or address)


def _in_ascii(domain: str) -> str:
    """A-labels, which is what DNS knows: RFC 7208 section 4.3."""
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def _now(resolver: Any) -> float:
    """The lab's time if the resolver is a lab's, else the machine's."""
    lab_time = getattr(resolver, "now", None)
    return float(lab_time.timestamp()) if isinstance(lab_time, datetime) else time.time()
