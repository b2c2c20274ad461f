"""53 messages that others signed, or broke; and the 131 odd ones, of which none makes a check raise."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labmail import dkim
from labmail.dkim.letter import read
from labmail.errors import LabError
from tests.conftest import skip_or_fail
from tests.spf.zone import Zone

CASES = 53
MESSAGES = 131


def folder(conformance, name):
    try:
        return conformance(name)
    except pytest.skip.Exception as missing:
        skip_or_fail(str(missing))


def judged(case: dict[str, Any], base) -> dkim.Verdict:
    zone = Zone({name: [("TXT", text)] for name, text in case["dns"].items()})
    return dkim.verify((base / case["file"]).read_bytes(), zone, now=case["now"])


def said(result: str) -> str:
    return "pass" if result == "pass" else "notpass"


def test_every_case(conformance):
    base = folder(conformance, "dkim")
    cases = [json.loads(line) for line in (base / "cases.jsonl").read_text("utf-8").splitlines()]
    assert len(cases) == CASES
    wrong = []
    for case in cases:
        verdict = judged(case, base)
        each = [said(one.result) for one in verdict.signatures]
        if said(verdict.result) != case["expect"] or (case["sigs"] and case["sigs"] != each):
            wrong.append(f"{case['id']}: {verdict!r}")
        for one in verdict.signatures:
            assert one.why and one.section, case["id"]
            assert (one.result == "pass") == all(step.ok for step in one.steps), case["id"]
    assert not wrong, "\n\n".join(wrong)


def test_no_message_makes_a_check_raise(conformance):
    base = folder(conformance, "messages")
    manifest = json.loads((base / "manifest.json").read_text("utf-8"))
    assert len(manifest) == MESSAGES
    key = dkim.generate("ed25519")
    zone = Zone({"s1._domainkey.example.net": [("TXT", key.record)]})
    refused: list[str] = []
    for entry in manifest:
        octets = (base / entry["file"]).read_bytes()
        verdict = dkim.verify(octets, zone)
        assert verdict.result in dkim.RESULTS
        assert repr(verdict)
        try:
            signed = dkim.sign(octets, "s1", "example.net", key, oversign=("from", "subject"))
        except LabError as why:
            refused.append(str(why))
            continue
        counts = dkim.verify(signed.message, zone)
        assert counts.result == "pass", entry["file"]
        assert counts.signatures[0].body.octets == read(octets).body, entry["file"]
    assert len(refused) < MESSAGES / 8
    assert all("without From:" in why or "begins with a blank" in why for why in refused)
