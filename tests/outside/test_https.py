"""curl reads the web of the lab over TLS, with checking on: the webmail, and a policy under its name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.outside.up import Places, run, up

MAIL = "mail.example.com"
NAME = "mta-sts.example.com"


@pytest.fixture(scope="module")
def lesson() -> Iterator[Places]:
    with up("--world", "05-starttls-and-submission") as places:
        yield places


def curl(places: Places, host: str, target: str, *words: str) -> str:
    port = places.ports[MAIL, "https"]
    there = ("--resolve", f"{host}:{port}:127.0.0.1")
    ran = run("curl", "-sS", "--cacert", places.ca_file, *there, *words, f"https://{host}:{port}{target}")
    return ran.text


@pytest.mark.needs("curl")
@pytest.mark.parametrize("host", [MAIL, "localhost"])
def test_the_webmail(base: Places, host: str) -> None:
    said = curl(base, host, "/login", "-i")
    assert said.startswith("HTTP/1.1 200 OK")
    assert "; Secure" in said
    assert "<form" in said


@pytest.mark.needs("curl")
def test_a_policy(lesson: Places) -> None:
    said = curl(lesson, NAME, "/.well-known/mta-sts.txt")
    assert said.splitlines()[:3] == ["version: STSv1", "mode: enforce", "mx: mx1.example.com"]


@pytest.mark.needs("curl")
def test_whom_the_certificate_does_not_name_is_not_believed(lesson: Places) -> None:
    assert "SSL" in curl(lesson, "mta-sts.club.example", "/.well-known/mta-sts.txt")
    assert "local issuer certificate" in run("curl", "-sS", f"https://127.0.0.1:{lesson.ports[MAIL, 'https']}/").text
