"""labmail.verify: all three checks of any message, as a table, as a header field, and never as an exception."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import labmail
from labmail import Lab, authres, cake, dmarc, spf
from labmail.verdicts import Verdicts, author_domains
from tests.dkim.letters import NAME, NOW, altered, key, signed
from tests.spf.zone import Zone

ZONE: dict[str, list[Any]] = {
    "alumni.example": [("TXT", "v=spf1 ip4:203.0.113.80 -all")],
    "_dmarc.example.net": [("TXT", "v=DMARC1; p=reject; t=y")],
    NAME: [("TXT", key("ed25519").record)],
}


def judged(letter: object, **more: Any) -> Verdicts:
    about = {"ip": "203.0.113.80", "helo": "list.alumni.example", "mail_from": "bounce@alumni.example"}
    return labmail.verify(letter, **{**about, "resolver": Zone(ZONE), "now": NOW, **more})


def test_a_table_and_a_field() -> None:
    found = judged(altered(signed(type="ed25519"), b"cake!", b"cake."), receiver="mx1.example.com")
    assert repr(found) == (
        "<bounce@alumni.example> from 203.0.113.80 (list.alumni.example)\n\n"
        "spf     pass   alumni.example   ip4:203.0.113.80 matched\n"
        "dkim    fail   example.net      the body is not the one that was signed: its hash differs from bh=\n"
        "dmarc   fail   example.net      "
        "example.net asks for p=reject, in test mode quarantine; should do: quarantine"
    )
    assert found.results == (
        "mx1.example.com; spf=pass smtp.mailfrom=bounce@alumni.example; dkim=fail header.d=example.net header.s=s1;"
        " dmarc=fail header.from=example.net"
    )
    assert authres.read(found.field + b"\r\n")[0].get("dkim")[0].result == "fail"
    assert found.passed == ("spf",)
    assert found.disposition == ""


def test_who_vouches() -> None:
    found = judged(signed(type="ed25519"))
    assert repr(found).splitlines()[-1].split(None, 3)[-1] == "vouched for by dkim for example.net"
    assert found.passed == ("spf", "dkim", "dmarc")


def test_nothing_to_go_by() -> None:
    found = judged(cake, mail_from="<>", helo="nobody.test", resolver=Zone({}))
    assert repr(found).splitlines()[2:] == [
        "spf     none   nobody.test   no SPF record",
        "dkim    none   -             nobody signed it",
        "dmarc   none   example.net   no DMARC record",
    ]
    assert found.results == "unknown; spf=none smtp.helo=nobody.test; dkim=none; dmarc=none header.from=example.net"


def test_a_fault_is_named() -> None:
    found = judged(cake, resolver=Zone({**ZONE, "alumni.example": [("TXT", "v=spf1 ip4:203.0.113.300")]}))
    assert repr(found).splitlines()[2].startswith("spf     permerror   alumni.example   this is no IPv4 address")


def test_of_a_letter_in_a_mailbox_as_its_server_saw_it(lab: Lab) -> None:
    lab.send(cake, "bob@example.com")
    [letter] = lab.mailbox("bob@example.com")
    with lab.at("mx1.example.com"):
        again = labmail.verify(
            letter, ip="192.0.2.67", helo="mail.example.net", mail_from="alice@example.net", resolver=lab.resolver
        )
    [event] = lab.record.filter(kind="verdict", by="mx1.example.com")
    assert again.results.partition(";")[2] == event.value.results.partition(";")[2]
    assert repr(again) == repr(event.value)
    assert again.dkim is not None and again.dkim.at == lab.clock.now.timestamp()


@pytest.mark.parametrize(
    ("head", "domains"),
    [
        ("From: Alice <alice@example.net>", ["example.net"]),
        ("From: alice@example.net, Bob <bob@example.com>", ["example.net", "example.com"]),
        ("From: a@one.test\r\nFROM: b@two.test", ["one.test", "two.test"]),
        ('From: "bank@bank.test" <mallory@mallory.example>', ["mallory.example"]),
        ("From: (bank@bank.test) mallory@mallory.example", ["mallory.example"]),
        ("From: The bakers: a@one.test, b@one.test;", ["one.test"]),
        ("From: <@route.test:alice@example.net>", ["example.net"]),
        ("From: alice\r\n\t@example.net", ["example.net"]),
        ("From: Alice", []),
        ("From:", []),
        ("Subject: nobody", []),
        ("From: alice@müller.test", ["müller.test"]),
    ],
)
def test_the_domains_of_the_authors(head: str, domains: list[str]) -> None:
    assert author_domains(f"{head}\r\n\r\nFrom: in@the.body\r\n".encode()) == domains


def test_several_authors_are_no_author() -> None:
    found = judged(b"From: alice@example.net, mallory@mallory.example\r\n\r\nx\r\n")
    assert found.dmarc is not None and (found.dmarc.result, found.dmarc.why) == (
        "none", "From: names more than one domain",
    )  # fmt: skip


def test_no_check_is_made_twice() -> None:
    by_spf = spf.check("203.0.113.80", "x", "bounce@alumni.example", Zone(ZONE))
    where = Zone({name: records for name, records in ZONE.items() if name != "alumni.example"})
    assert judged(cake, resolver=where, known=by_spf).spf is by_spf
    assert not [name for name, _ in where.asked if name == "alumni.example"]


# ---- never an exception

FAULTS = ("", "TIMEOUT", "SERVFAIL")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_verdict_for_each_message_of_others(conformance: Callable[[str], Path], fault: str) -> None:
    files = [path for path in sorted(conformance("messages").rglob("*")) if path.is_file() and path.suffix != ".json"]
    assert len(files) > 100

    class Down(Zone):
        def lookup(self, name: str, type: str) -> Any:
            answer = super().lookup(name, type)
            return answer if answer.records or not fault else type_of(answer, fault)

    for path in files:
        found = judged(path.read_bytes(), resolver=Down(ZONE))
        assert found.spf and found.dkim and found.dmarc
        assert found.dmarc.result in dmarc.RESULTS
        assert repr(found) and found.field.endswith(b"\r\n") and found.field.count(b"\r\n\r\n") == 0
        assert not authres.read(found.field + b"\r\n")[0].fault, path


def type_of(answer: Any, rcode: str) -> Any:
    from dataclasses import replace

    return replace(answer, rcode=rcode)


@given(head=st.text(max_size=200), helo=st.text(max_size=60), sender=st.text(max_size=60), txt=st.text(max_size=100))
def test_a_verdict_for_anything(head: str, helo: str, sender: str, txt: str) -> None:
    where = Zone({"example.net": [("TXT", txt)], "_dmarc.example.net": [("TXT", txt)]})
    letter = f"From: {head}\r\nDKIM-Signature: {txt}\r\n\r\n{head}".encode("utf-8", "replace")
    found = judged(letter, helo=helo, mail_from=sender, resolver=where)
    assert repr(found)
    assert not authres.read(found.field + b"\r\n")[0].fault
