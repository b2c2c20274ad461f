"""TLS for programs from outside, with certificate checking on; nothing older than TLS 1.2; a capture in Wireshark."""

from __future__ import annotations

import json
import re
import shutil
import smtplib
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from labmail import Lab, cake
from tests.outside.up import BOB, run, started

MAIL, ALICES, MX1 = "mail.example.com", "mail.example.net", "mx1.example.com"
ALICE = "alice@example.net"
STARTTLS = [(MX1, "smtp"), (MAIL, "submission"), (MAIL, "imap"), (MAIL, "pop3")]
IMPLICIT = [(MAIL, "submissions"), (MAIL, "imaps"), (MAIL, "pop3s")]
READ = "the cake"


@dataclass(frozen=True)
class Up:
    ports: dict[tuple[str, str], int]
    accounts: dict[str, tuple[str, str]]
    ca: str


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    with started("--json") as (_, line):
        said = json.loads(line)
        ports = {(each["host"], each["protocol"]): each["port"] for each in said["services"]}
        accounts = {each["address"]: (each["user"], each["password"]) for each in said["accounts"]}
        up = Up(ports, accounts, said["ca_file"])
        with smtplib.SMTP("127.0.0.1", ports[MX1, "smtp"], local_hostname="outside.example") as smtp:
            smtp.sendmail("you@outside.example", BOB, cake.replace("alice@example.net", "you@outside.example"))
        yield up


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    file = tmp_path / "letter.eml"
    file.write_text("From: Alice <alice@example.net>\nTo: Bob <bob@example.com>\nSubject: sealed\n\nhello\n")
    return file


# ---- openssl, sslscan


@pytest.mark.needs("openssl")
@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize(("host", "protocol"), [*STARTTLS, *IMPLICIT])
def test_openssl_verifies(up: Up, host: str, protocol: str, version: str) -> None:
    words = ["-connect", f"127.0.0.1:{up.ports[host, protocol]}", "-CAfile", up.ca, "-verify_return_error", version]
    if (host, protocol) in STARTTLS:
        words += ["-starttls", {"imap": "imap", "pop3": "pop3"}.get(protocol, "smtp")]
    for name in (host, "localhost"):
        ran = run("openssl", "s_client", *words, "-verify_hostname", name, "-brief", stdin=b"QUIT\r\n")
        assert "Verification: OK" in ran.text, ran.text
    assert "Verification: OK" in run("openssl", "s_client", *words, "-verify_ip", "127.0.0.1", "-brief").text
    assert "verify error:num=62" in run("openssl", "s_client", *words, "-verify_hostname", "x.example").text


@pytest.mark.needs("openssl")
@pytest.mark.parametrize("version", ["-tls1", "-tls1_1"])
def test_openssl_finds_nothing_older(up: Up, version: str) -> None:
    words = ("-connect", f"127.0.0.1:{up.ports[MAIL, 'imaps']}", version, "-cipher", "DEFAULT:@SECLEVEL=0")
    ran = run("openssl", "s_client", *words)
    assert ran.code != 0
    assert "protocol version" in ran.text, ran.text


@pytest.mark.needs("sslscan")
@pytest.mark.parametrize(("host", "protocol"), [(MX1, "smtp"), (MAIL, "submissions"), (MAIL, "imap"), (MAIL, "pop3s")])
def test_sslscan_finds_tls_1_2_and_1_3_only(up: Up, host: str, protocol: str) -> None:
    start = {"smtp": ["--starttls-smtp"], "imap": ["--starttls-imap"]}.get(protocol, [])
    ran = run("sslscan", "--no-colour", *start, f"127.0.0.1:{up.ports[host, protocol]}")
    versions = dict(re.findall(r"^((?:SSL|TLS)v\S+) +(enabled|disabled)", ran.text, re.MULTILINE))
    assert {name for name, state in versions.items() if state == "enabled"} == {"TLSv1.2", "TLSv1.3"}, ran.text
    assert "vulnerable to heartbleed" not in ran.text.replace("not vulnerable to heartbleed", "")


# ---- who sends


@pytest.mark.needs("swaks")
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize(("protocol", "how"), [("submission", "--tls"), ("submissions", "--tls-on-connect")])
def test_swaks_logs_in(up: Up, letter: Path, protocol: str, how: str, mechanism: str) -> None:
    user, password = up.accounts[ALICE]
    login = ("--auth", mechanism, "--auth-user", user, "--auth-password", password)
    check = ("--tls-verify", "--tls-ca-path", up.ca)
    where = ("--server", f"127.0.0.1:{up.ports[ALICES, protocol]}", "--helo", "outside.example", how, *check)
    ran = run("swaks", *where, *login, "--from", ALICE, "--to", BOB, "--data", f"@{letter}")
    assert ran.code == 0, ran.text
    assert "235 2.7.0" in ran.text
    wrong = run("swaks", *where, *login[:-1], "wrong", "--from", ALICE, "--to", BOB)
    assert "535 5.7.8" in wrong.text


@pytest.mark.needs("swaks")
def test_swaks_under_tls_on_25(up: Up) -> None:
    where = ("--server", f"127.0.0.1:{up.ports[MX1, 'smtp']}", "--helo", "outside.example", "--tls")
    ran = run("swaks", *where, "--from", "you@outside.example", "--to", BOB)
    assert ran.code == 0, ran.text
    assert "TLS started with cipher TLSv1.3" in ran.text


@pytest.mark.needs("msmtp")
@pytest.mark.parametrize(("protocol", "starttls"), [("submission", "on"), ("submissions", "off")])
def test_msmtp(up: Up, letter: Path, tmp_path: Path, protocol: str, starttls: str) -> None:
    user, password = up.accounts[ALICE]
    config = tmp_path / "msmtprc"
    config.write_text(
        f"account alice\nhost localhost\nport {up.ports[ALICES, protocol]}\nfrom {ALICE}\ndomain outside.example\n"
        f"auth on\nuser {user}\npassword {password}\ntls on\ntls_starttls {starttls}\ntls_trust_file {up.ca}\n"
    )
    config.chmod(0o600)
    ran = run("msmtp", f"--file={config}", "--account=alice", BOB, stdin=letter.read_bytes())
    assert ran.code == 0, ran.text
    config.write_text(config.read_text().replace(up.ca, "system"))
    refused = run("msmtp", f"--file={config}", "--account=alice", BOB, stdin=letter.read_bytes())
    assert "certificate" in refused.text


@pytest.mark.needs("curl")
@pytest.mark.parametrize(("protocol", "scheme"), [("submission", "smtp"), ("submissions", "smtps")])
def test_curl_sends(up: Up, letter: Path, protocol: str, scheme: str) -> None:
    login = ("--user", ":".join(up.accounts[ALICE]), "--ssl-reqd", "--cacert", up.ca)
    where = f"{scheme}://localhost:{up.ports[ALICES, protocol]}/outside.example"
    envelope = ("--mail-from", ALICE, "--mail-rcpt", BOB, "--upload-file", str(letter))
    ran = run("curl", "-sS", where, *login, *envelope)
    assert ran.code == 0, ran.text
    assert run("curl", "-sS", where, *login[:3], *envelope).code == 60  # a CA that it does not know


# ---- who reads


@pytest.mark.needs("curl")
@pytest.mark.parametrize(
    ("protocol", "url"),
    [("pop3", "pop3://localhost:{}/1"), ("pop3s", "pop3s://localhost:{}/1"), ("imap", "imap://localhost:{}/INBOX;UID=1"),
     ("imaps", "imaps://localhost:{}/INBOX;UID=1")],
)  # fmt: skip
def test_curl_reads(up: Up, protocol: str, url: str) -> None:
    login = ("--user", ":".join(up.accounts[BOB]), "--ssl-reqd", "--cacert", up.ca)
    ran = run("curl", "-sS", url.format(up.ports[MAIL, protocol]), *login)
    assert ran.code == 0, ran.text
    assert READ in ran.text


@pytest.mark.needs("mbsync")
@pytest.mark.parametrize(("protocol", "kind"), [("imap", "STARTTLS"), ("imaps", "IMAPS")])
def test_mbsync(up: Up, tmp_path: Path, protocol: str, kind: str) -> None:
    user, password = up.accounts[BOB]
    (tmp_path / "mail").mkdir()
    word = "TLSType" if "TLSType" in run("mbsync", "--help").text else "SSLType"
    config = tmp_path / "mbsyncrc"
    config.write_text(
        f"IMAPAccount bob\nHost localhost\nPort {up.ports[MAIL, protocol]}\nUser {user}\nPass {password}\n"
        f"{word} {kind}\nCertificateFile {up.ca}\n\nIMAPStore far\nAccount bob\n\n"
        f"MaildirStore near\nPath {tmp_path}/mail/\nInbox {tmp_path}/mail/INBOX\n\n"
        f"Channel bob\nFar :far:\nNear :near:\nCreate Near\nSyncState *\n"
    )
    ran = run("mbsync", "-c", str(config), "bob")
    assert ran.code == 0, ran.text
    assert any(READ in file.read_text() for file in (tmp_path / "mail").rglob("*") if file.is_file())


@pytest.mark.needs("mpop")
@pytest.mark.parametrize(("protocol", "starttls"), [("pop3", "on"), ("pop3s", "off")])
def test_mpop(up: Up, tmp_path: Path, protocol: str, starttls: str) -> None:
    user, password = up.accounts[BOB]
    config, mbox = tmp_path / "mpoprc", tmp_path / "mbox"
    config.write_text(
        f"account bob\nhost localhost\nport {up.ports[MAIL, protocol]}\nuser {user}\npassword {password}\n"
        f"tls on\ntls_starttls {starttls}\ntls_trust_file {up.ca}\ndelivery mbox {mbox}\n"
        f"uidls_file {tmp_path}/uidls\nkeep on\n"
    )
    config.chmod(0o600)
    ran = run("mpop", f"--file={config}", "bob")
    assert ran.code == 0, ran.text
    assert READ in mbox.read_text()


@pytest.mark.needs("fetchmail")
@pytest.mark.parametrize(("protocol", "how"), [("pop3", 'sslproto "TLS1.2+"'), ("pop3s", "ssl"), ("imaps", "ssl")])
def test_fetchmail(up: Up, tmp_path: Path, protocol: str, how: str) -> None:
    user, password = up.accounts[BOB]
    config, mbox = tmp_path / "fetchmailrc", tmp_path / "mbox"
    config.write_text(
        f"poll localhost protocol {protocol.removesuffix('s').upper()} port {up.ports[MAIL, protocol]}\n"
        f'  user "{user}" password "{password}" {how} sslcertck sslcertfile "{up.ca}"\n'
        f'  fetchall keep mda "cat >>{mbox}"\n'
    )
    config.chmod(0o600)
    words = ("--nodetach", "--nosyslog", "--idfile", str(tmp_path / "ids"), "--pidfile", str(tmp_path / "pid"))
    ran = run("fetchmail", "-f", str(config), *words)
    assert ran.code == 0, ran.text
    assert READ in mbox.read_text()


# ---- Wireshark


@pytest.mark.needs("tshark")
def test_tshark_shows_what_was_sealed(tmp_path: Path) -> None:
    with Lab() as lab:
        lab.send(cake, BOB)
        capture, keys = lab.pcap(tmp_path / "x.pcap"), lab.key_log(tmp_path / "x.keys")
        one = lab.conversation(ALICES, MX1).pcap(tmp_path / "one.pcap")
    with_keys = tshark(capture, "-o", f"tls.keylog_file:{keys}", "-Y", "smtp")
    assert "192.0.2.67 → 198.51.100.1" in with_keys
    assert "C: MAIL FROM:<alice@example.net>" in with_keys
    assert "C: QUIT" in with_keys
    without = tshark(capture, "-Y", "smtp")
    assert "C: STARTTLS" in without
    assert "MAIL FROM" not in without
    ports = tshark(one, "-T", "fields", "-e", "tcp.dstport").split()
    assert set(ports) == {"25", "49153"}  # the first port was the DNS question's
    check = ("-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE")
    bad = "_ws.malformed || tcp.checksum.status == 0 || ip.checksum.status == 0 || tcp.analysis.flags"
    assert tshark(capture, *check, "-Y", bad) == ""
    assert "MX" in tshark(capture, "-Y", "dns")


def tshark(file: Path, *words: str) -> str:
    program = shutil.which("tshark")
    assert program
    done = subprocess.run((program, "-r", str(file), *words), capture_output=True, text=True, timeout=60)
    return done.stdout


def test_smtplib_accepts_anything_unless_it_is_told(up: Up) -> None:
    """`starttls()` without a context: what Python does, and a lesson."""
    with smtplib.SMTP("127.0.0.1", up.ports[MX1, "smtp"]) as smtp:
        assert smtp.starttls()[0] == 220
    with smtplib.SMTP("127.0.0.1", up.ports[MX1, "smtp"]) as smtp, pytest.raises(ssl.SSLCertVerificationError):
        smtp.starttls(context=ssl.create_default_context())
