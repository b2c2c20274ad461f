"""MTA-STS: how a domain says that its servers speak TLS, so that a sender need not believe whoever denies it. RFC 8461.

record.py   the TXT record at _mta-sts.DOMAIN: that there is a policy, and which edition
policy.py   the policy itself, a small file that is fetched by HTTPS
matching.py what a policy makes of a server's name
finding.py  a sender's way to the policy of a domain, and what it remembers
"""

from labmail.sts.matching import matches
from labmail.sts.policy import MAX_AGE_MAX_S, MODES, Policy, read_policy
from labmail.sts.record import Problem, Record, choose, read_record

__all__ = [
    "MAX_AGE_MAX_S",
    "MODES",
    "Policy",
    "Problem",
    "Record",
    "choose",
    "matches",
    "read_policy",
    "read_record",
]
