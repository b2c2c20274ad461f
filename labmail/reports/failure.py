"""The report about one letter that failed: ARF, written and read. RFC 9991, RFC 6591, RFC 5965.

It goes out at once, to `ruf`, when `fo` asks for it. Of the letter it carries the header alone: what people write to
one another is nobody else's business. RFC 9991 section 7.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from labmail import mime
from labmail.dkim.letter import read as read_letter
from labmail.mime.header import unfolded
from labmail.reports.mailing import Mailed, octets_of
from labmail.reports.reading import NoReport

if TYPE_CHECKING:
    from labmail import dkim, dmarc
    from labmail.verdicts import Verdicts

__all__ = ["Failure", "arf", "failures", "read_failure", "wanted"]

HEADER_MAX_OCTETS = 65_536  # of the letter's header that goes along; ours
VALUE_MAX = 200  # characters of a field that we write; ours
ASCII_END = 128
STRANGE = re.compile(r"[^\x21-\x7e]+")
QUOTES = re.compile(r'[\\"]')


@dataclass(frozen=True, kw_only=True)
class Failure:
    """The fields of a feedback report that speak of DMARC. RFC 9991 section 4"""

    reported_domain: str
    auth_failure: str  # "dmarc", "spf", "signature", "bodyhash" or "revoked"
    identity_alignment: tuple[str, ...] = ()  # the methods that gave no aligned pass
    source_ip: str = ""
    original_mail_from: str = ""  # "" is <>
    arrival_date: str = ""
    reporting_mta: str = ""
    authentication_results: str = ""
    delivery_result: str = ""
    dkim_domain: str = ""
    dkim_identity: str = ""
    dkim_selector: str = ""
    spf_dns: str = ""
    incidents: int = 1
    header: bytes = b""  # of the letter

    def __repr__(self) -> str:
        failed = " and ".join(self.identity_alignment) or "nothing"
        lines = [
            f"a letter from {self.source_ip}, in the name of {self.reported_domain}: {self.auth_failure} failed",
            f"without an aligned pass: {failed}",
            f"envelope: <{self.original_mail_from}>",
            f"received: {self.arrival_date}, by {self.reporting_mta}",
            f"results: {self.authentication_results}",
        ]
        return "\n".join(lines)


# ---- is one asked for?


def wanted(found: Verdicts) -> tuple[str, ...]:
    """The Auth-Failure of each report that `fo` asks for. RFC 9989 section 4.7"""
    verdict = found.dmarc
    if verdict is None or verdict.record is None or not verdict.record.ruf or verdict.record.psd == "y":
        return ()  # RFC 9991 section 2: a public suffix hears nothing of single letters
    options = set(verdict.record.fo.split(":")) & set("01ds") or {"0"}
    missing = _without_alignment(verdict)
    kinds = []
    if ("0" in options and verdict.result == "fail") or ("1" in options and missing):
        kinds.append("dmarc")
    if "d" in options and (broken := _broken(found.dkim)) is not None:
        kinds.append(_kind(broken))
    if "s" in options and found.spf is not None and found.spf.result in ("fail", "softfail"):
        kinds.append("spf")
    return tuple(kinds)


def _without_alignment(verdict: dmarc.Verdict) -> tuple[str, ...]:
    vouching = {each.method for each in verdict.alignments if each.vouches}
    return tuple(method for method in ("dkim", "spf") if method not in vouching)


def _broken(verdict: dkim.Verdict | None) -> dkim.Signature | None:
    signatures = verdict.signatures if verdict is not None else ()
    return next((one for one in signatures if one.result in ("fail", "permerror")), None)


def _kind(signature: dkim.Signature) -> str:
    """RFC 6591: the body's hash and the signature are told apart, and a key that was withdrawn."""
    if signature.record is not None and signature.record.revoked:
        return "revoked"
    return "bodyhash" if signature.body is not None and not signature.body.matches else "signature"


# ---- written


def failures(found: Verdicts, letter: bytes, *, at: datetime) -> tuple[Failure, ...]:
    """The reports about a letter, mostly none."""
    return tuple(_failure(found, kind, letter, at) for kind in wanted(found))


def _failure(found: Verdicts, kind: str, letter: bytes, at: datetime) -> Failure:
    verdict = found.dmarc
    assert verdict is not None
    missing = _without_alignment(verdict)
    aligned = [one for one in (found.dkim.signatures if found.dkim else ()) if _aligned(verdict, "dkim", one.domain)]
    broken = _broken(found.dkim) if kind != "dmarc" else next((one for one in aligned if one.result != "pass"), None)
    spf_failed = kind == "spf" or ("spf" in missing and found.spf and _aligned(verdict, "spf", found.spf.domain))
    record = QUOTES.sub("?", found.spf.reading.record) if spf_failed and found.spf else ""
    return Failure(
        reported_domain=verdict.domain,
        auth_failure=kind,
        identity_alignment=missing,
        source_ip=found.ip,
        original_mail_from=found.mail_from,
        arrival_date=format_datetime(at),
        reporting_mta=found.receiver,
        authentication_results=found.results,
        delivery_result={"reject": "reject", "quarantine": "spam"}.get(found.disposition, "delivered"),
        dkim_domain=broken.domain if broken else "",
        dkim_identity=broken.identity if broken else "",
        dkim_selector=broken.selector if broken else "",
        spf_dns=f'txt : {found.spf.domain} : "{record}"' if record and found.spf else "",
        header=_header(letter),
    )


def _aligned(verdict: dmarc.Verdict, method: str, domain: str) -> bool:
    return any(each.aligned and each.method == method and each.domain == domain for each in verdict.alignments)


def _header(octets: bytes) -> bytes:
    """The fields as they stand, in ASCII; what could be taken for the end of this part is left out."""
    kept, size = [], 0
    for one in read_letter(octets).fields:
        line = bytes(octet if octet < ASCII_END else ord("?") for octet in one.octets.rstrip(b"\r\n")) + b"\r\n"
        size += len(line)
        if size > HEADER_MAX_OCTETS:
            break
        if one.name and not one.name.startswith("--"):
            kept.append(line)
    return b"".join(kept)


def arf(failure: Failure, to: str, *, number: str, sender: str, at: datetime) -> Mailed:
    """The letter; `number` is its own, counted by the host."""
    boundary = f"{number}/{failure.reporting_mta}"
    text = (
        f"A letter in the name of {failure.reported_domain} came from {failure.source_ip}\r\n"
        f"to {failure.reporting_mta}, {failure.arrival_date}, and failed.\r\n"
    )
    top = (
        f'From: "Failure reports of {failure.reporting_mta}" <{sender}>\r\nTo: <{to}>\r\n'
        f"Date: {format_datetime(at)}\r\nMessage-ID: <{number}@{failure.reporting_mta}>\r\n"
        f"Subject: DMARC failure report about {failure.reported_domain}\r\nAuto-Submitted: auto-generated\r\n"
        f"MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report;\r\n"
        f' boundary="{boundary}"\r\n\r\n'
    )
    parts = (
        ("text/plain; charset=utf-8", text.encode()),
        ("message/feedback-report", "".join(f"{name}: {value}\r\n" for name, value in _fields(failure)).encode()),
        ("text/rfc822-headers", failure.header),
    )
    body = b"".join(
        f"--{boundary}\r\nContent-Type: {kind}\r\n\r\n".encode() + octets + b"\r\n" for kind, octets in parts
    )
    return Mailed(octets=top.encode() + body + f"--{boundary}--\r\n".encode(), recipient=to)


def _fields(failure: Failure) -> Iterator[tuple[str, str]]:
    yield "Feedback-Type", "auth-failure"
    yield "Version", "1"
    yield "User-Agent", "labmail"
    yield "Auth-Failure", failure.auth_failure
    yield "Identity-Alignment", ", ".join(failure.identity_alignment) or "none"
    yield "Reported-Domain", _safe(failure.reported_domain)
    yield "Source-IP", failure.source_ip
    yield "Original-Mail-From", f"<{_safe(failure.original_mail_from)}>"
    yield "Arrival-Date", failure.arrival_date
    yield "Reporting-MTA", f"dns; {failure.reporting_mta}"
    yield "Authentication-Results", failure.authentication_results
    yield "Delivery-Result", failure.delivery_result
    for name in ("domain", "identity", "selector"):
        if value := getattr(failure, f"dkim_{name}"):
            yield f"DKIM-{name.capitalize()}", _safe(value)
    if failure.spf_dns:
        yield "SPF-DNS", STRANGE.sub(" ", failure.spf_dns)
    if failure.incidents > 1:
        yield "Incidents", str(failure.incidents)


def _safe(text: str) -> str:
    """No line end, whoever chose it."""
    return STRANGE.sub("?", text[:VALUE_MAX])


# ---- read


def read_failure(source: Any) -> Failure:
    """Out of a letter; NoReport says why there is none."""
    octets = octets_of(source)
    parts = list(mime.structure(octets).walk())
    report = next((part for part in parts if (part.type, part.subtype) == (b"message", b"feedback-report")), None)
    if report is None:
        raise NoReport("the letter has no failure report with it: that would be a part message/feedback-report")
    lines = read_letter(report.decoded()).fields
    fields = {one.name: unfolded(one.value).decode("utf-8", "replace").strip() for one in lines}
    kind = fields.get("feedback-type", "")
    if kind.lower() != "auth-failure":
        raise NoReport(f"the feedback report is of the type “{kind[:40]}”, and one about DMARC of auth-failure")
    for name in ("Auth-Failure", "Reported-Domain"):
        if not fields.get(name.lower()):
            raise NoReport(f"the feedback report is not whole: it has no {name}")
    header = next((part for part in parts if part.subtype in (b"rfc822-headers", b"rfc822")), None)
    return _of(fields, header.decoded() if header is not None else b"")


def _of(fields: dict[str, str], header: bytes) -> Failure:
    missing = [word.strip().lower() for word in fields.get("identity-alignment", "none").split(",")]
    incidents = fields.get("incidents", "1")
    return Failure(
        reported_domain=fields["reported-domain"],
        auth_failure=fields["auth-failure"].lower(),
        identity_alignment=tuple(word for word in missing if word not in ("", "none")),
        source_ip=fields.get("source-ip", ""),
        original_mail_from=fields.get("original-mail-from", "").removeprefix("<").removesuffix(">"),
        arrival_date=fields.get("arrival-date", ""),
        reporting_mta=fields.get("reporting-mta", "").rpartition(";")[2].strip(),
        authentication_results=fields.get("authentication-results", ""),
        delivery_result=fields.get("delivery-result", ""),
        dkim_domain=fields.get("dkim-domain", ""),
        dkim_identity=fields.get("dkim-identity", ""),
        dkim_selector=fields.get("dkim-selector", ""),
        spf_dns=fields.get("spf-dns", ""),
        incidents=int(incidents) if incidents.isascii() and incidents.isdigit() and len(incidents) < 10 else 1,
        header=header,
    )
