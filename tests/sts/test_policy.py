"""A policy, line by line: what counts, what is passed over, what makes it void and where. RFC 8461 section 3.2."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labmail import sts

GOOD = "version: STSv1\nmode: enforce\nmx: mx1.example.com\nmx: *.backup.example.com\nmax_age: 604800\n"


@pytest.mark.parametrize("text", [GOOD, GOOD.replace("\n", "\r\n"), GOOD.rstrip("\n"), GOOD.replace(": ", ":\t")])
def test_lines_may_end_in_either_way(text):
    policy = sts.read_policy(text.encode())
    assert (policy.mode, policy.mx, policy.max_age) == (
        "enforce",
        ("mx1.example.com", "*.backup.example.com"),
        604_800,
    )
    assert policy.valid
    assert policy.problems == ()


@pytest.mark.parametrize(
    ("changed", "line", "says"),
    [
        (("version: STSv1", "version: STSv2"), 1, 'version "STSv2" is not STSv1'),
        (("mode: enforce", "mode: strict"), 2, 'mode "strict" is none of none, testing, enforce'),
        (("mx: mx1.example.com", "mx: mx*.example.com"), 3, "is no name of a server"),
        (("mx: *.backup.example.com", "mx: a.*.example.com"), 4, "is no name of a server"),
        (("mx: mx1.example.com", "mx: mx1..example.com"), 3, "is no name of a server"),
        (("max_age: 604800", "max_age: a week"), 5, 'max_age "a week" is no number'),
        (("max_age: 604800", "max_age: 31557601"), 5, "from 0 to 31557600"),
        (("mode: enforce", "mode enforce"), 2, "is no field"),
        (("mode: enforce", ""), 2, "it is empty"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(changed, line, says):
    policy = sts.read_policy(GOOD.replace(*changed))
    assert not policy.valid
    assert policy.problems[0].line == line
    assert says in str(policy.problems[0])
    assert (policy.mode, policy.mx) == ("", ())  # nobody acts on half a policy
    assert says in repr(policy)


@pytest.mark.parametrize("field", ["version", "mode", "max_age"])
def test_what_is_missing_is_named(field):
    text = "".join(line for line in GOOD.splitlines(keepends=True) if not line.startswith(field))
    policy = sts.read_policy(text)
    assert [str(problem) for problem in policy.problems] == [f"there is no {field}"]


def test_servers_may_be_missing_under_none_alone():
    bare = "version: STSv1\nmode: none\nmax_age: 86400\n"
    assert sts.read_policy(bare).valid
    assert "no server would do" in repr(sts.read_policy(bare.replace("none", "testing")))


def test_what_is_unknown_or_twice_is_passed_over():
    policy = sts.read_policy(GOOD + "mode: none\nfuture: a=b;c\nMode: none\n")
    assert (policy.valid, policy.mode) == (True, "enforce")
    assert [problem.line for problem in policy.problems] == [6, 8]  # a capital is worth a word, though lawful


@pytest.mark.parametrize(
    ("pattern", "host", "wanted"),
    [
        ("mx1.example.com", "mx1.example.com", True),
        ("mx1.example.com", "MX1.Example.COM.", True),
        ("mx1.example.com", "mx2.example.com", False),
        ("*.example.com", "mx1.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "a.mx1.example.com", False),
        ("*.example.com", ".example.com", False),
        ("example.com", "mx1.example.com", False),
        ("*.example.com", "mx1.example.com.mallory.example", False),
    ],
)
def test_a_star_is_one_label(pattern, host, wanted):
    assert sts.matches(pattern, host) is wanted


def test_a_policy_lists_servers():
    policy = sts.read_policy(GOOD)
    assert policy.lists("mx1.example.com")
    assert policy.lists("one.backup.example.com")
    assert not policy.lists("mallory.example")


@given(st.one_of(st.text(max_size=200), st.binary(max_size=200)))
def test_anything_can_be_read(text):
    policy = sts.read_policy(text)
    assert policy.valid or policy.problems


@given(st.sampled_from(sts.MODES), st.integers(0, sts.MAX_AGE_MAX_S), st.integers(1, 4))
def test_what_is_written_is_read(mode, age, servers):
    names = [f"mx{number}.example.com" for number in range(servers)]
    text = "\n".join(["version: STSv1", f"mode: {mode}", *(f"mx: {name}" for name in names), f"max_age: {age}"])
    policy = sts.read_policy(text)
    assert (policy.mode, policy.max_age, policy.mx) == (mode, age, tuple(names))
