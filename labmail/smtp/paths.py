"""The arguments of MAIL and RCPT: a path and its parameters. RFC 5321 sections 4.1.1.2, 4.1.1.3, 4.1.1.11, 4.1.2."""

from __future__ import annotations

import re

from labmail.smtp.words import Refusal

__all__ = ["is_postmaster", "mailbox", "read_path", "show_path"]

LOCAL_PART_MAX_OCTETS = 64  # RFC 5321 section 4.5.3.1.1
DOMAIN_MAX_OCTETS = 255  # section 4.5.3.1.2
PATH_MAX_OCTETS = 256  # section 4.5.3.1.3, with its brackets

USAGE = {"MAIL": "MAIL FROM:<address>", "RCPT": "RCPT TO:<address>"}
FAULTY = {"MAIL": "5.1.7", "RCPT": "5.1.3"}  # RFC 3463 section 3.2
PARAMETERS = {"MAIL": ("SIZE", "BODY", "SMTPUTF8"), "RCPT": ()}

_UTF8 = "\u0080-\U0010ffff"  # RFC 6531 section 3.3
_ATOM = rf"[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~{_UTF8}-]+"  # RFC 5322 section 3.2.3
_DOT_STRING = rf"{_ATOM}(?:\.{_ATOM})*"
_QUOTED = rf'"(?:[ !#-\[\]-~{_UTF8}]|\\[ -~])*"'  # Quoted-string = DQUOTE *QcontentSMTP DQUOTE
_LABEL = rf"[A-Za-z0-9_{_UTF8}](?:[A-Za-z0-9_{_UTF8}-]*[A-Za-z0-9_{_UTF8}])?"  # `_` is ours: hosts have it
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})*"
_LITERAL = r"\[[!-Z^-~]+\]"  # address-literal
_AT = rf"(?:{_DOMAIN}|{_LITERAL})"
_ROUTE = rf"(?:@{_DOMAIN}(?:,@{_DOMAIN})*:)?"  # A-d-l: accepted and ignored, RFC 5321 appendix C
# Path = "<" [ A-d-l ":" ] Mailbox ">"; Mailbox = Local-part "@" ( Domain / address-literal )
_MAILBOX = re.compile(rf"{_ROUTE}((?P<local>{_DOT_STRING}|{_QUOTED})@(?P<domain>{_AT}))")
# what stands in the brackets may be quoted, so a ">" need not be the end
_PATH = re.compile(r'<((?:"(?:[^"\\]|\\.)*"|[^<>"])*)>(?: +(.*))?')
# esmtp-param = esmtp-keyword ["=" esmtp-value]
_PARAMETER = re.compile(rf"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([!-<>-~{_UTF8}]+))?")
# the spaces are a common fault, and forgiven: RFC 5321 section 3.3
_KEYWORD = {"MAIL": re.compile(r"FROM: *", re.I), "RCPT": re.compile(r"TO: *", re.I)}


def read_path(verb: str, argument: str) -> tuple[str, dict[str, str]]:
    """The address and the parameters of MAIL or RCPT; "" is the null reverse-path `<>`, of MAIL only."""
    keyword = _KEYWORD[verb].match(argument)
    path = _PATH.fullmatch(argument, keyword.end()) if keyword else None
    if path is None:
        raise Refusal(501, "5.5.4", f"Syntax error in parameters: {USAGE[verb]}")
    address = _read_address(verb, path[1])
    return address, _read_parameters(verb, path[2] or "")


def _read_address(verb: str, path: str) -> str:
    if verb == "MAIL" and not path:
        return ""
    if verb == "RCPT" and path.lower() == "postmaster":  # without a domain: RFC 5321 section 4.1.1.3
        return path
    found = _MAILBOX.fullmatch(path)
    if found is None or "\ufffd" in path:
        raise Refusal(501, FAULTY[verb], "Syntax error: that is no address")
    for part, octets_max in (("local", LOCAL_PART_MAX_OCTETS), ("domain", DOMAIN_MAX_OCTETS)):
        if len(found[part].encode()) > octets_max:
            raise Refusal(501, FAULTY[verb], f"{part.capitalize()} part too long: {octets_max} octets at most")
    if len(path.encode()) + 2 > PATH_MAX_OCTETS:
        raise Refusal(501, FAULTY[verb], f"Path too long: {PATH_MAX_OCTETS} octets at most")
    return found[1]


def _read_parameters(verb: str, text: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for word in text.split():
        found = _PARAMETER.fullmatch(word)
        keyword = found[1].upper() if found else ""
        if found is None or keyword in parameters:
            raise Refusal(501, "5.5.4", f"Syntax error in parameters: {USAGE[verb]} KEYWORD=VALUE ...")
        if keyword not in PARAMETERS[verb]:
            raise Refusal(555, "5.5.4", f"{verb} has no parameter {keyword} here")  # RFC 5321 section 4.1.1.11
        parameters[keyword] = found[2] or ""
    return parameters


def mailbox(address: str) -> str:
    """The address by which a mailbox is found: domains have no case, and here local parts have none either."""
    local, at, domain = address.rpartition("@")
    if local.startswith('"'):  # "bob"@example.com is bob@example.com: RFC 5321 section 4.1.2
        local = re.sub(r"\\(.)", r"\1", local[1:-1])
    return f"{local}{at}{domain}".lower()


def is_postmaster(address: str) -> bool:
    """Whether it is the one mailbox that every server has: RFC 5321 section 4.5.1."""
    local = mailbox(address)
    return local == "postmaster" or local.startswith("postmaster@")


def show_path(verb: str, argument: str) -> str:
    """The path as the client wrote it, for a table; the whole argument where it is none."""
    keyword = _KEYWORD[verb].match(argument) if verb in _KEYWORD else None
    path = _PATH.match(argument, keyword.end()) if keyword else None
    return f"<{path[1]}>" if path else argument
