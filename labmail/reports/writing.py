"""A report as XML, in the order of the tables of RFC 9990 section 3.1.1. The same report gives the same octets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from labmail.reports.values import NAMESPACE, Report, Row

__all__ = ["write"]

VERSION = "1.0"  # RFC 9990 section 3.1.1.2
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # no characters of XML 1.0
TEXT_MAX = 500  # characters of what a sender chose; ours

Pairs = Iterator[tuple[str, str | None]]


def write(report: Report) -> bytes:
    root = Element("feedback", xmlns=NAMESPACE)
    _add(root, ("version", VERSION))
    metadata = _group(root, "report_metadata", ("org_name", report.org_name), ("email", report.email))
    _add(metadata, ("extra_contact_info", report.extra_contact_info or None), ("report_id", report.report_id))
    begin, end = (str(int(moment.timestamp())) for moment in (report.begin, report.end))
    _group(metadata, "date_range", ("begin", begin), ("end", end))
    _add(metadata, ("error", report.error or None), ("generator", report.generator or None))
    _group(root, "policy_published", *_published(report))
    for row in report.rows:
        _record(SubElement(root, "record"), row)
    indent(root)
    octets: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return octets + b"\n"


def _published(report: Report) -> Pairs:
    record = report.published
    yield "domain", record.domain
    yield "discovery_method", record.discovery_method or None
    yield "p", record.p
    for tag in ("sp", "np", "fo", "adkim", "aspf", "testing"):
        yield tag, getattr(record, tag) or None


def _record(record: Element, row: Row) -> None:
    counted = _group(record, "row", ("source_ip", row.source_ip), ("count", str(row.count)))
    evaluated = _group(
        counted, "policy_evaluated", ("disposition", row.disposition), ("dkim", row.dkim), ("spf", row.spf)
    )
    for reason in row.reasons:
        _group(evaluated, "reason", ("type", reason.type), ("comment", reason.comment or None))
    names = ("header_from", row.header_from), ("envelope_from", row.envelope_from), ("envelope_to", row.envelope_to)
    _group(record, "identifiers", *names)
    results = SubElement(record, "auth_results")
    for one in row.signatures:
        said = ("domain", one.domain), ("selector", one.selector), ("result", one.result)
        _group(results, "dkim", *said, ("human_result", one.human_result or None))
    if row.sender is not None:
        spf = row.sender
        said = ("domain", spf.domain), ("scope", spf.scope), ("result", spf.result)
        _group(results, "spf", *said, ("human_result", spf.human_result or None))


def _group(parent: Element, name: str, *pairs: tuple[str, str | None]) -> Element:
    element = SubElement(parent, name)
    _add(element, *pairs)
    return element


def _add(parent: Element, *pairs: tuple[str, str | None]) -> None:
    for name, text in pairs:
        if text is not None:
            SubElement(parent, name).text = FORBIDDEN.sub("?", text[:TEXT_MAX])
