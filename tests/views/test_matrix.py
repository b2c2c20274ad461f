"""The matrix is computed by the real checks and by the rule of the real server: letters over the wire fare the same."""

from __future__ import annotations

import json

import pytest

from labmail import Lab, LabError
from labmail.views import matrix
from labmail.widgets import Matrix, RecordBench


def words(policy: str, mode: str = "relaxed", *, strict: bool = False) -> dict[str, str]:
    data = matrix.matrix(policy, mode, reject_on_policy=strict)
    return {key: cell["word"] for key, cell in matrix.chosen(data).items()}


def test_it_is_whole_and_plain() -> None:
    data = Matrix().data
    assert json.loads(json.dumps(data)) == data
    assert len(data["cells"]) == 16 and {len(cells) for cells in data["cells"].values()} == {30}
    places = {place for cells in data["cells"].values() for cell in cells.values() for place in cell["ties"]}
    assert places <= set(range(len(data["pool"])))
    results = {side["key"]: side["result"] for side in data["rows"]}
    assert results == {
        "same": "pass",
        "below": "pass",
        "other": "pass",
        "softfail": "softfail",
        "fail": "fail",
        "none": "none",
    }
    assert [side["result"] for side in data["columns"]] == ["pass", "pass", "pass", "fail", "none"]


def test_one_aligned_pass_is_enough() -> None:
    for policy in ("none", "quarantine", "reject"):
        found = words(policy)
        assert {word for key, word in found.items() if "same" in key or "below" in key} == {"inbox"}
    strict = words("reject", "strict")
    assert strict["below none"] == "Junk" and strict["same none"] == "inbox"


def test_what_the_policy_changes() -> None:
    assert [words(policy)["other none"] for policy in matrix.POLICIES] == ["inbox", "inbox", "Junk", "Junk"]
    assert words("")["none none"] == "Junk"
    assert words("reject", strict=True)["other fail"] == "550"
    assert words("quarantine", strict=True)["other fail"] == "Junk"
    assert {words(policy)["fail none"] for policy in matrix.POLICIES} == {"550"}


def test_the_rules_that_decided() -> None:
    data = Matrix(reject_on_policy=True).data
    cell = matrix.chosen(data)["other fail"]
    assert data["pool"][cell["rule"]]["says"].startswith("DMARC fails, the owner asks for “reject”")
    assert data["pool"][cell["reply"]].startswith("550 5.7.1 DMARC fail")
    assert [data["pool"][place]["word"] for place in cell["ties"]] == ["not aligned", "aligned"]


def test_real_letters_fare_the_same(lab: Lab) -> None:
    """Alice's own, the forwarder's, the list's and Mallory's: SPF and DKIM are those of a cell each."""
    cells = {"own": "same same", "forwarded": "fail same", "list": "other fail", "spoof": "other none"}
    bench = RecordBench(lab, "example.net", name="_dmarc")
    for policy in ("reject", "none", "quarantine"):
        bench.replay(f"v=DMARC1; p={policy}")
        found = words(policy)
        answers = [row["now"][-1]["word"] for row in bench.data["rows"]]
        named = {"inbox": "250 delivered", "Junk": "250 into Junk"}
        assert answers == [named[found[cell]] for cell in cells.values()]


def test_the_text_and_the_code() -> None:
    face = Matrix("none", "strict")
    assert repr(face).splitlines()[2] == (
        'example.net publishes "v=DMARC1; p=none; adkim=s; aspf=s"; the receiver does as RFC 9989 advises.'
    )
    assert (
        repr(face).splitlines()[5]
        == "pass, same name   inbox            inbox             inbox             inbox  inbox"
    )
    code = face.data["code"].format(policy="quarantine", mode="strict", strict=True)
    scope: dict[str, object] = {}
    exec(code, scope)
    with pytest.raises(LabError, match="drop is no policy"):
        Matrix("drop")
    for wrong in ([], {}, None, 3):
        with pytest.raises(LabError, match=" is no policy: none, "):
            Matrix(wrong)
        with pytest.raises(LabError, match=" is no way to compare names: "):
            Matrix("none", wrong)
    with pytest.raises(LabError, match="no way to compare names"):
        Matrix("none", "loose")
