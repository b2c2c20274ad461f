"""Explanations are data: complete, short, and each says where the standard is."""

import re

import pytest

from labmail import explain
from labmail.errors import LabError
from labmail.smtp.words import TABLE, VERBS

ALL = [(kind, key) for kind, keys in explain.kinds().items() for key in keys]
SMTP = [(kind, key) for kind, key in ALL if kind.startswith("smtp.")]
LABELS = [f"bench.{kind}" for kind in ("spf", "spf-reading", "dkim", "dmarc", "reading", "story", "ticked")] + [
    "bounce.who",
    "matrix.state",
    "matrix.receiver",
]
PARTS = [
    *LABELS,
    *(f"mailboxes.{part}" for part in ("told", "news", "bring", "lesson")),
    "journey.part",
]  # of sentences
RFCS = {1870, 2034, 2920, 3207, 3461, 3463, 4954, 5321, 5322, 6152, 6531, 7372, 7504, 7505}


@pytest.mark.parametrize(("kind", "key"), ALL, ids=str)
def test_an_explanation_is_one_to_three_plain_sentences(kind, key):
    says = explain.find(kind, key).says
    assert (says[-1] in ".?}" or kind in PARTS) and len(says.split()) <= 60
    assert says == says.strip() and "  " not in says


@pytest.mark.parametrize(("kind", "key"), SMTP, ids=str)
def test_smtp_names_rfc_and_section(kind, key):
    found = explain.find(kind, key)
    assert found.rfc in RFCS
    assert re.fullmatch(r"\d+(\.\d+)*", found.section)
    assert found.href == f"https://www.rfc-editor.org/rfc/rfc{found.rfc}#section-{found.section}"


READING = [(kind, key) for kind, key in ALL if kind.split(".")[0] in ("pop3", "imap")]


@pytest.mark.parametrize(("kind", "key"), READING, ids=str)
def test_pop3_and_imap_name_rfc_and_section(kind, key):
    found = explain.find(kind, key)
    assert found.rfc
    assert re.fullmatch(r"\d+(\.\d+)*", found.section)


def test_every_verb_and_every_reply_code_of_the_server_is_explained():
    source = "".join(path.read_text() for path in sorted((explain_root() / "smtp").glob("*.py")))
    source = re.sub(r"#.*|sections? [\d., and]+", "", source)  # of RFCs: they look like enhanced codes
    found = re.findall(r"(?:Refusal\(\s*|code=|Reply\.of\(\s*f?\")([2-5]\d\d)|f?\"([2-5]\d\d) [A-Za-z{]", source)
    codes = {code for pair in found for code in pair if code}
    enhanced = set(re.findall(r"\b([245]\.\d\.\d{1,2})\b(?!\.)", source))
    known = explain.kinds()
    assert {"250", "550", "552"} <= codes, codes
    assert {"5.1.1", "5.7.1"} <= enhanced
    assert [verb for verb in VERBS if verb not in known["smtp.command"]] == []
    assert sorted(code for code in codes if code not in known["smtp.reply"]) == []
    assert sorted(code for code in enhanced if code not in known["smtp.enhanced"]) == []
    assert set(TABLE) == {"connected", "greeted", "sender", "recipient", "text", "closed"}


def explain_root():
    from pathlib import Path

    import labmail

    return Path(labmail.__file__).parent


def test_what_is_not_explained_is_a_sentence_that_names_what_is_near():
    with pytest.raises(LabError, match=r"no smtp.reply '355' is explained; near it: 55"):
        explain.find("smtp.reply", "355")
    with pytest.raises(LabError, match=r"nothing explains 'smpt.reply': the kinds are .*smtp.reply"):
        explain.find("smpt.reply", "354")


def test_the_first_place_that_is_explained_wins():
    assert explain.find_any(("smtp.reply", "459"), ("smtp.class", "4")).says.startswith("Not now")
    assert explain.find_any(("smtp.reply", "999")) is None
