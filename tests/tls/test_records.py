"""What crossed the wire, octet by octet: no gap, no exception whatever comes, and what is sealed stays sealed."""

from __future__ import annotations

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labmail.tls import Authority
from labmail.tls.authority import client_context
from labmail.tls.hello import Certificate, ClientHello, Message, ServerHello
from labmail.tls.records import KEYS, Alert, Record, read, read_all
from tests.tls.shake import HOST, shake


def crossed(authority: Authority, version: ssl.TLSVersion, kind: str = "good") -> tuple[Record, ...]:
    client = client_context(authority.ca_file)
    client.maximum_version = version
    return read_all(shake(authority.context(HOST, kind), client).crossed)


def covers(record: Record) -> bool:
    ends = [0, *(field.end for field in record.fields)]
    return [field.offset for field in record.fields] == ends[:-1] and ends[-1] == len(record.octets)


def test_the_hellos_of_tls_1_3(authority: Authority) -> None:
    records = crossed(authority, ssl.TLSVersion.TLSv1_3)
    assert [(record.type, record.sealed) for record in records[:4]] == [
        ("handshake", False),
        ("handshake", False),
        ("change_cipher_spec", False),
        ("application_data", True),
    ]
    assert all(map(covers, records))
    [hello], [answer] = records[0].messages, records[1].messages
    assert isinstance(hello, ClientHello) and isinstance(answer, ServerHello)
    assert hello.server_name == HOST
    assert hello.versions == ("TLS 1.3", "TLS 1.2")
    assert answer.version == "TLS 1.3"
    assert answer.suite in hello.suites and answer.group in hello.groups
    assert not answer.retry
    assert not any(isinstance(m, Certificate) for record in records for m in record.messages)  # sealed: RFC 8446


def test_the_certificate_of_tls_1_2_is_for_everybody(authority: Authority) -> None:
    records = crossed(authority, ssl.TLSVersion.TLSv1_2)
    messages = [message for record in records for message in record.messages]
    [shown] = [each for each in messages if isinstance(each, Certificate)]
    assert HOST.encode() in shown.chain[0]
    assert [each.name for each in messages if isinstance(each, Message)] == [
        "server_key_exchange",
        "server_hello_done",
        "client_key_exchange",
    ]
    sealed = [record for record in records if record.sealed]
    assert {record.type for record in sealed} == {"handshake"}  # the Finished of both, after change_cipher_spec
    assert len(sealed) == 2
    assert all(map(covers, records))


def test_the_names_and_places_of_fields(authority: Authority) -> None:
    fields = crossed(authority, ssl.TLSVersion.TLSv1_3)[0].fields
    assert [(f.name, f.offset, f.length, f.value) for f in fields[:3]] == [
        ("type", 0, 1, "handshake"),
        ("version", 1, 2, "TLS 1.0"),  # for old middle boxes
        ("length", 3, 2, str(fields[-1].end - 5)),
    ]
    [name] = [field for field in fields if field.key == "server-name"]
    assert name.value == HOST
    assert all(field.rfc.startswith("RFC ") for field in fields)


def test_an_alert_in_the_clear(authority: Authority) -> None:
    records = crossed(authority, ssl.TLSVersion.TLSv1_2, "expired")
    assert records[-1].messages == (Alert(level="fatal", description="certificate_expired"),)


@given(st.binary(max_size=300))
def test_any_octets(octets: bytes) -> None:
    assert covers(read(octets))


@given(st.binary(max_size=200), st.integers(0, 30), st.sampled_from([1, 2, 11, 0, 99]))
def test_any_message(octets: bytes, more: int, kind: int) -> None:
    body = bytes([kind]) + (len(octets) + more - 15).to_bytes(3, "big", signed=False) if len(octets) > 15 else b""
    record = read(b"\x16\x03\x01" + len(body + octets).to_bytes(2, "big") + body + octets)
    assert covers(record)


@pytest.mark.parametrize("cut", [0, 3, 5, 9, 40, 77, 120])
def test_a_record_cut_short(authority: Authority, cut: int) -> None:
    whole = crossed(authority, ssl.TLSVersion.TLSv1_3)[0].octets[:cut]
    record = read(whole)
    assert covers(record)
    assert not whole or record.fields[-1].key in ("rest", "type", "length", "record-version", "message-length")


def test_every_key_is_known(authority: Authority) -> None:
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        assert {field.key for record in crossed(authority, version) for field in record.fields} <= set(KEYS)
