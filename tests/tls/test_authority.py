"""The shelf: each bad certificate fails for a reason of its own, named at the client, an alert at the server."""

from __future__ import annotations

import ssl
import stat
import time
from pathlib import Path

import pytest

from labmail import LabError
from labmail.net.seal import CERTIFICATES
from labmail.tls import Authority, faults
from labmail.tls.authority import client_context
from tests.tls.shake import HOST, shake

VERSIONS = {"TLS 1.2": ssl.TLSVersion.TLSv1_2, "TLS 1.3": ssl.TLSVersion.TLSv1_3}
BAD = {
    "expired": (10, faults.Expired, "certificate_expired"),
    "not yet valid": (9, faults.NotYetValid, "bad_certificate"),
    "wrong host": (62, faults.WrongHost, "bad_certificate"),
    "unknown CA": (20, faults.UnknownCA, "unknown_ca"),
    "self-signed": (18, faults.SelfSigned, "unknown_ca"),
}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_good_one(authority: Authority, version: str) -> None:
    client = client_context(authority.ca_file)
    client.maximum_version = VERSIONS[version]
    done = shake(authority.context(HOST), client)
    assert done.fault is None
    assert done.handshake is not None and done.handshake.success
    assert done.handshake.version == version


@pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS)
@pytest.mark.parametrize("kind", BAD)
def test_a_bad_one(authority: Authority, kind: str, version: ssl.TLSVersion) -> None:
    code, name, alert = BAD[kind]
    client = client_context(authority.ca_file)
    client.maximum_version = version
    done = shake(authority.context(HOST, kind), client)
    assert isinstance(done.fault, ssl.SSLCertVerificationError)
    assert done.fault.verify_code == code
    found = faults.named(done.fault)
    assert type(found) is name and found.verify_code == code
    assert done.handshake is not None
    assert (done.handshake.success, done.handshake.alert) == (False, alert)


def test_each_kind_is_on_the_shelf() -> None:
    assert set(CERTIFICATES) == {"good", *BAD}
    assert {code for code, _, _ in BAD.values()} == set(faults.FAULTS)


@pytest.mark.parametrize("kind", CERTIFICATES)
def test_who_does_not_ask_takes_any(authority: Authority, kind: str) -> None:
    assert shake(authority.context(HOST, kind), client_context(None)).fault is None


def test_a_strict_client_is_content(authority: Authority) -> None:
    """As Python 3.13 makes one by default: RFC 5280 to the letter."""
    client = client_context(authority.ca_file)
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    assert shake(authority.context(HOST), client).fault is None


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", HOST])
def test_the_names_of_an_exposed_service(authority: Authority, name: str) -> None:
    client = client_context(authority.ca_file)
    assert shake(authority.context(HOST, exposed=True), client, name).fault is None
    inside = shake(authority.context(HOST), client, name)
    assert (inside.fault is None) == (name == HOST)


def test_the_older_versions_are_refused(authority: Authority) -> None:
    assert authority.context(HOST).minimum_version == ssl.TLSVersion.TLSv1_2


def test_the_same_until_the_end() -> None:
    authority = Authority()
    first = authority.context(HOST)
    assert authority.context(HOST) is first
    file, pem = authority.ca_file, authority.ca_file.read_bytes()
    assert authority.ca_file == file and file.read_bytes() == pem
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert {each.name for each in file.parent.iterdir()} == {"ca.pem", "keys.txt"}  # no private key is left
    shake(first, client_context(file))
    authority.close()
    authority.close()
    assert not file.parent.exists()
    assert "SERVER_HANDSHAKE_TRAFFIC_SECRET" in authority.key_log()
    with pytest.raises(LabError, match="has stopped"):
        authority.context("mx2.example.com")


def test_nothing_is_made_before_it_is_needed() -> None:
    before = time.perf_counter()
    authority = Authority()
    assert time.perf_counter() - before < 0.01
    assert authority.key_log() == ""
    authority.close()
    assert not [each for each in vars(authority).values() if isinstance(each, Path)]


def test_the_fault_has_its_name_for_any_client(authority: Authority) -> None:
    done = shake(authority.context(HOST, "expired"), client_context(authority.ca_file))
    assert done.fault is not None
    with pytest.raises(faults.Expired, match="has expired"), faults.checking():
        raise done.fault
    with pytest.raises(ConnectionError), faults.checking():
        raise ConnectionError
