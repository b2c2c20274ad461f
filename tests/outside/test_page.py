"""docs/outside.md says what is so: its commands run, and its table and its JSON have the form of the real ones."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from labmail import cake
from tests.conftest import ROOT
from tests.outside.up import BOB, Places, ended, run, started, swaks

PAGE = (ROOT / "docs" / "outside.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ ((?:dig|swaks|curl|msmtp|openssl) .*)$", PAGE, re.MULTILINE)
# as the page has them
PORTS = {
    "50215": ("ns.example", "dns"),
    "36893": ("mx1.example.com", "smtp"),
    "38115": ("mail.example.com", "pop3"),
    "36791": ("mail.example.net", "submission"),
    "41965": ("mail.example.com", "pop3s"),
    "45117": ("mail.example.com", "https"),
}
PASSWORD = re.compile(r"\b[a-z0-9]{16}\b")


def test_the_page_has_commands() -> None:
    assert {command.split()[0] for command in COMMANDS} == {"dig", "swaks", "curl", "msmtp", "openssl"}


@pytest.mark.needs("dig", "swaks", "curl", "msmtp", "openssl", "sh")
@pytest.mark.parametrize("command", COMMANDS, ids=[command.split()[0] for command in COMMANDS])
def test_a_command_runs(base: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    (tmp_path / "letter.eml").write_text(cake)
    swaks(base["mx1.example.com"])  # so that there is a letter to read
    monkeypatch.chdir(tmp_path)
    for port, place in PORTS.items():
        command = command.replace(port, str(base.ports[place]))
    who = "alice@example.net" if "--auth" in command else BOB
    command = PASSWORD.sub(base.accounts[who][1], command)
    monkeypatch.setenv("CA", base.ca_file)
    ran = run("sh", "-c", command)
    assert ran.code == 0, ran.text


def test_the_table_is_the_real_one() -> None:
    with started() as (process, first):
        said = first + ended(process)[0]
    shown = PAGE.partition("$ labmail up\n")[2].partition("```")[0]
    assert without_ports(shown) == without_ports(said)


def test_the_json_has_the_real_form() -> None:
    shown = json.loads(PAGE.partition("```json\n")[2].partition("```")[0])
    with started("--json") as (_, line):
        real = json.loads(line)
    assert shown.keys() == real.keys()
    assert shown["ca_file"] == "…/ca.pem"
    assert real["ca_file"].endswith("/ca.pem")
    [bob] = (each for each in real["accounts"] if each["address"] == BOB)
    assert shown["accounts"] == [bob | {"password": shown["accounts"][0]["password"]}]
    [mx1] = (each for each in real["services"] if each["host"] == "mx1.example.com")
    assert shown["services"] == [mx1 | {"port": 36893}]


def without_ports(text: str) -> str:
    """Nor with passwords and the CA's folder, which are as random."""
    text = re.sub(r"\S+/ca\.pem", "CA", text)
    return PASSWORD.sub("PASSWORD", re.sub(r"(?<=[: ])\d{4,5}\b *", "PORT ", text))
