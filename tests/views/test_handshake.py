"""A handshake as data: every octet has a field, every field a meaning, and the text is the same on every machine."""

from __future__ import annotations

import json
import smtplib
import ssl
from collections.abc import Iterator

import pytest

from labmail import Lab, LabError, cake, explain
from labmail.tls.records import KEYS
from labmail.views.handshake import handshake, text

ENDS = ("mail.example.net", "mx1.example.com")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


@pytest.fixture
def new(lab: Lab) -> dict:
    lab.reset()
    lab.send(cake, "bob@example.com")
    return handshake(lab.conversation(*ENDS))


@pytest.fixture
def old(lab: Lab) -> dict:
    """The same with TLS 1.2."""
    lab.reset()
    context = ssl.create_default_context(cafile=str(lab.ca_file))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with lab.at(ENDS[0]), smtplib.SMTP(ENDS[1]) as smtp:
        smtp.starttls(context=context)
    return handshake(lab.conversation(*ENDS))


def facts(data: dict) -> dict[str, str]:
    return {fact["name"]: fact["value"] for fact in data["facts"]}


def test_every_octet_has_one_field_and_every_field_a_meaning(new: dict, old: dict) -> None:
    for data in (new, old):
        assert json.loads(json.dumps(data)) == data
        for record in data["records"]:
            ends = [0, *(field["at"] + field["size"] for field in record["fields"])]
            assert [field["at"] for field in record["fields"]] == ends[:-1]
            assert ends[-1] == len(record["octets"]) // 2
            assert record["says"]
        for told in data["meanings"].values():
            assert told["says"] and told["rfc"]


def test_each_kind_of_field_is_explained_where_its_rfc_does_it() -> None:
    assert set(explain.kinds()["tls.field"]) == set(KEYS)
    for key, place in KEYS.items():
        assert explain.find("tls.field", key).reference == place


def test_what_it_answers_in_short(new: dict, old: dict) -> None:
    told = facts(new)
    assert (told["Server’s name"], told["Version"], told["Certificate"]) == (ENDS[1], "TLS 1.3", "sealed")
    told = facts(old)
    assert (told["Version"], told["Certificate"]) == ("TLS 1.2", "in the clear")
    for data in (new, old):
        places = {field["id"] for record in data["records"] for field in record["fields"]}
        assert {fact["at"] for fact in data["facts"]} <= places


def test_nothing_of_the_dialog_is_in_it(new: dict) -> None:
    assert new["records"][0]["head"] == "ClientHello"
    sealed = [record["by"] for record in new["records"] if record["sealed"]]
    assert sealed[-1] == "client" and sealed.count("client") == 1  # its Finished, and no line


def test_the_text_is_the_same_on_every_machine(lab: Lab, new: dict) -> None:
    lab.reset()
    lab.send(cake, "bob@example.com")
    assert text(handshake(lab.conversation(*ENDS))) == text(new)
    assert (
        text(new).split("\n")[3]
        == "C  ClientHello                readable     TLS 1.3, TLS 1.2; looks for mx1.example.com"
    )


def test_in_tls_1_2_the_certificate_is_for_everybody(old: dict) -> None:
    assert "1 certificate, for everybody to see" in text(old)


def test_a_conversation_without_tls_gets_a_sentence(lab: Lab) -> None:
    lab.reset()
    lab.wire(*ENDS).strip()
    lab.send(cake, "bob@example.com")
    with pytest.raises(LabError, match=r"nothing to take apart: .* spoke without TLS on port 25"):
        handshake(lab.conversation(*ENDS))
