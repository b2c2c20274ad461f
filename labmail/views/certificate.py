"""One certificate, as a client checks it: who signed it, its days, its names. RFC 5280 section 6, RFC 9525 section 6.3.

It is read off the wire of a handshake that took place, with TLS 1.2, in which it crosses in the clear. The verdict is
OpenSSL's; the three checks say what it had before it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labmail.errors import LabError
from labmail.net.seal import CERTIFICATES, Handshake
from labmail.record import Conversation
from labmail.tls.authority import client_context
from labmail.tls.faults import named
from labmail.tls.hello import Certificate
from labmail.tls.records import Alert, read_all
from labmail.views.line import Line, meaning

if TYPE_CHECKING:
    from cryptography.x509 import Certificate as Leaf

__all__ = ["HEAD", "KINDS", "Outcome", "Way", "certificate", "context", "table", "text", "way_in"]

HEAD = ["check", "the certificate", "the client wants", "result"]
KINDS = CERTIFICATES
STARTTLS = {"smtp": 25, "submission": 587}  # RFC 3207, RFC 6409 section 3.1
IMPLICIT = {
    "submissions": 465,
    "imaps": 993,
    "pop3s": 995,
    "https": 443,
}  # RFC 8314 section 3.3; RFC 9110 section 4.2.2
CODES = {"chain": (18, 20), "dates": (9, 10), "names": (62,)}  # of OpenSSL, and what it is that fails


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one handshake; `fault` is what the client raised."""

    conversation: Conversation
    fault: OSError | None = None


@dataclass(frozen=True, kw_only=True)
class Way:
    """Where a server shows its certificate: at once, or after STARTTLS."""

    port: int
    implicit: bool


def context(ca_file: Path | None) -> Any:
    """A client that checks, or, without a CA, one that does not; each speaks the oldest TLS that is left, 1.2."""
    made = client_context(ca_file)
    made.maximum_version = made.minimum_version
    return made


def way_in(services: Iterable[str], client: str, server: str, filtered: Collection[int], port: int | None) -> Way:
    """That port, or the first one of the server's that the client can reach; `filtered` are those it cannot."""
    offered = list(services)
    ways = [Way(port=STARTTLS[name], implicit=False) for name in offered if name in STARTTLS]
    ways += [Way(port=IMPLICIT[name], implicit=True) for name in offered if name in IMPLICIT]
    if not ways:
        raise LabError(f"{server} shows no certificate to {client}: it offers {', '.join(offered) or 'nothing'}")
    wanted = [way for way in ways if port in (None, way.port)]
    if not wanted:
        raise LabError(f"{server} shows no certificate on port {port}; it does on {_ports(ways)}")
    open_ones = [way for way in ways if way.port not in filtered]
    if way := next((way for way in wanted if way in open_ones), None):
        return way
    instead = f"{_ports(open_ones)} can be reached" if open_ones else "say at=... for a host that is not at home"
    raise LabError(
        f"{client} cannot reach {server} on {_ports(wanted)}: its home provider lets nobody out there; {instead}"
    )


def _ports(ways: Iterable[Way]) -> str:
    numbers = [str(way.port) for way in ways]
    return f"port{'s' * (len(numbers) > 1)} {', '.join(numbers)}"


def certificate(
    kind: str, server: str, checked: Outcome, careless: Outcome, ca_file: Path, more: str = ""
) -> dict[str, Any]:
    """All that there is to see of it; `more` is what the code that recreates it has to say besides."""
    from cryptography import x509

    leaf = _shown(checked.conversation)
    ca = x509.load_pem_x509_certificate(ca_file.read_bytes())
    code = getattr(checked.fault, "verify_code", 0)
    wire = checked.conversation.wire
    return {
        "title": "Does the certificate hold?",
        "about": f"{server} shows it to {wire.client}, port {wire.server_port}; read off the wire of TLS 1.2.",
        "server": server,
        "client": wire.client,
        "kind": kind,
        "kinds": list(KINDS),
        "holds": checked.fault is None,
        "code": f"from labmail import widgets\n\nlab.host({server!r}).certificate = {kind!r}\n"
        f"widgets.Certificate(lab, {server!r}{more})".replace("'", '"'),
        "verdict": _verdict(checked.fault, code),
        "seen": _seen(checked.conversation),
        "careless": meaning(("tls.careless", "taken" if careless.fault is None else "refused"), client=wire.client),
        "chain": _chain(leaf, ca),
        "checks": [_chained(leaf, ca), _dated(leaf), _for_whom(leaf, server)],
    }


def _shown(conversation: Conversation) -> Leaf:
    from cryptography import x509

    for record in read_all(conversation.tls):
        for message in record.messages:
            if isinstance(message, Certificate):
                return x509.load_der_x509_certificate(message.chain[0])
    wire = conversation.wire
    raise LabError(f"{wire.server} showed {wire.client} no certificate: it did not come to TLS")


def _verdict(fault: OSError | None, code: int) -> Line:
    if fault is None:
        return {"is": "pass", "word": "accepted", "code": 0, "says": "The client goes on: the certificate holds."}
    says = str(named(fault) or fault)
    return {"is": "fail", "word": "refused", "code": code, "says": f"{says[:1].upper()}{says[1:].rstrip('.')}."}


def _seen(conversation: Conversation) -> Line:
    """What the other side of the handshake got to know of the verdict: an alert, two octets, or nothing."""
    events = conversation.events
    who = next((event.by for event in events if event.kind == "substituted"), conversation.wire.server)
    alert = next((event.value.alert for event in events if isinstance(event.value, Handshake)), "")
    records = [each for each in read_all(conversation.tls) if any(isinstance(said, Alert) for said in each.messages)]
    octets = records[-1].octets if alert and records else b""
    alert_number = f"{alert} ({octets[-1]})" if octets else alert
    word = f"alert {alert_number}" if alert else "no alert"
    told = meaning(("tls.alert", alert or "none"), ("tls.alert", "other"), who=who)
    return {"who": who, "alert": alert_number, "word": word, "octets": octets.hex(), **told}


def _chain(leaf: Leaf, ca: Leaf) -> list[Line]:
    """From the server's certificate to what the client trusts; `link` says whether one holds on to the next."""
    issuer, trusted = _name(leaf, "issuer"), _name(ca)
    signs = _signed_by(leaf, ca)
    itself = leaf.subject == leaf.issuer
    return [
        {"name": _name(leaf), "role": "the server’s certificate", "link": True, "word": "signed by"},
        {
            "name": "itself" if itself else issuer,
            "role": "who signed it",
            "link": signs,
            "word": "known" if signs else "not known",
        },
        {"name": trusted, "role": "whom the client trusts", "link": None, "word": ""},
    ]


def _chained(leaf: Leaf, ca: Leaf) -> Line:
    code = 0 if _signed_by(leaf, ca) else 18 if leaf.subject == leaf.issuer else 20
    has = "signed by itself" if code == 18 else f"signed by {_name(leaf, 'issuer')}"
    return _check("chain", "Chain", has, f"a signature of {_name(ca)}", code)


def _dated(leaf: Leaf) -> Line:
    """By the machine's clock: certificates know no other."""
    now, first, last = datetime.now(UTC), leaf.not_valid_before_utc, leaf.not_valid_after_utc
    code = 9 if now < first else 10 if now > last else 0
    return _check("dates", "Dates", f"{first:%Y-%m-%d} to {last:%Y-%m-%d}", "that today is within", code)


def _for_whom(leaf: Leaf, server: str) -> Line:
    from cryptography.x509 import DNSName, SubjectAlternativeName

    names = leaf.extensions.get_extension_for_class(SubjectAlternativeName).value.get_values_for_type(DNSName)
    return _check("names", "Names", ", ".join(names), server, 0 if server in names else 62)


def _check(key: str, name: str, has: str, wants: str, code: int) -> Line:
    told = meaning(("tls.check", f"{key}-{code or 'holds'}"))
    result = {"is": "fail" if code else "pass", "word": f"error {code}" if code else "holds", "code": code}
    return {"key": key, "name": name, "has": has, "wants": wants, **result, **told}


def _signed_by(leaf: Leaf, ca: Leaf) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        leaf.verify_directly_issued_by(ca)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _name(of: Leaf, end: str = "subject") -> str:
    """The name by which people know it."""
    from cryptography.x509 import NameOID

    name = getattr(of, end)
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME):
        if found := name.get_attributes_for_oid(oid):
            return str(found[0].value)
    return str(name.rfc4514_string())


# ---- without a browser


def table(data: dict[str, Any]) -> list[list[str]]:
    return [[check["name"], check["has"], check["wants"], check["word"]] for check in data["checks"]]


def text(data: dict[str, Any]) -> str:
    rows = [HEAD, *table(data)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    told = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    verdict = data["verdict"]
    said = f"{verdict['word']}: {verdict['says']}" + (f" OpenSSL: error {verdict['code']}." if verdict["code"] else "")
    seen = f"{data['seen']['who']} saw: {data['seen']['word']}. {data['seen']['says']}"
    return "\n".join([data["title"], data["about"], said, *told, seen, data["careless"]["says"]])
