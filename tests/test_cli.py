"""The command line: what it says, on which stream, with which exit code; and that nothing is left of it."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import labmail
from labmail import cli
from labmail.lab.expose import domain_of
from tests.outside.up import LABMAIL, Places, ended, started

SUBMISSION, READING = ("submission", "submissions"), ("pop3", "pop3s", "imap", "imaps")
SERVICE = ["domain", "host", "protocol", "tls", "address", "port"]
CAROL = """
[provider."mailhost.example"]
mailboxes = ["info@example.org", "chair@club.example", "info@nomx.example", "carol@example.org"]
[provider."mailhost.example".passwords]
"carol@example.org" = "teaching-carol"
"""
SIGNALS = [signal.SIGINT, signal.SIGTERM]


@pytest.mark.parametrize("number", SIGNALS)
def test_up_says_one_line_and_serves_until_a_signal(number: signal.Signals) -> None:
    with started("--json") as (process, line):
        said = json.loads(line)
        assert list(said) == ["services", "accounts", "ca_file"]
        assert Path(said["ca_file"]).read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")
        assert [list(account) for account in said["accounts"]] == [["address", "user", "password"]] * 5
        assert all(list(service) == SERVICE for service in said["services"])
        places = Places.of(said["services"])
        with socket.create_connection(("127.0.0.1", places["mx1.example.com"]), timeout=10) as client:
            assert client.recv(100).startswith(b"220 mx1.example.com")
            assert ended(process, number) == ("", "", 0)
            with pytest.raises(ConnectionResetError):
                client.recv(100)
        for port in places.ports.values():
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port), timeout=10)


FINALIZING = """
import os, signal
from labmail.cli import _bell
class Last:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
with _bell() as bell:
    last = Last()
    del last
    print(os.read(bell, 1).decode(), flush=True)
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        print("at once")
"""


def test_a_signal_is_heard_even_while_something_is_finalized_and_the_second_is_obeyed_at_once() -> None:
    ran = subprocess.run((sys.executable, "-c", FINALIZING), capture_output=True, text=True, timeout=60)
    assert (ran.stdout, ran.stderr) == (".\nat once\n", "")


def test_the_services_of_the_base_world() -> None:
    with started("--json") as (_, line):
        services = json.loads(line)["services"]
    assert {(each["host"], each["domain"], each["protocol"]) for each in services} == {
        ("ns.example", "example", "dns"),
        ("mail.example.net", "example.net", "smtp"),
        *(("mail.example.net", "example.net", protocol) for protocol in (*SUBMISSION, *READING)),
        *(("mail.example.com", "example.com", protocol) for protocol in (*SUBMISSION, *READING, "http", "https")),
        *(("mx.mailhost.example", "mailhost.example", protocol) for protocol in READING),
        ("mx1.example.com", "example.com", "smtp"),
        ("mx2.example.com", "example.com", "smtp"),
        ("mx.mailhost.example", "mailhost.example", "smtp"),
        ("mallory.example", "mallory.example", "smtp"),
        ("mx.alumni.example", "alumni.example", "smtp"),
        ("list.alumni.example", "alumni.example", "smtp"),
    }
    assert {each["address"] for each in services} == {"127.0.0.1"}
    assert {(each["protocol"], each["tls"]) for each in services} == {
        *((protocol, "none") for protocol in ("dns", "http")),
        *((protocol, "starttls") for protocol in ("smtp", "submission", "pop3", "imap")),
        *((protocol, "implicit") for protocol in ("submissions", "pop3s", "imaps", "https")),
    }
    assert len({each["port"] for each in services}) == len(services)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_table_for_people(number: signal.Signals) -> None:
    with started() as (process, first):
        rest, errors, code = ended(process, number)
    assert (errors, code) == ("", 0)
    lines = [first, *rest.splitlines(keepends=True)]
    page = "".join(lines)
    assert first == "The lab is up: the base world, for programs of this machine alone. Ctrl-C stops it.\n"
    cells = [line.split() for line in lines if "127.0.0.1:" in line and not line.startswith(" ")]
    rows = {row[0]: row[1:] for row in cells if row[1] in ("dns", "smtp", "pop3")}
    assert rows["mail.example.com"][3:] == ["hands", "out", "the", "mail", "of", "example.com"]
    password = re.search(r"^bob@example.com +bob +([a-z0-9]{16})$", page, re.MULTILINE)[1]
    assert f"  curl -u bob:{password} pop3://{rows['mail.example.com'][2]}/1\n" in page
    assert re.search(r"^  your browser: http://127\.0\.0\.1:\d+/$", page, re.MULTILINE)
    assert rows["mx1.example.com"][3:] == ["takes", "mail", "for", "example.com"]
    assert "sit at outside.example [198.51.100.200]." in page
    port = rows["mx1.example.com"][2]
    assert f"  swaks --server {port} --helo outside.example --from you@outside.example --to bob@example.com\n" in page
    assert f"  dig @127.0.0.1 -p {rows['ns.example'][2].partition(':')[2]} example.com MX\n" in page
    assert "\x1b" not in page  # no colours where nobody looks
    assert max(map(len, lines)) <= 131


def test_a_seat_behind_a_filter() -> None:
    with started("--json", "--as", "laptop.example.net") as (_, line):
        found = {each["protocol"] for each in json.loads(line)["services"]}
    assert found == {*("dns", "http", "https", *SUBMISSION, *READING)}
    with started("--as", "laptop.example.net") as (process, _):
        page, _, _ = ended(process)
    assert "isp.example lets nobody there out to port 25: such services are not listed.\n" in page
    assert "swaks" not in page


def test_a_world_of_ones_own(tmp_path: Path) -> None:
    world = tmp_path / "mine.toml"
    world.write_text('base = "base"\n[host."web.example.org"]\naddress = "192.0.2.99"\n' + CAROL)
    with started("--world", str(world), "--as", "web.example.org", "--json") as (_, line):
        said = json.loads(line)
    assert ("mx1.example.com", "smtp") in Places.of(said["services"]).ports
    assert {"carol@example.org", "bob@example.com"} <= {account["address"] for account in said["accounts"]}


def test_a_world_without_mailboxes(tmp_path: Path) -> None:
    (tmp_path / "world.toml").write_text(
        'name_server = "ns.example"\n[host."ns.example"]\naddress = "192.0.2.53"\nservices = ["dns"]\n'
    )
    (tmp_path / "zones").mkdir()
    with started("--world", str(tmp_path), "--as", "ns.example", "--json") as (_, line):
        assert json.loads(line)["accounts"] == []


def test_passwords_are_new_each_time() -> None:
    passwords = []
    for _ in range(2):
        with started("--json") as (_, line):
            passwords += [account["password"] for account in json.loads(line)["accounts"]]
    assert len(set(passwords)) == len(passwords) == 10


MISTAKES = {
    "a world that is not there": (["up", "--world", "bse"], "there is no world named bse; did you mean base?"),
    "a file that is not there": (["up", "--world", "my.toml"], "there is no file my.toml; "),
    "no such host": (["up", "--as", "mars.example"], "mars.example is no host of this lab; it has "),
    "no such option": (["up", "--jsn"], "unrecognized arguments: --jsn; "),
    "no such command": (["upp"], "invalid choice: 'upp'"),
    "an option without its value": (["up", "--as"], "argument --as: expected one argument; `labmail up --help`"),
    "no command": ([], "the following arguments are required: COMMAND; `labmail --help` says what there is"),
}


@pytest.mark.parametrize(("arguments", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_gets_a_sentence(arguments: list[str], sentence: str) -> None:
    done = subprocess.run([*LABMAIL, *arguments], capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("labmail: ")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


BROKEN = {
    "no TOML": ("name_server = \n", "this is not TOML"),
    "a wrong key": ('base = "base"\n\n[host."x.example"]\nadress = "192.0.2.9"\n', "line 4: adress means nothing here"),
}


@pytest.mark.parametrize(("text", "sentence"), BROKEN.values(), ids=BROKEN)
def test_a_broken_world_gets_a_sentence_with_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, sentence: str
) -> None:
    world = tmp_path / "mine.toml"
    world.write_text(text)
    before = [signal.getsignal(number) for number in SIGNALS]
    assert cli.main(["up", "--world", str(world)]) == 2
    assert [signal.getsignal(number) for number in SIGNALS] == before
    said = capsys.readouterr()
    assert said.out == ""
    assert str(world) in said.err
    assert sentence in said.err


def test_version_and_worlds(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"labmail {labmail.__version__}\n"
    assert cli.main(["worlds"]) == 0
    rows = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert {"base", "01-smtp-dialog"} <= rows.keys()
    assert all((Path(folder) / "world.toml").is_file() for folder in rows.values())


def test_the_domain_of_a_host() -> None:
    zones = ["example", "example.com", "vps.example", "com"]
    hosts = ["mx1.example.com", "a.b.example.com", "vps.example", "ns.example", "example.com", "elsewhere.test"]
    assert [domain_of(host, zones) for host in hosts] == [
        *("example.com", "example.com", "vps.example", "example", "example.com", "elsewhere.test")
    ]
