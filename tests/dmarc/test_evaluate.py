"""RFC 9989 by its own examples (appendix B.4) and line by line: the walk, the policy, the alignment, what follows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labmail import LabError, dmarc
from tests.dmarc.test_conformance import Checked
from tests.spf.zone import Zone


def zone(records: dict[str, str | list[str]], more: dict | None = None) -> Zone:
    entries = {
        f"_dmarc.{name}": [("TXT", text) for text in ([texts] if isinstance(texts, str) else texts)]
        for name, texts in records.items()
    }
    return Zone({**entries, **(more or {})})


def judge(domain, records, spf=None, dkim=(), more=None) -> dmarc.Verdict:
    return dmarc.evaluate(domain, spf and Checked(spf), [Checked(name) for name in dkim], zone(records, more))


DEEP = "a.b.c.d.e.f.g.h.i.j.mail.example.com"


def test_a_long_name_is_asked_for_and_then_cut_to_seven_labels():
    asked = dmarc.targets(DEEP)
    assert len(asked) == dmarc.QUERIES_MAX == 8
    assert asked[:3] == [DEEP, "g.h.i.j.mail.example.com", "h.i.j.mail.example.com"]
    assert asked[-2:] == ["example.com", "com"]
    assert dmarc.targets("a.b.c.d.e.f.g.h")[1] == "b.c.d.e.f.g.h"
    assert dmarc.targets("example.com") == ["example.com", "com"]


def test_b_4_1_a_simple_organization():
    records = {"example.com": "v=DMARC1; p=reject", "signing.example.com": "v=DMARC1; p=none"}
    verdict = judge("example.com", records, "example.com", ["signing.example.com"])
    assert verdict.result == "pass"
    assert [(each.method, each.aligned) for each in verdict.alignments] == [("spf", True), ("dkim", True)]
    assert (verdict.organizational_domain, verdict.policy_domain) == ("example.com", "example.com")
    assert verdict.alignments[1].organizational_domain == "example.com"


def test_b_4_2_a_deep_walk():
    records = {"example.com": "v=DMARC1; p=reject", "signing.example.com": "v=DMARC1; p=none"}
    verdict = judge("a.b.c.d.e.f.g.h.i.j.k.example.com", records, "example.com", ["signing.example.com"])
    assert verdict.result == "pass"
    assert [query.domain for query in verdict.queries][1] == "g.h.i.j.k.example.com"
    assert (len(verdict.queries), verdict.policy_domain) == (8, "example.com")


def test_b_4_3_a_public_suffix_with_a_record():
    records = {"bank.example": "v=DMARC1; p=reject; psd=y", "giant.bank.example": "v=DMARC1; p=quarantine"}
    verdict = judge("giant.bank.example", records, "mail.giant.bank.example", ["mail.mega.bank.example"])
    assert [each.aligned for each in verdict.alignments] == [True, False]
    assert verdict.alignments[1].organizational_domain == "mega.bank.example"
    assert [query.domain for query in verdict.queries] == ["giant.bank.example", "bank.example"]
    assert (verdict.result, verdict.policy_domain) == ("pass", "giant.bank.example")


def test_where_the_organization_publishes_nothing_its_public_suffix_speaks():
    records = {"bank.example": "v=DMARC1; p=none; sp=reject; np=quarantine; psd=y"}
    more = {"tiny.bank.example": [("A", "192.0.2.1")]}
    there = judge("tiny.bank.example", records, more=more)
    assert (there.policy, there.tag, there.policy_domain) == ("reject", "sp", "bank.example")
    gone = judge("gone.bank.example", records)
    assert (gone.policy, gone.tag) == ("quarantine", "np")


def test_psd_n_says_where_the_organization_begins():
    records = {"lab.example.com": "v=DMARC1; p=none; psd=n", "example.com": "v=DMARC1; p=reject"}
    verdict = judge("mail.lab.example.com", records, "example.com")
    assert (verdict.organizational_domain, verdict.policy, verdict.result) == ("lab.example.com", "none", "fail")


@pytest.mark.parametrize(
    ("record", "exists", "policy"),
    [
        ("v=DMARC1; p=reject; sp=quarantine; np=none", True, ("quarantine", "sp")),
        ("v=DMARC1; p=reject; sp=quarantine; np=none", False, ("none", "np")),
        ("v=DMARC1; p=reject; sp=quarantine", False, ("quarantine", "sp")),
        ("v=DMARC1; p=reject; np=none", True, ("reject", "p")),
        ("v=DMARC1; p=reject", False, ("reject", "p")),
    ],
)
def test_the_policy_for_a_name_below(record, exists, policy):
    more = {"sub.example.com": [("MX", "0 .")]} if exists else {}
    verdict = judge("sub.example.com", {"example.com": record}, more=more)
    assert (verdict.policy, verdict.tag) == policy


@pytest.mark.parametrize(
    ("tags", "policy", "applied", "disposition"),
    [
        ("p=none", "none", "none", "none"),
        ("p=quarantine", "quarantine", "quarantine", "quarantine"),
        ("p=reject", "reject", "reject", "quarantine"),  # section 7.4: never for that reason alone
        ("p=reject; t=y", "reject", "quarantine", "quarantine"),
        ("p=quarantine; t=y", "quarantine", "none", "none"),
        ("p=none; t=y", "none", "none", "none"),
    ],
)
def test_what_is_asked_and_what_a_receiver_does(tags, policy, applied, disposition):
    verdict = judge("example.com", {"example.com": f"v=DMARC1; {tags}"})
    assert (verdict.policy, verdict.applied, verdict.disposition) == (policy, applied, disposition)
    passed = judge("example.com", {"example.com": f"v=DMARC1; {tags}"}, "example.com")
    assert (passed.result, passed.disposition) == ("pass", "none")


@pytest.mark.parametrize("broken", ["", "p=later", "p=reject; sp=later", "p=reject; np=later"])
def test_a_broken_policy_counts_as_none_if_reports_are_asked_for(broken):
    assert judge("example.com", {"example.com": f"v=DMARC1; {broken}"}).result == "none"
    verdict = judge("example.com", {"example.com": f"v=DMARC1; {broken}; rua=mailto:d@example.com"})
    assert (verdict.result, verdict.policy) == ("fail", "none")


def test_two_records_at_a_name_count_as_none_there_and_the_walk_goes_on():
    records = {"sub.example.com": ["v=DMARC1; p=reject", "v=DMARC1; p=none"], "example.com": "v=DMARC1; p=quarantine"}
    verdict = judge("sub.example.com", records)
    assert (verdict.policy_domain, verdict.policy) == ("example.com", "quarantine")
    assert verdict.queries[0].outcome == "2 records, so none counts"


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        ("v=DMARC1; p=none; p=reject", "_dmarc.example.com has a record with p twice, so it does not count"),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "_dmarc.example.com has 2 records, so none counts"),
        ("p=none; p=reject", "no DMARC record"),
    ],
)
def test_a_record_that_does_not_count_says_why(texts, why):
    verdict = judge("example.com", {"example.com": texts})
    assert (verdict.result, verdict.why) == ("none", why)
    assert repr(verdict).splitlines()[2].startswith("_dmarc.example.com  " + why.partition(" has ")[2])


def test_only_a_pass_vouches():
    records = {"example.com": "v=DMARC1; p=reject"}
    verdict = dmarc.evaluate(
        "example.com", Checked("example.com", "softfail"), [Checked("example.com", "fail")], zone(records)
    )
    assert [(each.aligned, each.vouches) for each in verdict.alignments] == [(True, False), (True, False)]
    assert verdict.result == "fail"


@pytest.mark.parametrize(
    ("domains", "why"), [([], "no domain"), (["a.test", "b.test"], "more than one domain"), ("", "no")]
)
def test_from_must_name_one_domain(domains, why):
    verdict = dmarc.evaluate(domains, None, [], Zone({}))
    assert (verdict.result, verdict.section) == ("none", "5.3.1")
    assert why in verdict.why


def test_the_same_domain_twice_is_one_and_u_labels_become_a_labels():
    records = {"xn--bcher-kva.example": "v=DMARC1; p=reject"}
    verdict = judge(["Bücher.example", "bücher.example."], records, "BÜCHER.example")
    assert (verdict.result, verdict.domain) == ("pass", "xn--bcher-kva.example")


@pytest.mark.parametrize("rcode", ["TIMEOUT", "SERVFAIL"])
def test_dns_faults(rcode):
    assert judge("example.com", {}, more={"_dmarc.example.com": [rcode]}).result == "temperror"
    assert judge("sub.example.com", {}, more={"_dmarc.example.com": [rcode]}).result == "temperror"
    records, up = {"example.com": "v=DMARC1; p=reject"}, {"_dmarc.com": [rcode]}
    assert judge("example.com", records, "other.example.com", more=up).result == "temperror"
    assert judge("example.com", records, "example.com", more=up).result == "pass"  # nothing hangs on it
    assert judge("example.com", records, more=up).result == "fail"


def test_nobody_walks_where_nothing_depends_on_it():
    asked = zone({"example.com": "v=DMARC1; p=reject"})
    dmarc.evaluate("example.com", Checked("example.com"), [Checked("example.com")], asked)
    assert asked.asked == [("_dmarc.example.com", "TXT")]
    strict = zone({"example.com": "v=DMARC1; p=reject; aspf=s; adkim=s"})
    dmarc.evaluate("example.com", Checked("a.example.com"), [Checked("b.example.com")], strict)
    assert strict.asked == [("_dmarc.example.com", "TXT")]


def test_the_transcript():
    records = {"example.net": "v=DMARC1; p=reject"}
    verdict = dmarc.evaluate("example.net", Checked("alumni.example"), [Checked("example.net", "fail")], zone(records))
    assert repr(verdict) == (
        "fail  From: example.net\n\n"
        '_dmarc.example.net  "v=DMARC1; p=reject"\n'
        "_dmarc.net  no record\n"
        "organizational domain example.net  §4.10.2\n"
        "  spf pass    alumni.example   relaxed: not aligned   §4.4.2\n"
        "  dkim fail   example.net      relaxed: aligned       §4.4.1\n"
        "example.net asks for p=reject  §4.10.1\n"
        "a receiver should do: quarantine  §7.4"
    )


TEXT = st.text(max_size=60)


@given(TEXT, TEXT, TEXT, st.one_of(TEXT, TEXT.map(lambda text: f"v=DMARC1; {text}")))
def test_a_verdict_never_raises(domain, spf, dkim, record):
    asked = Zone({"_dmarc.example.com": [("TXT", record.encode("utf-8"))]})
    for name in (domain, f"{domain}.example.com", "example.com"):
        verdict = dmarc.evaluate(name, Checked(spf), [Checked(dkim)], asked)
        assert verdict.result in dmarc.RESULTS
        assert repr(verdict)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ((3, None, []), "the domain in From: is text such as"),
        ((["example.com", None], None, []), "the domain in From: is text such as"),
        (("example.com", "pass", []), "a verdict of SPF or of a signature has a result and a domain"),
        (("example.com", None, 3), "dkim is a list of verdicts"),
        (("example.com", None, "pass"), "dkim is a list of verdicts"),
        (("example.com", None, ["pass"]), "a verdict of SPF or of a signature has a result and a domain"),
    ],
)
def test_what_is_of_the_wrong_kind_gets_a_sentence(wrong, says):
    with pytest.raises(LabError, match=says):
        dmarc.evaluate(*wrong, zone({}))
    with pytest.raises(LabError, match="a resolver is one such as lab.resolver, and not None"):
        dmarc.evaluate("example.com", None, [], None)
