"""The DNS explorer without a browser: its acts on a real lab, and the code that comes to the same."""

import json

import pytest

from labmail import Lab, LabError
from labmail.widgets import DnsExplorer

WRONG = "mx1 CNAME mail\n"


@pytest.fixture
def lab():
    with Lab(memory=True) as lab:
        yield lab


@pytest.fixture
def face(lab):
    return DnsExplorer(lab)


def outcomes(face: DnsExplorer) -> list[tuple[str, str]]:
    return [(row["host"], row["result"]["word"]) for row in face.data["order"]["rows"]]


def test_it_asks_at_once_and_shows_every_octet(face):
    assert face.data["title"] == "Which hosts take mail for example.com?"
    assert [entry["n"] for entry in face.log] == [1, 4, 5]
    assert [shown["size"] for shown in face.log[0]["packets"]] == [29, 101]
    assert outcomes(face) == [("mx1.example.com", "not tried"), ("mx2.example.com", "not tried")]
    assert [entry["left"] for entry in face.data["memory"]] == [300, 300, 300]
    json.dumps(face.data)


def test_an_earlier_question_of_the_same_host_is_shown_with_its_packets(lab):
    with lab.at("mail.example.net"):
        lab.dig("example.com", "MX")
    assert "000c  example.com, MX, IN" in repr(DnsExplorer(lab))


def test_the_result_of_asking_is_the_exchange_to_show(face):
    number = face.ask("  nobody.example.com ", "A")
    shown = next(entry for entry in face.log + face._log if entry["n"] == number)
    assert (shown["name"], shown["type"]) == ("nobody.example.com", "A")
    assert shown["said"] == "no such name: nobody.example.com"
    assert face.data["asked"] == {"name": "nobody.example.com", "type": "A"}
    again = face.ask("nobody.example.com", "A")  # remembered: negative caching
    assert again > number
    assert face._log[-1]["packets"] == []
    face.advance()
    face.ask("nobody.example.com", "A")
    assert len(face._log[-1]["packets"]) == 2


@pytest.mark.parametrize("name", ["", "exa mple..com", "x" * 64, "käse.example"])
@pytest.mark.parametrize("type", ["MX", "A"])
def test_nonsense_gets_a_sentence_and_asks_nobody(lab, face, name, type):
    before = len(lab.record)
    assert face.ask(name, type) is None
    assert "no domain name" in face.data["words"]["ask"]
    assert len(lab.record) == before
    face.ask("example.com", "A")
    assert face.data["words"]["ask"] == ""


def test_a_wrong_zone_is_told_by_line_and_rule_and_the_old_one_answers(lab, face):
    old = lab.zone("example.com").text
    assert face.publish(old + WRONG) is False
    wrong = face.data["words"]["zone"]
    assert wrong["line"] == len(old.splitlines()) + 1
    assert wrong["says"].startswith(f"Line {wrong['line']} gives mx1 an alias")
    assert wrong["rfc"] == {
        "name": "RFC 1034 section 3.6.2",
        "href": "https://www.rfc-editor.org/rfc/rfc1034#section-3.6.2",
    }
    assert lab.zone("example.com").text == face.data["zone"] == old


def test_a_zone_without_a_soa_has_no_line_to_blame(face):
    face.publish("@ NS ns.example.\n")
    assert face.data["words"]["zone"]["line"] is None
    assert "SOA" in face.data["words"]["zone"]["says"]


def test_a_right_zone_answers_from_now_on(lab, face):
    assert face.publish(lab.zone("example.com").text.replace("10 mx1", "30 mx1")) is True
    assert "serial number 2" in face.data["words"]["published"]["says"]
    assert face.data["words"]["zone"] is None
    face.ask("example.com", "MX")
    assert outcomes(face)[0] == ("mx1.example.com", "not tried")  # remembered still
    face.advance()
    face.ask("example.com", "MX")
    assert outcomes(face)[0] == ("mx2.example.com", "not tried")


def test_a_host_is_stopped_and_the_letter_goes_to_the_next(lab, face):
    face.switch("mx1.example.com", up=False)
    assert face.data["up"] == {"mx1.example.com": False, "mx2.example.com": True}
    face.deliver()
    assert outcomes(face) == [("mx1.example.com", "refused"), ("mx2.example.com", "delivered")]
    assert len(lab.mailbox("bob@example.com")) == 1
    face.switch("mx1.example.com", up=True)
    assert lab.host("mx1.example.com").up
    face.deliver()
    assert outcomes(face) == [("mx1.example.com", "delivered"), ("mx2.example.com", "not tried")]


def test_a_letter_goes_to_the_domain_that_was_asked_for(lab, face):
    face.ask("nomail.example", "MX")
    assert face.data["to"] == "postmaster@nomail.example"
    face.deliver()
    assert face.data["order"]["rows"] == []
    assert "no mail here" in face.data["order"]["says"]


def test_a_fault_of_the_lab_reaches_the_browser_as_a_sentence(face):
    with pytest.raises(LabError, match="no host of this lab"):
        face.switch("mx9.example.com", up=False)


def test_after_a_reset_it_says_so(lab, face):
    lab.reset()
    assert face.data["over"] == "This is of an earlier run: the lab was reset since."


ACTS = {
    "nothing": lambda face: None,
    "another question": lambda face: (face.ask("nobody.example.com", "A"), face.ask("example.org", "MX")),
    "an edit": lambda face: face.publish(face.data["zone"] + 'say TXT "a \\"word\\" and a \\\\ sign"\n'),
    "a stop": lambda face: (face.switch("mx1.example.com", up=False), face.deliver()),
    "a stop alone": lambda face: face.switch("mx1.example.com", up=False),
    "a start": lambda face: [face.switch("mx1.example.com", up=up) for up in (False, True, True)],
    "time": lambda face: (face.ask("example.net", "TXT"), face.advance(), face.ask("example.net", "TXT")),
    "a mistake": lambda face: (face.publish("nonsense"), face.ask("exa mple..com", "MX")),
}


@pytest.mark.parametrize("act", ACTS)
def test_the_code_that_recreates_it_runs_and_comes_to_the_same(face, lab, act):
    ACTS[act](face)
    with Lab(memory=True) as fresh:
        found = {"lab": fresh}
        setup, _, shown = face.data["code"].rpartition("\n")
        exec(setup, found)
        again = eval(shown, found)
        assert again._repr_mimebundle_()[0]["text/plain"] == repr(face)
        for key in ("asked", "zone", "up", "clock", "to", "order", "memory"):
            assert again.data[key] == face.data[key], key
        assert [entry["title"] for entry in again._log] == [entry["title"] for entry in face._log]


def test_without_a_browser_it_is_a_text_and_a_table(face):
    bundle, _ = face._repr_mimebundle_()
    lines = bundle["text/plain"].split("\n")
    assert lines[0] == "Which hosts take mail for example.com?"
    assert len(lines) <= 20
    assert "To be tried in this order" in lines
    assert bundle["text/html"].count("<tr>") == 1 + 44
    assert "Compression" not in bundle["text/html"]


def test_the_log_keeps_the_latest(face):
    for number in range(25):
        face.ask(f"host{number}.example.com", "A")
    told = face.since()
    assert len(told["entries"]) == 20
    assert told["at"] + 20 == face._count == 28
