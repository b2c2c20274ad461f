"""10,000 records by chance: our result and our count of lookups are pyspf's, or RFC 7208 says why not.

`python -m tests.spf.test_generated 100000` tries as many as you like.
"""

from __future__ import annotations

import sys
from collections import Counter

from labmail import spf
from tests.spf import generated, oracle

CASES = 10_000
DIFFERENT_MAX = 0.1  # of all: more than that would be another implementation


def compare(count: int) -> tuple[Counter[str], Counter[str], list[str]]:
    """How often each result came out, how often each named difference, and what has no name."""
    results: Counter[str] = Counter()
    differences: Counter[str] = Counter()
    unnamed = []
    for seed in range(count):
        case = generated.case(seed)
        ours = spf.check(case.ip, case.helo, case.mail_from, case.zone)
        theirs = oracle.check(case.ip, case.helo, case.mail_from, case.zone)
        results[ours.result] += 1
        if (ours.result, ours.lookups) != (theirs.result, theirs.lookups):
            why = oracle.named(case.mail_from, ours, theirs)
            differences[why] += 1
            if not why:
                unnamed.append(f"seed {seed}: pyspf {theirs}\n{ours!r}\n{case}")
    return results, differences, unnamed


def test_ten_thousand_records_agree_with_pyspf_or_the_difference_has_a_name():
    results, differences, unnamed = compare(CASES)
    assert not unnamed, "\n\n".join(unnamed[:3])
    assert set(results) == set(spf.RESULTS)
    assert min(results.values()) > CASES / 100, results
    assert differences.total() < CASES * DIFFERENT_MAX, differences


if __name__ == "__main__":
    results, differences, unnamed = compare(int(sys.argv[1]))
    sys.stdout.write(f"{dict(results)}\n{dict(differences)}\n" + "\n\n".join(unnamed[:5]) + "\n")
    sys.exit(bool(unnamed))
