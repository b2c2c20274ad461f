"""STARTTLS stripping: a line in the clear, with the offer of TLS made unreadable. RFC 3207 section 6.

As long as before, so that only one who compares would see it. It reads the three protocols that begin in the clear; a
letter that speaks of STARTTLS passes as it is.
"""

from __future__ import annotations

import re

__all__ = ["without_starttls"]

# what a server offers: a line of SMTP's answer to EHLO, a line of POP3's to CAPA, one of IMAP's capabilities
_OFFER = re.compile(
    rb"(?P<before>250[- ]|\* (?:OK|CAPABILITY|PREAUTH)\b.*? |\S+ OK \[CAPABILITY.*? |)"
    rb"(?P<word>STARTTLS|STLS)(?P<after>(?:[ \]].*)?\r?\n)",
    re.I | re.S,
)
# what a client asks for, who knows of it from elsewhere
_WISH = re.compile(rb"(?P<before>|[!-~]+ )(?P<word>STARTTLS|STLS)(?P<after> *\r?\n)", re.I)


def without_starttls(line: bytes) -> bytes:
    found = _OFFER.fullmatch(line) or _WISH.fullmatch(line)
    if found is None:
        return line
    return found["before"] + b"X" * len(found["word"]) + found["after"]
