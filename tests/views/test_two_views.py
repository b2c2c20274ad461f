"""Two views of one conversation: each line beside what the wire had of it, and nothing random in the text."""

from __future__ import annotations

import json
import smtplib
import ssl

import pytest

from labmail import Lab, cake
from labmail.views.two_views import table, text, two_views

ENDS = ("mail.example.net", "mx1.example.com")
BOB = "bob@example.com"


def seen(lab: Lab, *acts: str) -> dict:
    for act in acts:
        getattr(lab.wire(*ENDS), act)()
    lab.send(cake, BOB)
    return two_views(lab.conversation(*ENDS))


def test_under_tls_a_listener_has_records(lab: Lab) -> None:
    data = seen(lab)
    assert json.loads(json.dumps(data)) == data
    assert (data["verdict"], data["says"].split(" a ")[0]) == ("stands", "After 12 readable lines")
    walls = [row["which"] for row in data["rows"] if row["kind"] == "wall"]
    assert walls == ["begins", "stands"]
    at = [row.get("which") for row in data["rows"]]
    before, after = data["rows"][: at.index("begins")], data["rows"][at.index("stands") + 1 :]
    assert {row["seen"]["is"] for row in before} == {"open"}
    assert {row["seen"]["is"] for row in after} <= {"sealed", "sealed-tls"}
    assert all(row["seen"]["octets"].startswith("170303") for row in after if row["seen"]["first"])
    assert all(data["told"][row["seen"]["key"]]["says"] for row in before + after)
    letter = [row for row in after if row.get("part") == "text"]
    assert len({row["seen"]["record"] for row in letter}) == 1  # it went in one piece
    assert [(row["seen"]["first"], row["seen"]["last"]) for row in letter] == [
        (True, False),
        *[(False, False)] * (len(letter) - 2),
        (False, True),
    ]


def test_the_hellos_are_readable_the_rest_of_the_handshake_is_not(lab: Lab) -> None:
    shaken = [row for row in seen(lab)["rows"] if row["kind"] == "tls" and row["text"] != "TLS itself"]
    told = list(dict.fromkeys((row["by"], row["text"], row["seen"]["is"]) for row in shaken))
    assert told[:2] == [("client", "ClientHello", "hello"), ("server", "ServerHello", "hello")]
    assert ("server", "the rest of the handshake", "sealed-tls") in told
    assert bytes.fromhex(shaken[0]["seen"]["octets"]).find(b"mx1.example.com") > 0


def test_stripped_both_sides_are_the_same_but_for_one_word(lab: Lab) -> None:
    data = seen(lab, "strip")
    assert data["verdict"] == "stripped"
    differs = [row for row in data["rows"] if row["kind"] == "line" and row["text"] != row["seen"]["text"]]
    assert [(row["text"], row["seen"]["text"], row["seen"]["by"]) for row in differs] == [
        ("250-STARTTLS", "250-XXXXXXXX", "mallory.example")
    ]
    kinds = [row.get("which") or row["text"].split(" ")[0] for row in data["rows"]]
    assert kinds[kinds.index("none") + 1] == "MAIL"
    assert ".strip()" in data["code"]


def test_another_certificate_and_somebody_has_the_key(lab: Lab) -> None:
    data = seen(lab, "substitute")
    assert data["verdict"] == "stolen"
    assert {row["seen"]["by"] for row in data["rows"] if row["seen"]["is"] == "stolen"} == {"mallory.example"}
    assert "substitute('unknown CA')" in data["code"]


def test_without_tls_there_is_no_mark(lab: Lab) -> None:
    lab.host("mail.example.net").starttls = False
    data = seen(lab)
    assert data["verdict"] == "open"
    assert {row["kind"] for row in data["rows"]} == {"line"}


def test_from_the_first_octet_on(lab: Lab) -> None:
    context = ssl.create_default_context(cafile=str(lab.ca_file))
    with lab.at("laptop.example.net"), smtplib.SMTP_SSL("mail.example.net", context=context) as smtp:
        smtp.login("alice", "teaching-alice")
    data = two_views(lab.conversation("laptop.example.net", "mail.example.net"))
    assert (data["verdict"], data["rows"][0]["which"]) == ("implicit", "begins")
    crossed = "".join(row["seen"].get("octets", "") for row in data["rows"])
    assert b"teaching".hex() not in crossed


def test_a_handshake_that_fails_says_why(lab: Lab) -> None:
    lab.host("mail.example.net").certificate = "expired"
    context = ssl.create_default_context(cafile=str(lab.ca_file))
    with lab.at("laptop.example.net"), pytest.raises(ssl.SSLCertVerificationError):
        smtplib.SMTP_SSL("mail.example.net", context=context)
    data = two_views(lab.conversation("laptop.example.net", "mail.example.net"))
    assert data["verdict"] == "failed"
    assert data["rows"][-1]["text"] == "No TLS: the client refuses, certificate_expired."


def test_what_was_slipped_in_before_tls_is_seen_to_be_thrown_away(lab: Lab) -> None:
    context = ssl.create_default_context(cafile=str(lab.ca_file))
    with lab.at("laptop.example.net"), smtplib.SMTP("mail.example.net", 587) as smtp:
        smtp.ehlo()
        smtp.send(b"STARTTLS\r\nRSET\r\n")
        assert smtp.getreply()[0] == 220
        smtp.sock = context.wrap_socket(smtp.sock, server_hostname="mail.example.net")
        smtp.file = None
    data = two_views(lab.conversation("laptop.example.net", "mail.example.net"))
    assert ["C", "RSET", "readable; the server throws it away"] in table(data)


@pytest.mark.parametrize("act", [(), ("strip",), ("substitute",)], ids=str)
def test_the_text_is_the_same_on_every_run(lab: Lab, act: tuple[str, ...]) -> None:
    first = text(seen(lab, *act))
    lab.reset()
    assert text(seen(lab, *act)) == first
    assert "octets" not in first and "17 03" not in first


def test_the_table_has_types_and_directions(lab: Lab) -> None:
    rows = table(seen(lab))
    assert ["C", "ClientHello", "readable"] in rows
    assert ["S", "the rest of the handshake", "sealed: application_data"] in rows
    assert ["C", "QUIT", "sealed: application_data"] in rows
    assert "TLS itself" not in [row[1] for row in rows]
