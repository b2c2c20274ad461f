"""A certificate under check: OpenSSL's verdict and the three checks agree, for each one on the shelf."""

from __future__ import annotations

import json

import pytest

from labmail import Lab, LabError
from labmail.widgets import Certificate

MX = "mx1.example.com"
FAILS = {
    "good": ("", 0),
    "expired": ("dates", 10),
    "not yet valid": ("dates", 9),
    "wrong host": ("names", 62),
    "unknown CA": ("chain", 20),
    "self-signed": ("chain", 18),
}


ALERTS = {10: "certificate_expired (45)", 9: "bad_certificate (42)", 62: "bad_certificate (42)"}
ALERTS |= {20: "unknown_ca (48)", 18: "unknown_ca (48)"}  # OpenSSL's choice among those of RFC 8446 section 6.2


@pytest.mark.parametrize("kind", FAILS)
def test_what_fails_and_why(lab: Lab, kind: str) -> None:
    face = Certificate(lab, MX)
    face.choose(kind)
    assert lab.host(MX).certificate == kind
    data = face.data
    assert json.loads(json.dumps(data)) == data
    check, code = FAILS[kind]
    assert data["verdict"]["code"] == code
    assert {each["key"]: each["code"] for each in data["checks"] if each["code"]} == ({check: code} if code else {})
    assert data["holds"] is (not code)
    assert [node["link"] for node in data["chain"]] == [True, check != "chain", None]
    for each in data["checks"]:
        assert each["says"] and each["rfc"]
    assert "went on" in data["careless"]["says"]


@pytest.mark.parametrize("kind", FAILS)
def test_what_the_server_saw_of_it(lab: Lab, kind: str) -> None:
    """The alert crossed the wire and stands on the timeline; of a client that accepts, nothing."""
    face = Certificate(lab, MX)
    face.choose(kind)
    seen, code = face.data["seen"], FAILS[kind][1]
    assert seen["who"] == MX
    assert seen["word"] == (f"alert {ALERTS[code]}" if code else "no alert")
    assert seen["says"] and seen["rfc"]
    assert seen["octets"].startswith("150303000202") == bool(code)
    alerts = [event.value.alert for event in lab.record.filter(kind="tls", by="mail.example.net")]
    assert [f"alert {alert}" for alert in alerts] == ([seen["word"].rpartition(" ")[0]] if code else [])
    assert f"{MX} saw: {seen['word']}. " in repr(face)


def test_whoever_sits_between_gets_the_alert(lab: Lab) -> None:
    lab.wire("mail.example.net", MX).substitute("expired")
    assert Certificate(lab, MX).data["seen"]["who"] == "mallory.example"


@pytest.mark.parametrize("port", [None, 25, 465, 587, 993, 995])
def test_any_port_that_shows_one(lab: Lab, port: int | None) -> None:
    face = Certificate(lab, "mail.example.net", at="outside.example", port=port)
    assert f"port {port or 25};" in face.data["about"]
    assert face.data["holds"]
    face.choose("self-signed")
    assert face.data["verdict"]["code"] == 18
    assert face.data["seen"]["word"] == "alert unknown_ca (48)"


def test_from_home_it_asks_where_it_can(lab: Lab) -> None:
    home = "laptop.example.net"
    face = Certificate(lab, "mail.example.net", at=home)
    assert "to laptop.example.net, port 587;" in face.data["about"]
    assert face.data["code"].endswith('widgets.Certificate(lab, "mail.example.net", at="laptop.example.net")')
    with pytest.raises(LabError, match="on port 25: its home provider .* ports 587, 465, 995, 993 can be reached"):
        Certificate(lab, "mail.example.net", at=home, port=25)
    with pytest.raises(LabError, match=r"laptop.example.net cannot reach mx1.* say at=... for a host that is not"):
        Certificate(lab, MX, at=home)
    with pytest.raises(LabError, match="shows no certificate on port 80; it does on ports 25, 587"):
        Certificate(lab, "mail.example.net", port=80)
    lab.isp().filters = []
    assert "port 25;" in Certificate(lab, MX, at=home).data["about"]


def test_the_shelf_is_whole(lab: Lab) -> None:
    assert set(Certificate(lab, MX).data["kinds"]) == set(FAILS)


def test_it_is_read_off_the_wire(lab: Lab) -> None:
    """So whoever sits between shows theirs, and the server's setting stays."""
    lab.wire("mail.example.net", MX).substitute("self-signed")
    data = Certificate(lab, MX).data
    assert (data["kind"], data["verdict"]["code"]) == ("good", 18)


def test_the_text_is_the_same_on_every_run(lab: Lab) -> None:
    first = repr(Certificate(lab, MX))
    lab.reset()
    assert repr(Certificate(lab, MX)) == first
    assert "2020-01-01 to 2049-12-31" in first


def test_who_has_none_to_show_gets_a_sentence(lab: Lab) -> None:
    with pytest.raises(LabError, match="phone.example.com shows no certificate .* it offers nothing"):
        Certificate(lab, "phone.example.com")
    lab.host(MX).starttls = False
    with pytest.raises(LabError, match="offers no TLS"):
        Certificate(lab, MX)
    lab.host(MX).stop()
    with pytest.raises(LabError, match="does not answer on port 25"):
        Certificate(lab, MX)
