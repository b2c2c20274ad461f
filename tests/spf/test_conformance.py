"""The OpenSPF suite for RFC 7208: 144 cases that nobody here wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from labmail import spf
from tests.conftest import skip_or_fail
from tests.spf.zone import Zone

CASES = 144
SUITE = "rfc7208-tests.yml"


@pytest.fixture(scope="module")
def scenarios(conformance) -> list[dict[str, Any]]:
    try:
        file: Path = conformance("spf") / SUITE
    except pytest.skip.Exception as missing:
        skip_or_fail(str(missing))
    return list(yaml.safe_load_all(file.read_text("utf-8")))


def zone(data: dict[str, list[Any]]) -> Zone:
    return Zone({name: list(entries(records)) for name, records in data.items()})


def entries(records: list[Any]) -> list[Any]:
    """A TXT is served for an SPF entry unless a TXT is given; TXT: NONE gives none."""
    pairs = [next(iter(record.items())) if isinstance(record, dict) else record for record in records]
    given = any(pair[0] == "TXT" for pair in pairs if isinstance(pair, tuple))
    found: list[Any] = []
    for pair in pairs:
        if isinstance(pair, str):
            found.append(pair)
            continue
        type, value = pair
        if type == "SPF" and not given:
            found.append(("TXT", value))
        elif type == "MX":
            found.append(("MX", f"{value[0]} {value[1]}"))
        elif value != "NONE":
            found.append((type, value))
    return found


def judged(scenario: dict[str, Any], case: dict[str, Any]) -> spf.Verdict:
    return spf.check(case["host"], str(case["helo"]), str(case["mailfrom"]), zone(scenario["zonedata"]))


def wrong(scenario: dict[str, Any], case: dict[str, Any]) -> str:
    verdict = judged(scenario, case)
    wanted = case["result"] if isinstance(case["result"], list) else [case["result"]]
    if verdict.result not in wanted:
        return f"{verdict.result} and not {' or '.join(wanted)}"
    if "explanation" in case:
        said = verdict.explanation or "DEFAULT"
        if said.lower() != str(case["explanation"]).lower():
            return f"it explains {said!r} and not {case['explanation']!r}"
    return ""


def test_every_case(scenarios):
    cases = [(scenario, name, case) for scenario in scenarios for name, case in scenario["tests"].items()]
    assert len(cases) == CASES
    faults = [f"{name}: {fault}" for scenario, name, case in cases if (fault := wrong(scenario, case))]
    assert not faults, "\n".join(faults)


def test_every_verdict_tells_its_story(scenarios):
    """A permerror or temperror says why; every transcript ends with what was spent; every section is named."""
    for scenario in scenarios:
        for name, case in scenario["tests"].items():
            verdict = judged(scenario, case)
            assert bool(verdict.fault) == (verdict.result in ("permerror", "temperror")), name
            assert f"lookups {verdict.lookups} of 10, void lookups {verdict.void_lookups} of 2" in repr(verdict), name
            assert all(step.section for reading in verdict.readings for step in reading.steps), name
