"""A DKIM verdict as data: the letter line by line, and what each line is to each signature."""

from __future__ import annotations

import json

import pytest

from labmail import dkim, explain
from labmail.errors import LabError
from labmail.views import dkim as view
from labmail.widgets.dkim import DkimView
from tests.dkim import examples
from tests.dkim.letters import LETTER, NOW, altered, signed, zone

ED = {"type": "ed25519"}


def verdict(letter: bytes, **more) -> dkim.Verdict:
    return dkim.verify(letter, zone(type="ed25519"), now=NOW, **more)


def kinds(data: dict, number: int = 0) -> list[str]:
    return [row["kind"] for row in data["signatures"][number]["rows"]]


def forms(data: dict) -> list[str | None]:
    return [row["form"] for row in data["signatures"][0]["rows"]]


def test_what_each_line_is():
    data = view.view(verdict(b"Received: from x\r\n" + signed(**ED)))
    assert json.loads(json.dumps(data)) == data
    assert data["result"] == {"is": "pass", "word": "pass"}
    body = ["body", "body", "body", "dropped"]
    assert kinds(data) == ["unsigned", "own", "signed", "signed", "signed", "signed", "blank", *body]
    assert forms(data)[2] == "from:Alice <alice@example.net>\r\n"
    assert forms(data)[7:] == ["Don't forget to bring the cake!\r\n", "\r\n", "Alice\r\n", None]
    assert data["signatures"][0]["absent"] == "from"
    assert data["chosen"] == "2"
    assert [step["result"]["word"] for step in data["signatures"][0]["steps"]] == [
        "can count",
        "found",
        "hash is the same",
        "signature fits",
    ]


def test_the_lines_are_the_whole_letter_and_their_forms_what_is_hashed():
    judged = verdict(signed(**ED))
    data = view.view(judged)
    assert b"".join(bytes.fromhex(row["octets"]) for row in data["rows"]) == judged.octets
    body = "".join(row["form"] or "" for row in data["signatures"][0]["rows"] if row["kind"] == "body")
    assert body.encode() == judged.signatures[0].body.hashed
    header = {row["form"].encode() for row in data["signatures"][0]["rows"] if row["kind"] == "signed"}
    assert header == {one.canonical for one in judged.signatures[0].header.signed if one.field}


def test_text_beyond_the_length():
    data = view.view(verdict(signed(**ED, length=True) + b"Buy now!\r\n"))
    assert kinds(data)[-2:] == ["beyond", "beyond"]
    assert "signed by nobody" in data["signatures"][0]["warnings"][0]["says"]


def test_two_signatures_see_each_other():
    data = view.view(dkim.verify(examples.RFC_8463, examples.ZONE))
    assert [kinds(data, number)[:2] for number in (0, 1)] == [["own", "other"], ["other", "own"]]
    assert [one["result"]["word"] for one in data["signatures"]] == ["pass", "pass"]
    assert data["about"] == "2 signatures, of which 2 count."


def test_without_a_signature_and_with_one_that_cannot_be_read():
    plain = view.view(verdict(LETTER))
    assert (plain["signatures"], plain["result"]["word"], plain["about"]) == ([], "none", "Nobody signed it.")
    odd = view.view(verdict(b"DKIM-Signature: nonsense\r\n" + LETTER))
    assert kinds(odd)[:2] == ["own", "unsigned"]
    assert odd["signatures"][0]["steps"][0]["result"]["word"] == "cannot count"


@pytest.mark.parametrize(
    "octets", [b"", b"\r\n", b"x", b"\x00\xff", b" folded\r\nFrom: a\r\n\r\n" + b"x" * 3000, b"\r\n" * 500]
)
def test_any_letter_can_be_shown(octets):
    data = view.view(verdict(octets))
    assert json.dumps(data)
    assert view.table(data) is not None


def test_a_tag_is_written_as_it_is_where_a_sentence_begins_with_it():
    assert view.sentence("b= is no base64") == "b= is no base64."
    assert view.sentence("there is no key") == "There is no key."


def test_every_result_and_kind_is_explained():
    known = explain.kinds()
    assert set(known["dkim.result"]) == set(dkim.RESULTS)
    assert set(view.SIGNED) < set(known["dkim.line"])


# ---- the widget, without a browser


def test_an_octet_is_changed_and_comes_back():
    face = DkimView(verdict(signed(**ED)))
    came = face.data
    place = face.verdict.octets.index(b"cake!") + 4
    face.change(place, b".")
    assert face.data["result"]["word"] == "fail"
    assert face.data["signatures"][0]["broke"] == "Octet 30 of the canonical body was hex 21 “!”, and is hex 2e “.”."
    [row] = [row for row in face.data["rows"] if row["touched"]]
    assert (row["changed"], face.data["chosen"]) == ([31, 32], row["key"])
    assert repr(face) == repr(verdict(altered(signed(**ED), b"cake!", b"cake.")))
    assert face.data["code"].splitlines()[-1] == f"face.change({place}, b'.')"
    face.change(place, b"", gone=1)
    face.change(place, b"!", gone=0)
    assert face.data["result"]["word"] == "pass"
    face.restore()
    assert face.data == came
    with pytest.raises(LabError, match="is none of them"):
        face.change(10_000, b"x")


def test_a_change_asks_nobody_and_knows_the_keys_that_were_there():
    face = DkimView(verdict(signed(**ED)))
    start = face.verdict.octets.index(b"s=s1")
    face.change(start + 3, b"2")
    assert face.verdict.signatures[0].why == "there is no key at s2._domainkey.example.net"
    face.restore()
    face.change(0, b"X-Spam: no\r\n", gone=0)
    assert face.data["result"]["word"] == "pass"


def test_what_shows_without_a_kernel():
    face = DkimView(verdict(signed(**ED)))
    text = face._static_html()
    assert "Who vouches for this letter? pass" in text
    assert text.count("<tr>") == len(face.data["rows"]) + 1
    assert "\n b=…" in text  # another with each key
    assert " bh=" in text
    with pytest.raises(LabError, match=r"a message with a resolver; this is of type bytes"):
        DkimView(LETTER)
    assert repr(DkimView(LETTER, zone())) == "none  nobody signed this message"
