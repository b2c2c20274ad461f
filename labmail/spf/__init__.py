"""SPF: may this address send mail for this domain? The domain's owner says so in a TXT record. RFC 7208.

`check` reads the records and returns a verdict that carries every step of the way. `read` looks at one record without
asking anybody, and `trial` says what it would do for some addresses. pyspf reads words and macros; it loads with the
first check.
"""

from labmail.spf.check import check
from labmail.spf.draft import Trial, trial
from labmail.spf.verdict import RESULTS, Fault, Host, Lookup, Reading, Step, Verdict
from labmail.spf.words import Record, Term, Warned, read

__all__ = [
    "RESULTS",
    "Fault",
    "Host",
    "Lookup",
    "Reading",
    "Record",
    "Step",
    "Term",
    "Trial",
    "Verdict",
    "Warned",
    "check",
    "read",
    "trial",
]
