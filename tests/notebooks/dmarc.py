"""Mistakes for the exercises of lesson 08, each with the hint that answers it, and what is right."""

from __future__ import annotations

from typing import Any

FIVE = {"a": "pass", "b": "fail", "c": "pass", "d": "fail", "e": "pass"}
NAMES = "v=DMARC1; p=none; sp=quarantine; np=reject; t=y; rua=mailto:dmarc@example.net"
ALICE, OWN_LIST = "ip4:192.0.2.67", "include:_spf.mailhost.example"
FIX = {"mail_from": "news@example.net", "spf": f"v=spf1 {ALICE} {OWN_LIST} -all"}


def two_labels(domain: str) -> str:
    return ".".join(domain.split(".")[-2:])


def same(author: str, domain: str) -> bool:
    return two_labels(author) == two_labels(domain)


def judge(
    *, agree: Any = same, good: Any = "pass", spf: bool = True, signatures: Any = slice(None), both: bool = False,
    done: Any = None, answer: Any = tuple,
) -> Any:  # fmt: skip
    """A function for the exercise `mini-dmarc`, sound or with one fault."""

    def mini_dmarc(author: str, by_spf: tuple[str, str], signed: list[tuple[str, str]], p: str) -> object:
        checks = [by_spf] * spf + signed[signatures]
        found = [result in good.split() and agree(author, domain) for result, domain in checks]
        passed = bool(found) and (all(found) if both else any(found))
        action = "none" if passed else "quarantine" if p == "reject" else p
        return answer(("pass" if passed else "fail", done(passed, p) if done else action))

    return mini_dmarc


WRONG: dict[str, list[tuple[str, Any]]] = {
    "five-letters": [
        ("no-word", FIVE | {"a": "none"}),
        ("a", FIVE | {"a": "fail"}),
        ("b", FIVE | {"b": "pass"}),
        ("c", FIVE | {"c": "fail"}),
        ("d", FIVE | {"d": "pass"}),
        ("e", FIVE | {"e": "fail"}),
    ],
    "three-kinds-of-names": [
        ("no-record", 7),
        ("no-record", []),
        ("no-version", NAMES.removeprefix("v=DMARC1; ")),
        ("no-version", NAMES.replace("DMARC1", "dmarc1")),
        ("two-records", [NAMES, NAMES]),
        ("twice", NAMES + "; p=reject"),
        ("not-understood", NAMES.replace("reject", "refuse")),
        ("not-understood", NAMES.replace("p=none; ", "")),
        ("not-understood", NAMES + "; pct=50"),
        ("wrong-policy", NAMES.replace("p=none", "p=reject")),
        ("wrong-policy", NAMES.replace("; sp=quarantine", "")),
        ("wrong-policy", NAMES.replace("; np=reject", "")),
        ("wrong-policy", NAMES.replace("sp", "sq").replace("np", "sp").replace("sq", "np")),
        ("no-test", NAMES.replace("t=y; ", "")),
        ("no-rua", NAMES.partition("; rua")[0]),
        ("no-mailto", NAMES.replace("mailto:", "")),
        ("wrong-rua", NAMES.replace("mailto:dmarc", "mailto:alice")),
        ("wrong-rua", NAMES + ",mailto:alice@example.net"),
    ],
    "forgotten-sender": [
        ("keys", FIX["spf"]),
        ("keys", {"mail_from": "news@example.net"}),
        ("no-address", FIX | {"mail_from": "example.net"}),
        ("no-version", FIX | {"spf": f"{ALICE} {OWN_LIST} -all"}),
        ("no-version", FIX | {"spf": 7}),
        ("unusable", FIX | {"spf": "v=spf1 ip4:192.0.2 -all"}),
        ("own-name", FIX | {"mail_from": "bounces@mailhost.example"}),
        ("own-name", FIX | {"mail_from": "news@notexample.net"}),
        ("below", FIX | {"mail_from": "alice@news.example.net"}),
        ("newsletter", FIX | {"spf": f"v=spf1 {ALICE} -all"}),
        ("newsletter", FIX | {"spf": f"v=spf1 {ALICE} -all {OWN_LIST}"}),
        ("newsletter", FIX | {"mail_from": "news@mail.example.net"}),
        ("list-too-short", FIX | {"spf": f"v=spf1 {ALICE} a:mx.mailhost.example -all"}),
        ("alice", FIX | {"spf": f"v=spf1 {OWN_LIST} -all"}),
        ("mallory", FIX | {"spf": f"v=spf1 {ALICE} {OWN_LIST} +all"}),
        ("mallory", FIX | {"spf": "v=spf1 ip4:0.0.0.0/0"}),
    ],
    "mini-dmarc": [
        ("no-pair", judge(answer=lambda pair: pair[0])),
        ("no-pair", judge(answer=lambda pair: None)),
        ("passes", judge(agree=lambda author, domain: True)),
        ("nobody-passed", judge(good="pass fail")),
        ("spf-only", judge(signatures=slice(0, 0))),
        ("second-signature", judge(signatures=slice(1))),
        ("both-needed", judge(both=True)),
        ("both-needed", judge(spf=False)),
        ("below", judge(agree=str.__eq__)),
        ("below", judge(agree=lambda author, domain: author.endswith(domain))),
        ("below", judge(agree=lambda author, domain: author.endswith(domain) or domain.endswith(f".{author}"))),
        ("text-end", judge(agree=lambda author, domain: same(author, domain) or domain.endswith("example.net"))),
        ("action-on-pass", judge(done=lambda passed, p: p)),
        ("reject", judge(done=lambda passed, p: "none" if passed else p)),
        ("action", judge(done=lambda passed, p: "none" if passed else "quarantine")),
        ("other", judge(signatures=slice(2))),
        ("other", judge(answer=lambda pair: (pair[0].upper(), pair[1]))),
    ],
}
RIGHT: dict[str, list[Any]] = {
    "five-letters": [FIVE, {key: f" {word.upper()}" for key, word in FIVE.items()}],
    "three-kinds-of-names": [NAMES, [NAMES], "v=DMARC1;" + ";".join(reversed(NAMES.split("; ")[1:]))],
    "forgotten-sender": [
        FIX,
        {"mail_from": "alice@example.net", "spf": f"v=spf1 {OWN_LIST} a:mail.example.net ~all"},
        FIX | {"spf": f"v=spf1 {ALICE} ip4:198.51.100.80/28 -all"},
    ],
    "mini-dmarc": [judge(), judge(answer=list)],
}
