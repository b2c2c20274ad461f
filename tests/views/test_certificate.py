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
