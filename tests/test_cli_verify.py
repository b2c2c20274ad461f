"""labmail verify: a saved letter judged with the records of some files and no others; a sentence for each mistake."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

from labmail import Lab, cake, cli
from labmail.dns.files import resolver_of
from labmail.errors import LabError
from labmail.world import WORLDS
from tests.dkim.letters import altered, key, signed
from tests.outside.up import LABMAIL

ZONES = WORLDS / "base" / "zones"
NET = str(ZONES / "example.net.zone")
FILES = ("example.net", "alumni.example", "mailhost.example")
ALICE, HOME, FORGER = "alice@example.net", "192.0.2.67", "203.0.113.66"


@pytest.fixture
def letter(tmp_path: Path) -> str:
    file = tmp_path / "letter.eml"
    file.write_text(cake)
    return str(file)


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert cli.main(["verify", *words]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def test_a_spoof(letter: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, letter, "--ip", FORGER, "--helo", "mallory.example", "--mail-from", ALICE, "--zone", NET) == (
        "<alice@example.net> from 203.0.113.66 (mallory.example)\n\n"
        "spf     fail   example.net   -all matched\n"
        "dkim    none   -             nobody signed it\n"
        "dmarc   fail   example.net   example.net asks for p=reject; should do: quarantine\n\n"
        "SPF  (§ of RFC 7208)\n"
        "fail  alice@example.net from 203.0.113.66\n\n"
        'example.net  "v=spf1 ip4:192.0.2.67 -all"\n'
        "  ip4:192.0.2.67   is not 203.0.113.66   no match      §5.6\n"
        "  -all             holds every address   match: fail   §5.1\n"
        "lookups 0 of 10, void lookups 0 of 2\n\n"
        "DKIM  (§ of RFC 6376)\n"
        "none  nobody signed this message\n\n"
        "DMARC  (§ of RFC 9989)\n"
        "fail  From: example.net\n\n"
        '_dmarc.example.net  "v=DMARC1; p=reject; rua=mailto:dmarc@example.net"\n'
        "  spf fail   example.net   relaxed: aligned   §4.4.2\n"
        "example.net asks for p=reject  §4.10.1\n"
        "a receiver should do: quarantine  §7.4\n\n"
        "Authentication-Results: receiver.example; spf=fail smtp.mailfrom=alice@example.net; dkim=none;"
        " dmarc=fail header.from=example.net\n\n"
        "A server of the lab would say 550 5.7.23 SPF fail: 203.0.113.66 may not send for example.net."
        " DMARC alone comes to quarantine, but the fail of SPF is ground enough for this server to refuse"
        " (RFC 7208 §8.4).\n"
    )


def test_a_letter_that_came_through_a_lab(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What its server wrote is what we find."""
    file = tmp_path / "letter.eml"
    with Lab() as lab:
        lab.submit(cake.replace("bob@example.com", "bakers@alumni.example"), "bakers@alumni.example")
        [kept] = lab.mailbox("bob@example.com")
        file.write_bytes(kept.message)
    zones = [word for name in FILES for word in ("--zone", str(ZONES / f"{name}.zone"))]
    about = ("--ip", "203.0.113.80", "--helo", "list.alumni.example", "--mail-from", str(kept.return_path))
    out = said(capsys, str(file), *about, *zones)
    own = kept.get_all("Authentication-Results")[0].partition(";")[2]
    assert f"Authentication-Results: receiver.example;{own}\n" in out
    assert "A server of the lab would put it into Junk.\n" in out
    missing = out.splitlines()[-1]
    assert missing.startswith("Asked for, and not in the files: ")
    assert "_dmarc.net TXT" in missing


def test_records_of_one_file_for_several_domains(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, zone = tmp_path / "letter.eml", tmp_path / "found.txt"
    file.write_bytes(signed(type="ed25519"))
    zone.write_text(
        '; as dig says it\nexample.net.\t300\tIN\tTXT\t"v=spf1 include:_spf.example.org -all"\n'
        '_spf.example.org. 60 IN TXT "v=spf1 ip4:192.0.2.0/24 -all"\n'
        f's1._domainkey.example.net. TXT "{key("ed25519").record}"\n_dmarc.example.net. TXT "v=DMARC1; p=reject"\n'
    )
    out = said(capsys, str(file), "--ip", HOME, "--mail-from", f"<{ALICE}>", "--zone", str(zone))
    assert "spf=pass smtp.mailfrom=alice@example.net; dkim=pass header.d=example.net header.s=s1; dmarc=pass" in out
    assert "A server of the lab would put it into INBOX." in out
    file.write_bytes(altered(signed(type="ed25519"), b"cake", b"bread"))
    assert "the body is not the one that was signed" in said(
        capsys, str(file), "--ip", HOME, "--mail-from", ALICE, "--zone", str(zone)
    )


def test_from_a_pipe_and_from_a_mailbox_file(letter: str) -> None:
    octets = b"From alice@example.net Mon Jun  1 09:00:00 2026\n" + Path(letter).read_bytes()
    words = [*LABMAIL, "verify", "-", "--ip", HOME, "--mail-from", "<>", "--helo", "mail.example.net", "--zone", NET]
    ran = subprocess.run(words, input=octets, capture_output=True, timeout=60, check=True)
    assert ran.stderr == b""
    assert "smtp.helo=mail.example.net" in ran.stdout.decode()


WRONG = {
    "no file": (["nothing.eml"], r"nothing\.eml cannot be read: no such file or directory"),
    "a folder": (["."], r"\. cannot be read: is a directory"),
    "no letter": ([NET], r"example\.net\.zone is no letter: it begins with no header field, such as From: Alice"),
    "no address": (["--ip", "192.0.2"], r'"192.0.2" is no IP address: one such as 192.0.2.67 or 2001:db8::1 is meant'),
    "no sender": (["--mail-from", "alice"], r'"alice" is no address: --mail-from is one such as alice@example.net, or'),
    "no domain": (["--mail-from", "alice@"], r'"alice@" is no address'),
    "nobody": (["--mail-from", "<>"], r"without a sender SPF judges the name that the client called itself: --helo"),
    "no name": (["--helo", "two words"], r'"two words" is no name: --helo is what the client called itself, such as'),
    "no zone": (["--zone", "nowhere.zone"], r"nowhere\.zone cannot be read as a zone file: no such file or directory"),
    "an option": (["--ipv4", "192.0.2.67"], r"unrecognized arguments: --ipv4 192.0.2.67; `labmail"),
}


@pytest.mark.parametrize(("words", "sentence"), WRONG.values(), ids=WRONG)
def test_a_mistake_gets_one_sentence(
    words: list[str], sentence: str, letter: str, capsys: pytest.CaptureFixture[str]
) -> None:
    about = ["--ip", HOME, "--mail-from", ALICE, "--zone", NET]
    file = [] if not words[0].startswith("--") else [letter]
    try:
        code = cli.main(["verify", *file, *about, *words])
    except SystemExit as end:
        code = int(str(end.code))
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert re.match(f"labmail: .*{sentence}", err), err
    assert err.count("\n") == 1


@pytest.mark.parametrize("missing", ["--ip", "--mail-from", "--zone"])
def test_what_must_be_said(missing: str, letter: str, capsys: pytest.CaptureFixture[str]) -> None:
    about = {"--ip": HOME, "--mail-from": ALICE, "--zone": NET}
    words = [word for pair in about.items() if pair[0] != missing for word in pair]
    with pytest.raises(SystemExit):
        cli.main(["verify", letter, *words])
    assert capsys.readouterr().err == (
        f"labmail: the following arguments are required: {missing}; `labmail verify --help` says what there is\n"
    )


def test_a_letter_without_end(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "MESSAGE_MAX_OCTETS", 100)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(cake.encode())))
    assert cli.main(["verify", "-", "--ip", HOME, "--mail-from", ALICE, "--zone", NET]) == 2
    assert "- is larger than 100 octets" in capsys.readouterr().err


BROKEN = {
    "a type": ("@ TEXT hello", r"x\.zone line 2 has the type \"TEXT\", but the types of this lab are .*TXT\?"),
    "a quote": ('@ TXT "v=spf1', r"x\.zone line 2 opens a quote that the same line does not close"),
    "an alias": ("a CNAME b\na TXT x", r"x\.zone line 3 gives a\.example\.net .* a name with a CNAME may have nothing"),
    "nothing": ("", r"x\.zone has no records; one is a line as example\.net\. TXT \"v=spf1 -all\""),
    "no text": ("\0", r"x\.zone cannot be read as a zone file: it is no text"),
    "include": ("$INCLUDE more", r"x\.zone line 2 has \$INCLUDE"),
}


@pytest.mark.parametrize(("text", "sentence"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_named_with_its_line(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "x.zone").write_text(f"$ORIGIN example.net.\n{text}\n")
    with pytest.raises(LabError, match=sentence):
        resolver_of([NET, tmp_path / "x.zone"])


def test_no_utf_8(tmp_path: Path) -> None:
    (tmp_path / "x.zone").write_bytes(b"@ TXT \xff\n")
    with pytest.raises(LabError, match=r"x\.zone cannot be read as a zone file: it is not UTF-8"):
        resolver_of([tmp_path / "x.zone"])


def test_files_that_do_not_agree(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("a.test. CNAME b.test.\n")
    (tmp_path / "two").write_text("a.test. TXT x\n")
    with pytest.raises(LabError, match=r"the files together: one gives a\.test"):
        resolver_of([tmp_path / "one", tmp_path / "two"])


def test_what_such_a_resolver_knows(tmp_path: Path) -> None:
    (tmp_path / "example.net.zone").write_text("@ 5 TXT one\n@ 6 TXT two\nwww CNAME @\n*.any TXT star\n")
    (tmp_path / "more.txt").write_text("a.b.example.org. A 192.0.2.1\n")
    resolver = resolver_of([tmp_path / "example.net.zone", tmp_path / "more.txt"])
    asked = {
        ("example.net", "TXT"): ("NOERROR", 2),
        ("www.example.net", "TXT"): ("NOERROR", 2),
        ("x.any.example.net", "TXT"): ("NOERROR", 1),
        ("example.net", "A"): ("NOERROR", 0),
        ("b.example.org", "A"): ("NOERROR", 0),
        ("a.b.example.org", "A"): ("NOERROR", 1),
        ("nobody.example.net", "TXT"): ("NXDOMAIN", 0),
        ("gmail.test", "MX"): ("NXDOMAIN", 0),
    }
    found = {at: resolver.lookup(*at) for at in asked}
    assert {at: (answer.rcode, len(answer.records)) for at, answer in found.items()} == asked
    assert resolver_of([NET]).lookup("s1._domainkey.example.net", "TXT").texts[0].startswith(b"v=DKIM1")  # over TCP
