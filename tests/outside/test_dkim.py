"""Two programs that share no line with ours: what we sign they verify, and what they sign we do.

OpenDKIM reads the keys from a file of its test mode; Mail::DKIM asks a resolver that knows one name. Of the two only
OpenDKIM knows Ed25519.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.dkim.letters import LETTER, NAME, altered, judge, key, signed, zone

HOWS = ["simple/simple", "relaxed/relaxed", "simple/relaxed", "relaxed/simple"]
LATER = 2**33  # it signs by the machine's clock
LIMIT = 60  # seconds for a program to answer

VERIFY = """
use strict; use warnings; use Mail::DKIM::Verifier; use Mail::DKIM::DNS; use Net::DNS;
package Zone {
    sub new { return bless {}; }
    sub errorstring { return ''; }
    sub send {
        my ($self, $name, $type) = @_;
        my $packet = Net::DNS::Packet->new($name, $type, 'IN');
        $packet->header->qr(1);
        my $record = Net::DNS::RR->new(owner => $name, type => 'TXT', txtdata => [unpack('(A255)*', $ARGV[1])]);
        $packet->push(answer => $record) if $name eq $ARGV[0];
        return $packet;
    }
}
Mail::DKIM::DNS::resolver(Zone->new);
my $verifier = Mail::DKIM::Verifier->new;
binmode STDIN;
$verifier->PRINT($_) while <STDIN>;
$verifier->CLOSE;
print $verifier->result;
"""

SIGN = """
use strict; use warnings; use Mail::DKIM::Signer;
my $signer = Mail::DKIM::Signer->new(Algorithm => 'rsa-sha256', Method => $ARGV[0], Domain => 'example.net',
    Selector => 's1', KeyFile => $ARGV[1]);
binmode STDIN;
$signer->PRINT($_) while <STDIN>;
$signer->CLOSE;
print $signer->signature->as_string, "\\r\\n";
"""


def run(*words: str, octets: bytes = b"") -> bytes:
    done = subprocess.run(words, input=octets, capture_output=True, timeout=LIMIT)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def file(folder: Path, name: str, octets: bytes | str) -> str:
    path = folder / name
    path.write_bytes(octets.encode() if isinstance(octets, str) else octets)
    return str(path)


def opendkim(folder: Path, letter: bytes, aloud: str, **settings: str) -> bytes:
    config = file(folder, "config", "".join(f"{name} {value}\n" for name, value in settings.items()))
    return run("opendkim", "-x", config, aloud, "-t", file(folder, "letter.eml", letter))


def opendkim_says(folder: Path, letter: bytes, type: str) -> str:
    keys = file(folder, "keys", f"{NAME} {key(type).record}\n")
    said = opendkim(folder, letter, "-vv", Mode="v", TestPublicKeys=keys).decode()
    return said.partition("dkim=")[2].split()[0]


@pytest.mark.needs("opendkim")
@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("type", ["rsa", "ed25519"])
def test_opendkim_verifies_what_we_sign(tmp_path, type, how):
    letter = signed(type=type, canonicalization=how)
    assert opendkim_says(tmp_path, letter, type) == "pass"
    assert opendkim_says(tmp_path, altered(letter, b"cake!", b"cake."), type) == "fail"
    assert opendkim_says(tmp_path, altered(letter, b"Re: The", b"Re: the"), type) == "fail"


@pytest.mark.needs("opendkim")
@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("type", ["rsa", "ed25519"])
def test_we_verify_what_opendkim_signs(tmp_path, type, how):
    said = opendkim(
        tmp_path,
        LETTER,
        "-v",
        Mode="s",
        Domain="example.net",
        Selector="s1",
        KeyFile=file(tmp_path, "key.pem", key(type).pem),
        RequireSafeKeys="no",
        SignatureAlgorithm=f"{type}-sha256",
        Canonicalization=how,
        OversignHeaders="From",
    )
    field = b"DKIM-Signature:" + said.partition(b"DKIM-Signature:")[2].rstrip() + b"\r\n"
    if type == "ed25519" and how.startswith("simple"):  # it hashes b= on the line before, and then breaks that line
        assert judge(field + LETTER, zone(type=type), now=LATER).result == "fail"
        field = field.replace(b"\r\n\tb=", b" b=")
    signature = judge(field + LETTER, zone(type=type), now=LATER)
    assert (signature.result, signature.algorithm) == ("pass", f"{type}-sha256")
    assert signature.canonicalization == how


def mail_dkim_says(letter: bytes) -> str:
    return run("perl", "-e", VERIFY, NAME, key().record, octets=letter).decode()


@pytest.mark.needs("dkimproxy-verify")
@pytest.mark.parametrize("how", HOWS)
def test_mail_dkim_verifies_what_we_sign(how):
    letter = signed(canonicalization=how)
    assert mail_dkim_says(letter) == "pass"
    assert mail_dkim_says(altered(letter, b"cake!", b"cake.")) == "fail"
    assert mail_dkim_says(altered(letter, b"Re: The", b"Re: the")) == "fail"


@pytest.mark.needs("dkimproxy-verify")
@pytest.mark.parametrize("how", HOWS)
def test_we_verify_what_mail_dkim_signs(tmp_path, how):
    field = run("perl", "-e", SIGN, how, file(tmp_path, "key.pem", key().pem), octets=LETTER)
    signature = judge(field + LETTER)
    assert (signature.result, signature.canonicalization) == ("pass", how)


@pytest.mark.needs("opendkim", "dkimproxy-verify")
@pytest.mark.parametrize(
    "octets", [b"", b"\r\n", b" \r\n\t\r\n", b"x  y \t\r\n\r\n\r\n", b".\r\n..\r\n", b"\xff\x00\r\n"]
)
@pytest.mark.parametrize("how", ["simple/simple", "relaxed/relaxed"])
def test_odd_bodies(tmp_path, how, octets):
    letter = signed(LETTER.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + octets, canonicalization=how)
    assert judge(letter).result == "pass"
    assert mail_dkim_says(letter) == "pass"
    if octets.isascii() and octets.endswith(b"\r\n"):
        assert opendkim_says(tmp_path, letter, "rsa") == "pass"
