"""Mistakes for the exercises of lesson 06, each with the hint that answers it, and what is right."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

FIVE = {"a": "pass", "b": "neutral", "c": "fail", "d": "fail", "e": "none"}
ALICE, OWN_LIST = "ip4:192.0.2.67", "include:_spf.mailhost.example"
TEN = " ".join(f"include:s{number}.test" for number in range(1, 11))
RESULT = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}


def reader(
    *, mark: bool = True, results: Any = RESULT, no_sign: str = "+", holds: Any = None, sign_of: Any = None,
    nothing: object = "neutral", last: bool = False, early: bool = False, words: int = 9, network_of: Any = None,
) -> Any:  # fmt: skip
    """A reader for the exercise `mini-spf`, sound or with one fault."""

    def inside(ip: str, network: str) -> bool:
        return holds(ip, network) if holds else ip_address(ip) in ip_network(network)

    def mini_spf(record: str, ip: str) -> object:
        found = nothing
        for term in record.split()[mark : mark + words]:
            sign, mechanism = (term[0], term[1:]) if term[0] in RESULT else (no_sign, term)
            name, _, network = mechanism.partition(":")
            network = network_of(term) if network_of else network
            if (name == "all" and network_of is None) or inside(ip, network):
                found = results[sign_of(name, sign) if sign_of else sign]
                if not last:
                    return found
            elif early:
                return nothing
        return found

    return mini_spf


WRONG: dict[str, list[tuple[str, Any]]] = {
    "five-records": [
        ("refused", FIVE | {"c": "reject"}),
        ("no-word", FIVE | {"e": "unknown"}),
        ("a", FIVE | {"a": "fail"}),
        ("b", FIVE | {"b": "fail"}),
        ("b", FIVE | {"b": "none"}),
        ("c-pass", FIVE | {"c": "pass"}),
        ("c", FIVE | {"c": "neutral"}),
        ("d-pass", FIVE | {"d": "pass"}),
        ("d", FIVE | {"d": "permerror"}),
        ("e", FIVE | {"e": "fail"}),
        ("e", FIVE | {"e": "permerror"}),
    ],
    "newsletter": [
        ("no-record", 7),
        ("no-record", []),
        ("no-version", f"{ALICE} {OWN_LIST} -all"),
        ("no-version", f"v=spf10 {ALICE} -all"),
        ("two-records", [f"v=spf1 {ALICE} -all", f"v=spf1 {OWN_LIST} -all"]),
        ("unusable", f"v=spf1 {ALICE} includes:_spf.mailhost.example -all"),
        ("unusable", "v=spf1 ip4:192.0.2 -all"),
        ("mallory-passes", f"v=spf1 {ALICE} {OWN_LIST} +all"),
        ("mallory-passes", "v=spf1 all"),
        ("mallory-passes", "v=spf1 ip4:0.0.0.0/0"),
        ("wrong-name", f"v=spf1 {ALICE} include:mailhost.example -all"),
        ("wrong-name", "v=spf1 include:mailhost.example -all"),
        ("no-such-record", f"v=spf1 {ALICE} include:spf.mailhost.example -all"),
        ("after-all", f"v=spf1 {ALICE} -all {OWN_LIST}"),
        ("after-all", f"v=spf1 -all {ALICE} {OWN_LIST}"),
        ("list-too-short", f"v=spf1 {ALICE} -all"),
        ("list-too-short", f"v=spf1 {ALICE} ip4:198.51.100.80 -all"),
        ("list-too-short", f"v=spf1 {ALICE} -{OWN_LIST} -all"),
        ("too-wide", f"v=spf1 {ALICE} ip4:198.51.100.64/26 -all"),
        ("too-wide", f"v=spf1 ip4:192.0.2.0/24 {OWN_LIST} -all"),
        ("bad-day", f"v=spf1 {OWN_LIST} {ALICE} -all"),
    ],
    "eleven-suppliers": [
        ("no-record", {"v": "spf1"}),
        ("no-version", f"spf1 {ALICE} {TEN} -all"),
        ("two-records", [f"v=spf1 {ALICE} {TEN} -all", "v=spf1 include:s11.test -all"]),
        ("unusable", f"v=spf1 {ALICE} ip:203.0.113.11 {TEN} -all"),
        ("no-such-record", f"v=spf1 {ALICE} include:all.test -all"),
        ("after-all", f"v=spf1 {ALICE} {TEN} -all ip4:203.0.113.11"),
        ("after-all", f"v=spf1 -all {ALICE} {TEN} ip4:203.0.113.11"),
        ("too-many", f"v=spf1 {ALICE} {TEN} include:s11.test -all"),
        ("too-many", f"v=spf1 include:s11.test {TEN} {ALICE} -all"),
        ("too-many", f"v=spf1 ip4:203.0.113.11 {ALICE} {TEN} a:mail.example.net -all"),
        ("lost", f"v=spf1 {ALICE} {TEN} -all"),
        ("too-wide", f"v=spf1 {ALICE} ip4:203.0.113.0/28 -all"),
        ("too-wide", "v=spf1 ip4:0.0.0.0/0 -all"),
    ],
    "mini-spf": [
        ("the-mark", reader(mark=False)),
        ("the-mark", reader(mark=False, network_of=lambda term: term.split(":")[1])),
        ("all-alone", reader(network_of=lambda term: term.partition(":")[2] or term)),
        ("no-word", reader(results=RESULT | {"+": True})),
        ("nothing-matched", reader(nothing="fail")),
        ("nothing-matched", reader(nothing=None)),
        ("signs", reader(results=RESULT | {"~": "fail"})),
        ("signs", reader(sign_of=lambda name, sign: "+")),
        ("no-sign", reader(no_sign="?")),
        ("went-on", reader(last=True)),
        ("second-word", reader(early=True, nothing="fail")),
        ("second-word", reader(early=True)),
        ("as-text", reader(holds=str.__eq__)),
        ("sign-of-ip4", reader(sign_of=lambda name, sign: sign if name == "all" else "+")),
        ("other", reader(words=2)),
        ("other", reader(holds=lambda ip, network: ip_address(ip) not in ip_network(network))),
    ],
}
RIGHT: dict[str, list[Any]] = {
    "five-records": [FIVE, {key: f" {word.upper()}" for key, word in FIVE.items()}],
    "newsletter": [
        f"v=spf1 {ALICE} {OWN_LIST} -all",
        [f"V=SPF1 a:mail.example.net {OWN_LIST} -all"],
        f"v=spf1 {ALICE} redirect=_spf.mailhost.example",
        f"v=spf1 {ALICE} ip4:198.51.100.80/28 -all",
    ],
    "eleven-suppliers": [
        f"v=spf1 {ALICE} ip4:203.0.113.11 {TEN} -all",
        f"v=spf1 ip4:203.0.113.8/30 ip4:203.0.113.4/30 {TEN.partition('include:s4')[0]}{ALICE} -all",
        "v=spf1 a:mail.example.net ip4:203.0.113.1 ip4:203.0.113.2/31 ip4:203.0.113.4/30 ip4:203.0.113.8/30 -all",
        f"v=spf1 {ALICE} ip4:203.0.113.1 ip4:203.0.113.2/31 ip4:203.0.113.4/30 ip4:203.0.113.8/30 -all",
    ],
    "mini-spf": [reader()],
}  # fmt: skip
