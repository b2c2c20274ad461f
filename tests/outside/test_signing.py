"""What the lab's servers sign, on its way through the lab, verifies with programs that share no line with ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from labmail import Lab, cake
from tests.outside.test_dkim import VERIFY, file, opendkim, run

BOB = "bob@example.com"
SENT = {  # domain -> what its server sends, and from where
    "example.net": (cake, "mail.example.net"),
    "example.org": ("From: info@example.org\nSubject: hello\n\nhello\n", "mx.mailhost.example"),
    "mallory.example": ("From: mallory@mallory.example\nSubject: hello\n\nhello\n", "mallory.example"),
}


def signed(lab: Lab, domain: str) -> tuple[bytes, str, str]:
    """The letter as Bob has it, with the trace on top; the name of the key, and its record."""
    letter, host = SENT[domain]
    selector = lab.host(host).signs_for[domain]
    lab.send(letter, BOB, at=host)
    name = f"{selector}._domainkey.{domain}"
    [record] = lab.dig(name, "TXT").answer.texts
    return lab.wait_for_mail(BOB)[-1].message, name, record.decode()


@pytest.mark.needs("opendkim")
@pytest.mark.parametrize("domain", SENT)
def test_opendkim_verifies_what_the_lab_signs(lab: Lab, tmp_path: Path, domain: str) -> None:
    letter, name, record = signed(lab, domain)
    keys = file(tmp_path, "keys", f"{name} {record}\n")
    for octets, result in ((letter, "pass"), (letter.replace(b"!", b"?").replace(b"hello\r\n", b"hallo\r\n"), "fail")):
        said = opendkim(tmp_path, octets, "-vv", Mode="v", TestPublicKeys=keys).decode()
        assert said.partition("dkim=")[2].split()[0] == result


@pytest.mark.needs("dkimproxy-verify")
@pytest.mark.parametrize("domain", SENT)
def test_mail_dkim_verifies_what_the_lab_signs(lab: Lab, domain: str) -> None:
    letter, name, record = signed(lab, domain)
    assert run("perl", "-e", VERIFY, name, record, octets=letter).decode() == "pass"


@pytest.mark.needs("dkimproxy-verify")
def test_mail_dkim_sees_that_a_list_has_changed_the_letter(lab: Lab) -> None:
    lab.send(cake, "bakers@alumni.example")
    [letter] = lab.wait_for_mail(BOB)
    for name in ("s1._domainkey.alumni.example", "s1._domainkey.example.net"):
        [record] = lab.dig(name, "TXT").answer.texts
        field = name.partition(".")[2].partition(".")[2]
        start = letter.octets.index(b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=" + field.encode())
        said = run("perl", "-e", VERIFY, name, record.decode(), octets=letter.octets[start:]).decode()
        assert said == ("pass" if field == "alumni.example" else "fail")
