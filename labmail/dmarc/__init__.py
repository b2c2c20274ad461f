"""DMARC: does a check speak for the name in From:, and what does its owner ask for where none does? RFC 9989.

`evaluate` walks up the DNS tree for the policy and for the organization behind each name, and returns a verdict with
its evidence; `read` takes one record apart. RFC 7489, which it replaces, is history. `reports` reads what receivers
tell the owner of a domain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labmail.dmarc.evaluate import Checked, evaluate
from labmail.dmarc.record import POLICIES, Record, Remark, read
from labmail.dmarc.verdict import RESULTS, Alignment, Query, Verdict
from labmail.dmarc.walk import QUERIES_MAX, organizational_domain, targets

if TYPE_CHECKING:
    from labmail.reports import Reports

__all__ = [
    "POLICIES",
    "QUERIES_MAX",
    "RESULTS",
    "Alignment",
    "Checked",
    "Query",
    "Record",
    "Remark",
    "Verdict",
    "evaluate",
    "organizational_domain",
    "read",
    "reports",
    "targets",
]


def reports(letter: Any) -> Reports:
    """The aggregate reports in a letter, or in a file that was saved. RFC 9990

    `reports(lab.mailbox("dmarc@example.net")[0])`; a letter without one, or with a broken one, is told in a sentence.
    """
    from labmail.reports import find

    return find(letter)
