"""Whatever DNS or a stranger says, a check comes back with a verdict; and pyspf keeps still."""

from __future__ import annotations

import subprocess
import sys
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from labmail import spf
from tests.spf.zone import Zone

TEXT = st.text(st.characters(max_codepoint=255), max_size=80)
WORDS = st.sampled_from(
    (
        *("a", "mx:", "%{", "}", "/24", "//", "ip4:1.2.3.4", "include:x.test", " ", "=", "redirect=", "exp=x.test"),
        *("-all", "exists:%{ir}.x.test", "ptr", "~", ".", ":", "%", "ip6:::1/", "%{p}", "%{H}", ",", "%{l1r-}"),
    )
)
RECORD = st.one_of(TEXT, st.lists(WORDS, max_size=12).map("".join), st.lists(WORDS, max_size=12).map(" ".join))
ADDRESS = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str)


@given(RECORD)
def test_any_text_can_be_read(text):
    for record in (text, f"v=spf1 {text}"):
        read = spf.read(record)
        assert all(1 <= fault.column <= len(record) + 1 and fault.says for fault in read.faults)
        assert repr(read)


@settings(max_examples=300)
@given(
    ADDRESS, st.one_of(TEXT, st.just("h.test")), st.one_of(TEXT, TEXT.map(lambda text: f"{text}@x.test")), RECORD, TEXT
)
def test_a_check_never_raises(ip, helo, mail_from, record, explanation):
    zone = Zone({"x.test": [("TXT", f"v=spf1 {record}"), ("MX", "10 x.test"), ("A", "1.2.3.4"), ("TXT", explanation)]})
    verdict = spf.check(ip, helo, mail_from, zone)
    assert verdict.result in spf.RESULTS
    assert verdict.lookups <= 11
    assert repr(verdict) == repr(spf.check(ip, helo, mail_from, zone))


def test_a_record_made_to_be_slow_is_not():
    bad = [f"a:x.{'a' * 60_000}!", f"exists:%{{{'9' * 20_000}}}.test", "a" + "/1" * 20_000, "a:" + "a." * 30_000]
    for word in bad:
        started = time.perf_counter()
        zone = Zone({"x.test": [("TXT", f"v=spf1 {word} -all")]})
        assert spf.check("192.0.2.1", "h", "a@x.test", zone).result in ("permerror", "fail")
        assert time.perf_counter() - started < 2


QUIET = """
import sys, warnings
warnings.simplefilter("always")
sys.dont_write_bytecode = True
sys.pycache_prefix = sys.argv[1]  # nothing compiled lies there, so that what the compiler dislikes would be said
from labmail import spf
assert "spf" not in sys.modules and "dns" not in sys.modules
class Nobody:
    def lookup(self, name, type):
        raise AssertionError(name)
spf.check("192.0.2.1", "h", "", Nobody())
assert "spf" in sys.modules
def refuse(*_):
    raise AssertionError("pyspf asks DNS by itself")
sys.modules["spf"].DNSLookup = refuse
from tests.spf.zone import Zone
zone = Zone({"x.test": [("TXT", "v=spf1 mx ptr exists:%{p}.test include:x.test")]})
print(spf.check("192.0.2.1", "h", "a@x.test", zone).result)
"""


def test_pyspf_loads_late_and_in_silence_and_asks_nobody(root, tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", QUIET, str(tmp_path)], capture_output=True, text=True, cwd=root, timeout=60
    )
    assert (run.stdout, run.stderr) == ("permerror\n", "")
