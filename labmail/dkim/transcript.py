"""A DKIM verdict as text: each signature with its steps, and what is weak about it. The repr of a verdict."""

from __future__ import annotations

from collections.abc import Iterator

from labmail.dkim.verdict import Remark, Signature, Step, Verdict

__all__ = ["of", "reference"]

MARKS = {True: "yes", False: "no", None: "-"}


def of(verdict: Verdict) -> str:
    count = len(verdict.signatures)
    if not count:
        return "none  nobody signed this message"
    fits = sum(one.result == "pass" for one in verdict.signatures)
    lines = [f"{verdict.result}  signatures that pass: {fits} of {count}"]
    for signature in verdict.signatures:
        lines += ["", *_signature(signature)]
    if verdict.unread:
        lines += ["", f"{verdict.unread} more signatures were not looked at"]
    return "\n".join(lines)


def reference(one: Step | Remark) -> str:
    return f"§{one.section}" if one.rfc == 6376 else f"RFC {one.rfc} §{one.section}"


def _signature(signature: Signature) -> Iterator[str]:
    who = f"d={signature.domain} s={signature.selector} a={signature.algorithm} c={signature.canonicalization}"
    yield f"{signature.result}  {who if signature.domain else 'DKIM-Signature'}"
    rows = [(step.name, MARKS[step.ok], step.says, reference(step)) for step in signature.steps]
    wide = max(len(row[2]) for row in rows)
    for name, mark, says, section in rows:
        yield f"  {name:6}  {mark:3}  {says:{wide}}  {section}"
    for part in (signature.body, signature.header):
        if part is not None and part.broke is not None:
            yield f"  what changed: {part.broke.says}"
    for warning in signature.warnings:
        yield f"  warning: {warning.says}  {reference(warning)}"
