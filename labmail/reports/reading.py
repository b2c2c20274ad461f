"""XML that anybody may have sent, to a report. RFC 9990 section 3.1.1, and section 8.1 for what may be wrong with it.

The parser is the standard library's expat. A report needs no document type, and none is read: so there are no
entities to blow up or to fetch. Size, depth and count of elements are bounded. RFC 7489's form is read as well.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from labmail.errors import LabError
from labmail.reports.values import NAMESPACE, DkimResult, Published, Reason, Report, Row, SpfResult

__all__ = ["DEPTH_MAX", "ELEMENTS_MAX", "XML_MAX_OCTETS", "NoReport", "read"]

XML_MAX_OCTETS = 4 * 1024 * 1024  # unpacked; ours: some 5,000 rows
ELEMENTS_MAX = 200_000  # ours: 8,000 rows or so
DEPTH_MAX = 32  # elements within elements; ours, where a report has 6
COUNT_MAX = 10**12  # letters in a row; ours

OLD = ("", "http://dmarc.org/dmarc-xml/0.1")  # the name spaces that reports of RFC 7489 are seen with
POLICIES = ("none", "quarantine", "reject")
DISPOSITIONS = ("none", "pass", "quarantine", "reject")
ALIGNED = ("pass", "fail")
REASONS = (
    *("local_policy", "mailing_list", "other", "policy_test_mode", "trusted_forwarder"),  # RFC 9990 section 3.1.6
    *("forwarded", "sampled_out"),  # of RFC 7489
)
DKIM = ("none", "pass", "fail", "policy", "neutral", "temperror", "permerror")  # RFC 8601 section 2.7.1
SPF = ("none", "neutral", "pass", "fail", "softfail", "temperror", "permerror")  # RFC 8601 section 2.7.2


class NoReport(LabError):
    """What was taken for a report is none, or is not whole; the sentence says why."""


def read(xml: bytes) -> Report:
    """The report; NoReport says in one sentence what is wrong."""
    if len(xml) > XML_MAX_OCTETS:
        raise NoReport(f"the XML has {len(xml):,} octets, and a report may have {XML_MAX_OCTETS:,}")
    root = _Parser().parse(xml)
    space, _, name = root.tag.rpartition("}")
    if name != "feedback" or space.lstrip("{") not in (NAMESPACE, *OLD):
        raise NoReport(f"the XML is no DMARC report: it begins with <{_shown(name)}>, and a report with <feedback>")
    metadata, published = _one(root, "report_metadata"), _one(root, "policy_published")
    span = _one(metadata, "date_range")
    rows = tuple(_row(record) for record in _all(root, "record"))
    if not rows:
        raise NoReport("the report has no record; RFC 9990 section 3.1.1.2 asks for at least one")
    return Report(
        org_name=_text(metadata, "org_name"),
        email=_text(metadata, "email"),
        extra_contact_info=_maybe(metadata, "extra_contact_info") or "",
        report_id=_text(metadata, "report_id"),
        begin=_moment(span, "begin"),
        end=_moment(span, "end"),
        error=_maybe(metadata, "error") or "",
        generator=_maybe(metadata, "generator") or "",
        published=_published(published),
        rows=rows,
        xml=xml,
    )


class _Parser:
    """expat, and what it may not do."""

    def __init__(self) -> None:
        self._tree = TreeBuilder()
        self._depth = self._count = 0
        self._expat = expat.ParserCreate(namespace_separator="}")
        self._expat.buffer_text = True
        self._expat.StartDoctypeDeclHandler = self._doctype
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.CharacterDataHandler = self._tree.data

    def parse(self, xml: bytes) -> Element:
        try:
            self._expat.Parse(xml, True)
        except expat.ExpatError as fault:
            why = expat.ErrorString(fault.code)
            raise NoReport(f"the XML cannot be read: {why}, in line {fault.lineno}") from None
        except (LookupError, ValueError, UnicodeError):  # of an encoding that nobody knows
            raise NoReport("the XML is in an encoding that cannot be read; UTF-8 can") from None
        root: Element = self._tree.close()
        return root

    def _doctype(self, *_: object) -> None:
        line = self._expat.CurrentLineNumber
        raise NoReport(f"the XML declares a document type in line {line}; a report has none, and it might hold a bomb")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._count += 1
        if self._depth > DEPTH_MAX:
            raise NoReport(f"the XML has elements more than {DEPTH_MAX} deep; a report has 6")
        if self._count > ELEMENTS_MAX:
            raise NoReport(f"the XML has more than {ELEMENTS_MAX:,} elements, and that is too much for a report")
        self._tree.start(name, attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._tree.end(name)


# ---- its parts


def _published(element: Element) -> Published:
    optional = {tag: _word(element, tag, POLICIES, "") for tag in ("sp", "np")}
    modes = {tag: _word(element, tag, ("r", "s"), "") for tag in ("adkim", "aspf")}
    return Published(
        domain=_text(element, "domain"),
        discovery_method=_word(element, "discovery_method", ("psl", "treewalk"), ""),
        p=_word(element, "p", POLICIES),
        testing=_word(element, "testing", ("y", "n"), ""),
        fo=_maybe(element, "fo") or "",
        **optional,
        **modes,
    )


def _row(record: Element) -> Row:
    counted, names, results = (_one(record, name) for name in ("row", "identifiers", "auth_results"))
    evaluated = _one(counted, "policy_evaluated")
    senders = [_sender(one) for one in _all(results, "spf")]
    return Row(
        source_ip=_address(counted),
        count=_number(counted, "count", COUNT_MAX),
        disposition=_word(evaluated, "disposition", DISPOSITIONS),
        dkim=_word(evaluated, "dkim", ALIGNED),
        spf=_word(evaluated, "spf", ALIGNED),
        reasons=tuple(
            Reason(type=_word(one, "type", REASONS), comment=_maybe(one, "comment") or "")
            for one in _all(evaluated, "reason")
        ),
        header_from=_text(names, "header_from"),
        envelope_from=_maybe(names, "envelope_from"),
        envelope_to=_maybe(names, "envelope_to"),
        signatures=tuple(_signature(one) for one in _all(results, "dkim")),
        sender=next((one for one in senders if one.scope == "mfrom"), None),
    )


def _signature(element: Element) -> DkimResult:
    return DkimResult(
        domain=_text(element, "domain"),
        selector=_maybe(element, "selector") or "",  # RFC 7489 did not ask for it
        result=_word(element, "result", DKIM),
        human_result=_maybe(element, "human_result") or "",
    )


def _sender(element: Element) -> SpfResult:
    return SpfResult(
        domain=_text(element, "domain"),
        scope=_word(element, "scope", ("mfrom", "helo"), "mfrom"),
        result=_word(element, "result", SPF),
        human_result=_maybe(element, "human_result") or "",
    )


# ---- one element


def _all(parent: Element, name: str) -> Iterator[Element]:
    return (child for child in parent if _plain(child) == name)


def _one(parent: Element, name: str) -> Element:
    found = next(_all(parent, name), None)
    if found is None:
        raise NoReport(f"the report is not whole: <{_plain(parent)}> has no <{name}>")
    return found


def _text(parent: Element, name: str) -> str:
    """What stands in the element of that name, and something must."""
    text = _maybe(parent, name)
    if not text:
        raise NoReport(f"the report is not whole: <{_plain(parent)}> has no <{name}>, or nothing stands in it")
    return text


def _maybe(parent: Element, name: str) -> str | None:
    """None: there is no such element."""
    found = next(_all(parent, name), None)
    return None if found is None else (found.text or "").strip()


def _word(parent: Element, name: str, words: tuple[str, ...], default: str | None = None) -> str:
    """One of those words; without a default it must be there."""
    text = _text(parent, name) if default is None else _maybe(parent, name) or default
    if text not in words and text != default:
        raise NoReport(f"<{name}> is “{_shown(text)}” in <{_plain(parent)}>; it may be {', '.join(words)}")
    return text


def _number(parent: Element, name: str, highest: int) -> int:
    text = _text(parent, name)
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(highest)) and int(text) <= highest):
        raise NoReport(f"<{name}> is “{_shown(text)}” in <{_plain(parent)}>; it is a whole number up to {highest:,}")
    return int(text)


def _moment(parent: Element, name: str) -> datetime:
    return datetime.fromtimestamp(_number(parent, name, 253_402_300_799), UTC)  # the last second of the year 9999


def _address(parent: Element) -> str:
    text = _text(parent, "source_ip")
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise NoReport(f"<source_ip> is “{_shown(text)}”, which is no IP address") from None


def _plain(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _shown(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text[:40])
