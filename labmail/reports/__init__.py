"""DMARC reports: what receivers tell the owner of a domain about mail in its name. RFC 9990, RFC 9991.

values.py        an aggregate report, as frozen values
writing.py       to XML
reading.py       from XML that anybody may have sent
mailing.py       as a letter, and out of one: `find`
collecting.py    from verdicts to a report
destinations.py  who may be sent reports: the check of addresses elsewhere
failure.py       the report about one letter that failed: ARF
"""

from labmail.reports.collecting import Collector, Seen, report
from labmail.reports.destinations import Destination, destinations
from labmail.reports.failure import Failure, arf, failures, read_failure
from labmail.reports.mailing import FILE_MAX_OCTETS, Mailed, file_name, find, is_report, letter, subject
from labmail.reports.reading import XML_MAX_OCTETS, NoReport, read
from labmail.reports.values import NAMESPACE, DkimResult, Published, Reason, Report, Reports, Row, SpfResult
from labmail.reports.writing import write

__all__ = [
    "FILE_MAX_OCTETS",
    "NAMESPACE",
    "XML_MAX_OCTETS",
    "Collector",
    "Destination",
    "DkimResult",
    "Failure",
    "Mailed",
    "NoReport",
    "Published",
    "Reason",
    "Report",
    "Reports",
    "Row",
    "Seen",
    "SpfResult",
    "arf",
    "destinations",
    "failures",
    "file_name",
    "find",
    "is_report",
    "letter",
    "read",
    "read_failure",
    "report",
    "subject",
    "write",
]
