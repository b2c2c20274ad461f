"""What the OpenSPF suite leaves open: RFC 7208 read line by line, and each place where pyspf alone would err."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import labmail
from labmail import spf
from labmail.errors import LabError
from tests.spf.zone import Zone

HERE = "192.0.2.67"
AWAY = "203.0.113.66"


def judge(record, ip=HERE, mail_from="alice@example.net", more=None, **options):
    records = [record] if isinstance(record, str) else record
    zone = Zone({"example.net": [("TXT", text) for text in records] + [("A", HERE)], **(more or {})})
    return spf.check(ip, "host.test", mail_from, zone, **options)


def outcomes(verdict) -> list[tuple[str, str]]:
    return [(step.text, step.outcome) for step in verdict.reading.steps]


@pytest.mark.parametrize(
    ("record", "expected"),
    {
        "v=spf1 ip4:192.0.2.67 -all": ("pass", "ip4:192.0.2.67"),
        "v=spf1 ip4:192.0.2.68": ("neutral", ""),
        "v=spf1 -all ip4:192.0.2.67": ("fail", "-all"),
        "v=spf1 -ip4:192.0.2.67 +all": ("fail", "-ip4:192.0.2.67"),
        "v=spf1": ("neutral", ""),
        "spf1 ip4:192.0.2.67 -all": ("none", ""),
        "v=spf10 -all": ("none", ""),
        "V=SPF1 A -ALL": ("pass", "A"),
        "v=spf1 moo=1 moo=2 moo=%{d} ~all": ("softfail", "~all"),  # section 6: whatever nobody knows, however often
        "v=spf1 a:broken ip4:192.0.2.67": ("permerror", ""),
        "v=spf1 REDIRECT=other.test": ("fail", "-all"),  # section 4.6.1: capitals are the same word
        "v=spf1 redirect=other.test Redirect=other.test": ("permerror", ""),
        "v=spf1 a include:example.net": ("pass", "a"),  # a loop that is never entered
        "v=spf1 ip6:2001:db8::/32 ?all": ("neutral", "?all"),
        "v=spf1 ip4:192.0.2.67\t-all": ("permerror", ""),
        "v=spf1 moo=\x01 a": ("permerror", ""),
        "v=spf1 exists:%{dx}.test a": ("permerror", ""),  # section 7.1: pyspf takes it for %{d}
        "v=spf1 exists:%{d0}.test a": ("permerror", ""),
        "v=spf1 a:%%%x.test -all": ("permerror", ""),
        "v=spf1 a/99999999999999999999 -all": ("permerror", ""),
    }.items(),
)
def test_a_record_and_its_result(record, expected):
    verdict = judge(record, more={"other.test": [("TXT", "v=spf1 -all")]})
    assert (verdict.result, verdict.mechanism) == expected


def test_the_verdict_says_what_matched_and_what_was_not_reached():
    verdict = judge("v=spf1 ip4:198.51.100.0/24 a ~all")
    assert (verdict.result, verdict.domain, verdict.identity) == ("pass", "example.net", "mailfrom")
    assert outcomes(verdict) == [("ip4:198.51.100.0/24", "no match"), ("a", "match"), ("~all", "not reached")]
    assert (verdict.lookups, verdict.void_lookups) == (1, 0)
    with pytest.raises(AttributeError):
        verdict.result = "fail"


def test_without_a_sender_the_name_in_helo_is_checked():
    zone = Zone({"host.test": [("TXT", "v=spf1 a -all"), ("A", HERE)]})
    for empty in ("", "<>"):
        verdict = spf.check(HERE, "host.test", empty, zone)
        assert (verdict.result, verdict.identity, verdict.sender) == ("pass", "helo", "postmaster@host.test")


def test_a_quoted_local_part_may_hold_an_at_sign():
    verdict = judge(
        "v=spf1 exists:%{l}.l.test -all", mail_from='"a@b"@example.net', more={'"a@b".l.test': [("A", AWAY)]}
    )
    assert (verdict.domain, verdict.result) == ("example.net", "pass")


def test_a_u_label_domain_is_asked_for_in_ascii():
    zone = Zone({"xn--bcher-kva.example": [("TXT", "v=spf1 -all")]})
    assert spf.check(HERE, "host.test", "alice@bücher.example", zone).result == "fail"
    assert zone.asked == [("xn--bcher-kva.example", "TXT")]


@pytest.mark.parametrize("ip", ["::ffff:192.0.2.67", "[192.0.2.67]", " 192.0.2.67 "])
def test_an_address_in_another_dress(ip):
    assert judge("v=spf1 ip4:192.0.2.67 -all", ip=ip).result == "pass"


def test_what_is_no_address_is_the_callers_mistake():
    with pytest.raises(LabError, match=r'"mail.example.net" is no IP address'):
        judge("v=spf1 -all", ip="mail.example.net")


@pytest.mark.parametrize("domain", ["localhost", "a..test", f"{'x' * 64}.test", f"{'long.' * 60}test", ""])
def test_a_name_that_dns_cannot_have_asks_nobody(domain):
    zone = Zone({})
    verdict = spf.check(HERE, "h", f"alice@{domain}", zone)
    assert (verdict.result, verdict.reading.section, zone.asked) == ("none", "4.3", [])


def test_no_name_and_no_record_differ_in_their_section():
    zone = Zone({"empty.test": []})
    assert spf.check(HERE, "h", "a@gone.test", zone).reading.section == "4.3"
    verdict = spf.check(HERE, "h", "a@empty.test", zone)
    assert (verdict.result, verdict.reading.section, verdict.void_lookups) == ("none", "4.5", 0)


@pytest.mark.parametrize("rcode", ["TIMEOUT", "SERVFAIL", "REFUSED", "FORMERR"])
def test_dns_faults_are_temporary(rcode):
    assert spf.check(HERE, "h", "a@x.test", Zone({"x.test": [rcode]})).result == "temperror"
    verdict = judge("v=spf1 a:slow.test -all", more={"slow.test": [rcode]})
    assert (verdict.result, verdict.fault.section, verdict.fault.column) == ("temperror", "5", 8)
    assert outcomes(verdict) == [("a:slow.test", "temperror"), ("-all", "not reached")]


def test_two_records_are_a_permerror_and_other_texts_are_not_looked_at():
    assert judge(["v=spf1 a", "v=spf1 -all"]).fault.says == "example.net publishes 2 SPF records, and one is allowed"
    assert judge(["caf\xe9", "v=spf1 a -all"]).result == "pass"


def test_strings_of_one_record_are_joined_without_a_blank():
    zone = Zone({"x.test": [("TXT", ["v=spf1 ip4:192.0", ".2.67 -all"])]})
    assert spf.check(HERE, "h", "a@x.test", zone).result == "pass"


def test_the_room_is_at_hand_under_the_name_of_the_package():
    assert labmail.spf is spf


# ---- limits


def test_a_redirect_that_nobody_follows_costs_nothing():
    words = " ".join(f"a:h{n}.test" for n in range(9))
    hosts = {f"h{n}.test": [("A", AWAY)] for n in range(9)}
    verdict = judge(f"v=spf1 {words} a redirect=other.test", more=hosts)
    assert (verdict.result, verdict.lookups) == ("pass", 10)
    assert verdict.reading.steps[-1].outcome == "not reached"


def test_the_eleventh_word_that_asks():
    words = " ".join(f"a:h{n}.test" for n in range(11))
    hosts = {f"h{n}.test": [("A", AWAY)] for n in range(11)}
    verdict = judge(f"v=spf1 {words} -all", more=hosts)
    assert (verdict.result, verdict.lookups, verdict.fault.section) == ("permerror", 11, "4.6.4")
    assert verdict.reading.record[verdict.fault.column - 1 :].startswith("a:h10.test")
    assert [step.number for step in verdict.reading.steps[:11]] == list(range(1, 12))


def test_loops_end():
    two = {"other.test": [("TXT", "v=spf1 include:example.net")]}
    verdict = judge("v=spf1 include:other.test", more=two)
    assert (verdict.result, verdict.lookups) == ("permerror", 11)
    assert judge("v=spf1 redirect=example.net").lookups == 11
    itself = judge("v=spf1 include:example.net")
    assert "would never end" in itself.fault.says


def test_the_third_void_lookup():
    verdict = judge("v=spf1 a:x1.test exists:x2.test a:x3.test a")
    assert (verdict.result, verdict.void_lookups, verdict.fault.section) == ("permerror", 3, "4.6.4")
    assert [lookup.void for step in verdict.reading.steps for lookup in step.lookups] == [1, 2, 3]


def test_eleven_hosts_for_mail_are_too_many():
    many = [("MX", f"{n} h{n}.test") for n in range(11)]
    verdict = judge("v=spf1 mx:many.test", more={"many.test": many, "h0.test": [("A", HERE)]})
    assert (verdict.result, verdict.fault.section) == ("permerror", "4.6.4")


def test_hosts_for_mail_are_asked_about_until_one_matches():
    more = {"m.test": [("MX", "20 h2.test"), ("MX", "10 h1.test"), ("MX", "30 slow.test")], "slow.test": ["TIMEOUT"]}
    more |= {"h1.test": [("A", AWAY)], "h2.test": [("A", HERE)]}
    verdict = judge("v=spf1 mx:m.test -all", more=more)
    assert verdict.result == "pass"
    hosts = [(host.preference, host.name, host.reached, host.matches) for host in verdict.reading.steps[0].hosts]
    assert hosts == [(10, "h1.test", True, False), (20, "h2.test", True, True), (30, "slow.test", False, False)]


def test_a_null_mx_names_no_host():
    verdict = judge("v=spf1 mx:none.test -all", more={"none.test": [("MX", "0 .")]})
    assert (verdict.result, verdict.void_lookups) == ("fail", 0)


# ---- ptr and macros

REVERSE = "67.2.0.192.in-addr.arpa"


def test_ptr_takes_only_names_that_lead_back():
    more = {REVERSE: [("PTR", "liar.example.net"), ("PTR", "h.example.net")], "h.example.net": [("A", HERE)]}
    more |= {"liar.example.net": [("A", AWAY)]}
    verdict = judge("v=spf1 ptr -all", more=more)
    assert verdict.result == "pass"
    assert [(host.name, host.matches) for host in verdict.reading.steps[0].hosts] == [
        ("liar.example.net", False),
        ("h.example.net", True),
    ]


@pytest.mark.parametrize("fault", [{REVERSE: ["TIMEOUT"]}, {REVERSE: [("PTR", "s.test")], "s.test": ["SERVFAIL"]}])
def test_for_ptr_a_dns_fault_is_no_match(fault):
    assert judge("v=spf1 ptr -all", more=fault).result == "fail"
    assert judge("v=spf1 exists:%{p}.p.test -all", more={**fault, "unknown.p.test": [("A", HERE)]}).result == "pass"


def test_only_ten_names_of_an_address_are_looked_at():
    names = [("PTR", f"h{n}.test") for n in range(12)]
    zone = {REVERSE: names, **{f"h{n}.test": [("A", HERE)] for n in range(12)}}
    assert len(judge("v=spf1 ptr -all", more=zone).reading.steps[0].hosts) == 10


def test_p_is_chosen_anew_for_each_domain():
    more = {REVERSE: [("PTR", "h.other.test"), ("PTR", "h.example.net")]}
    more |= {"h.other.test": [("A", HERE)], "h.example.net": [("A", HERE)]}
    more |= {"other.test": [("TXT", "v=spf1 exists:%{p}.p.test")], "h.other.test.p.test": [("A", HERE)]}
    verdict = judge("v=spf1 exists:%{p}.q.test include:other.test -all", more=more)
    assert verdict.result == "pass"
    assert verdict.reading.steps[0].target == "h.example.net.q.test"


def test_a_name_is_cut_from_the_left_until_it_fits():
    local = ".".join(["x" * 60] * 5)
    verdict = judge("v=spf1 exists:%{l}.e.test -all", mail_from=f"{local}@example.net")
    target = verdict.reading.steps[0].target
    assert target == ".".join(["x" * 60] * 4) + ".e.test"


# ---- explanations


def test_the_owner_explains_a_fail():
    text = "%{i} (%{c}) is not %{d}'s, says %{r} at %{t} to %{S}; " + "long. " * 60
    zone = {"why.test": [("TXT", [text[:250], text[250:]])]}
    verdict = judge(
        "v=spf1 -all exp=why.test", AWAY, more=zone, receiver="mx.test", now=datetime(2026, 6, 1, 9, tzinfo=UTC)
    )
    begin = "203.0.113.66 (203.0.113.66) is not example.net's, says mx.test at 1780304400 to alice%40example.net; long."
    assert verdict.explanation.startswith(begin)
    assert len(verdict.explanation) > 253  # the limit is one of names: section 7.3
    assert outcomes(verdict)[-1] == ("exp=why.test", "used")


@pytest.mark.parametrize(
    "texts",
    [[], ["one", "two"], ["caf\xe9"], ["%{x}"], ["100%"], "TIMEOUT"],
    ids=["none", "two", "no ASCII", "no macro", "a lone percent", "timeout"],
)
def test_an_explanation_that_cannot_be_had_is_left_out(texts):
    why = [texts] if isinstance(texts, str) else [("TXT", text) for text in texts]
    verdict = judge("v=spf1 exists:v1.test exists:v2.test -all exp=why.test", more={"why.test": why})
    assert (verdict.result, verdict.explanation, verdict.void_lookups) == ("fail", "", 2)


def test_nobody_asks_for_an_explanation_without_a_fail():
    zone = Zone({"x.test": [("TXT", "v=spf1 ?all exp=why.test")], "why.test": [("TXT", "no")]})
    assert spf.check(HERE, "h", "a@x.test", zone).explanation == ""
    assert ("why.test", "TXT") not in zone.asked


def test_the_explanation_is_that_of_the_record_one_is_redirected_to_and_never_of_an_included_one():
    more = {"other.test": [("TXT", "v=spf1 -all exp=why2.test")], "why1.test": [("TXT", "one")]}
    more |= {"why2.test": [("TXT", "two, %{d}")]}
    assert judge("v=spf1 redirect=other.test exp=why1.test", more=more).explanation == "two, other.test"
    assert judge("v=spf1 include:other.test -all exp=why1.test", more=more).explanation == "one"
    assert judge("v=spf1 include:other.test -all", more=more).explanation == ""


def test_the_transcript_folds_what_is_long():
    many = " ".join(f"ip4:198.51.100.{n}" for n in range(100))
    text = repr(judge(f"v=spf1 a {many} -all"))
    assert len(text.splitlines()) <= 20
    assert "… 101 more words   " in text
    assert len(repr(judge(f"v=spf1 {many} -all")).splitlines()) <= 20
