"""The handshake of one conversation, octet by octet: each record that crossed, each field in it, and what it is for.

What is in the clear is taken apart, what is sealed is one field. RFC 8446 section 4, RFC 5246 section 7.4.
"""

from __future__ import annotations

from typing import Any

from labmail.errors import LabError
from labmail.record import Conversation
from labmail.tls.hello import Certificate, ClientHello, ServerHello
from labmail.tls.records import Field, Record, read_all
from labmail.views.line import Line, meaning
from labmail.views.reading import is_dialog
from labmail.views.shake import said_by

__all__ = ["HEAD", "handshake", "table", "text"]

HEAD = ["", "message", "on the wire", "what it says"]
RANDOM = ("random", "session-id", "key-share", "extension", "sealed", "certificate")  # their octets are for machines


def handshake(conversation: Conversation) -> dict[str, Any]:
    """All that crossed until TLS stood."""
    is_dialog(conversation)
    wire = conversation.wire
    records = _records(conversation)
    if not records:
        raise LabError(
            f"nothing to take apart: {wire.client} and {wire.server} spoke without TLS on port {wire.server_port}"
        )
    told = [_record(number, record, wire.client) for number, record in enumerate(records)]
    keys = {field["key"] for record in told for field in record["fields"]}
    facts = _facts(records)
    return {
        "title": "How the two agree on keys",
        "about": f"{wire.client} to {wire.server}, port {wire.server_port}: the handshake of TLS, octet by octet.",
        "client": wire.client,
        "server": wire.server,
        "records": told,
        "meanings": {key: meaning(("tls.field", key)) for key in sorted(keys)},
        "facts": [{**fact, "at": _place(told, fact["key"])} for fact in facts],
        "code": f'from labmail import widgets\n\nwidgets.Handshake(lab.conversation("{wire.client}", "{wire.server}"))',
    }


def _records(conversation: Conversation) -> list[Record]:
    """Those of the handshake: what crossed before TLS stood, or before it failed."""
    stands = next((event.number for event in conversation.events if event.kind == "tls"), None)
    carried = {event.sealed for event in conversation.events if event.sealed}
    return [
        record
        for record in read_all(conversation.tls)
        if record.crossed
        and record.crossed.number not in carried
        and (stands is None or record.crossed.after < stands or not record.sealed)
    ]


def _record(number: int, record: Record, client: str) -> Line:
    key, says = said_by(record)
    by = record.crossed.by if record.crossed else ""
    return {
        "n": number,
        "by": "client" if by == client else "server",
        "head": says,
        "from": by,
        "sealed": record.sealed,
        "octets": record.octets.hex(),
        "plain": _plain(record),
        **meaning(("tls.part", key), ("tls.part", "other")),
        "fields": [_field(number, field) for field in record.fields],
    }


def _field(number: int, field: Field) -> Line:
    return {
        "id": f"{number}.{field.offset}",
        "name": field.name,
        "value": f"{field.length} octet{'s' * (field.length != 1)}"
        if field.key in RANDOM and _dark(field)
        else field.value,
        "at": field.offset,
        "size": field.length,
        "depth": field.depth,
        "key": field.key,
    }


def _dark(field: Field) -> bool:
    """Whether its value is octets alone."""
    return len(field.value) > 16 and all(each in "0123456789abcdef" for each in field.value)


def _plain(record: Record) -> str:
    """What it says, as far as that is the same on every machine."""
    said = []
    for message in record.messages:
        if isinstance(message, ClientHello):
            said.append(f"{', '.join(message.versions)}; looks for {message.server_name or 'no host by name'}")
        elif isinstance(message, ServerHello):
            said.append(f"{message.version}, {message.suite}")
        elif isinstance(message, Certificate):
            count = len(message.chain)
            said.append(f"{count} certificate{'s' * (count != 1)}, for everybody to see")
    return "; ".join(said)


def _facts(records: list[Record]) -> list[Line]:
    """The questions that a handshake answers, in short; `key` names the field that answers each."""
    messages = [message for record in records for message in record.messages]
    offered = next((each for each in messages if isinstance(each, ClientHello)), None)
    chosen = next((each for each in messages if isinstance(each, ServerHello)), None)
    shown = any(isinstance(each, Certificate) for each in messages)
    facts: list[Line] = []
    if offered:
        facts.append(
            {"name": "Server’s name", "value": offered.server_name or "not told", "key": "server-name", "open": True}
        )
        facts.append(
            {"name": "Ciphers offered", "value": str(len(offered.suites)), "key": "suites-length", "open": True}
        )
    if chosen:
        facts.append({"name": "Version", "value": chosen.version, "key": _version_key(chosen), "open": True})
        facts.append({"name": "Cipher chosen", "value": chosen.suite, "key": "suite-chosen", "open": True})
        value = "in the clear" if shown else "sealed"
        facts.append(
            {"name": "Certificate", "value": value, "key": "certificate" if shown else "sealed", "open": shown}
        )
    return facts


def _version_key(chosen: ServerHello) -> str:
    return "version-chosen" if "supported_versions" in chosen.extensions else "hello-version"


def _place(records: list[Line], key: str) -> str:
    """The last field of that kind in the clear, the first of those that are sealed."""
    found: list[str] = [field["id"] for record in records for field in record["fields"] if field["key"] == key]
    return (found[0] if key in ("sealed", "certificate") else found[-1]) if found else ""


# ---- without a browser


def table(data: dict[str, Any]) -> list[list[str]]:
    """A row for each message; how many records are sealed is OpenSSL's affair, so alike ones are one row."""
    rows: list[list[str]] = []
    for record in data["records"]:
        who = "C" if record["by"] == "client" else "S"
        row = [who, record["head"], "sealed" if record["sealed"] else "readable", record["plain"]]
        if not rows or row != rows[-1]:
            rows.append(row)
    return rows


def text(data: dict[str, Any]) -> str:
    rows = [HEAD, *table(data)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]) for row in rows
    ]
    return "\n".join([data["title"], data["about"], *(line.rstrip() for line in lines)])
