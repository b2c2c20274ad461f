"""A signature fits, and yet: what is weak about it. RFC 6376 sections 8.2 and 8.15, RFC 8301 section 3.2."""

from __future__ import annotations

from labmail.dkim.field import Said
from labmail.dkim.letter import Letter
from labmail.dkim.record import RSA_BITS_WISE, Record
from labmail.dkim.verdict import Body, Remark

__all__ = ["remarks"]

SEEN = ("subject", "to", "cc", "date", "reply-to")  # what a reader sees or uses of the header: RFC 6376 section 5.4.1


def remarks(said: Said, letter: Letter, body: Body, record: Record | None) -> tuple[Remark, ...]:
    names = [name.lower() for name in said.names]
    there = [one.name for one in letter.fields]
    found = []
    if said.length is not None:
        says = f"l={said.length}: whoever adds text after these octets keeps the signature"
        if body.unsigned:
            says = f"l={said.length}: the last {body.unsigned} octets of the body are signed by nobody"
        found.append(Remark(key="length", says=says, section="8.2"))
    if names.count("from") < 2:
        says = "From: is not signed once more than it is there: a second one can be added"
        found.append(Remark(key="oversign", says=says, section="8.15"))
    if open_fields := [name for name in SEEN if name in there and name not in names]:
        says = f"anybody may change what is not signed: {', '.join(open_fields)}"
        found.append(Remark(key="unsigned", says=says, section="5.4"))
    if record is not None and record.type == "rsa" and 0 < record.bits < RSA_BITS_WISE and not record.fault:
        says = f"the key has {record.bits} bits, and {RSA_BITS_WISE} are wise"
        found.append(Remark(key="bits", says=says, section="3.2", rfc=8301))
    if record is not None and "y" in record.flags:
        says = "the key is on trial (t=y): treat the letter like one that nobody signed"
        found.append(Remark(key="testing", says=says, section="3.6.1"))
    return tuple(found)
