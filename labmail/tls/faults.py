"""What is wrong with a certificate: each fault that OpenSSL finds has a name of its own here. RFC 5280, RFC 9525.

`checking()` turns the exception of a client, whichever it was, into one that says what failed and what would be right.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from labmail.errors import LabError

__all__ = [
    "FAULTS",
    "BadCertificate",
    "Expired",
    "NotYetValid",
    "SelfSigned",
    "UnknownCA",
    "WrongHost",
    "checking",
    "named",
]


QUOTED = re.compile(r"'([^']*)'")  # a name, as OpenSSL writes it


class BadCertificate(LabError, OSError):
    """The server's certificate does not hold. `verify_code` is OpenSSL's number for it."""

    verify_code = 1
    sentence = "the certificate does not hold: {why}"

    def __init__(self, why: str = "", code: int = 1) -> None:
        super().__init__(self.sentence.format(why=why))
        self.verify_code = code

    def __str__(self) -> str:
        return str(self.args[0])


class NotYetValid(BadCertificate):
    sentence = "the certificate is not valid yet: its first day is still to come"


class Expired(BadCertificate):
    sentence = "the certificate has expired: its last day is over, and whoever runs the server must renew it"


class SelfSigned(BadCertificate):
    sentence = "the certificate is signed by nobody but itself: anybody could have made it"


class UnknownCA(BadCertificate):
    sentence = "the certificate is signed by somebody whom this client does not know: give it the lab’s CA file"


class WrongHost(BadCertificate):
    sentence = "the certificate is for another host: {why}"


FAULTS: dict[int, type[BadCertificate]] = {9: NotYetValid, 10: Expired, 18: SelfSigned, 20: UnknownCA, 62: WrongHost}


def named(fault: BaseException) -> BadCertificate | None:
    """The fault of that exception by its name; None where it is about something else."""
    code = getattr(fault, "verify_code", None)
    if code is None or isinstance(fault, BadCertificate):
        return fault if isinstance(fault, BadCertificate) else None
    why = QUOTED.sub(r"“\1”", str(getattr(fault, "verify_message", "")).rstrip("."))
    return FAULTS.get(code, BadCertificate)(why, code)


@contextlib.contextmanager
def checking() -> Iterator[None]:
    """Inside, a client that refuses a certificate raises the fault by its name."""
    try:
        yield
    except OSError as fault:
        found = named(fault)
        if found is None:
            raise
        raise found from fault
