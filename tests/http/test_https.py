"""The web over TLS: pages whose cookies stay there, and the policies of MTA-STS, which are served in no other way."""

from __future__ import annotations

import http.client
import socket
import ssl
import urllib.request

import pytest

from labmail import Lab
from labmail.errors import LabError

PHONE, MAIL, FIRM = "phone.example.com", "mail.example.com", "mx.mailhost.example"
POLICY = "https://mta-sts.example.com/.well-known/mta-sts.txt"


@pytest.fixture(scope="module")
def lab():
    with Lab("05-starttls-and-submission") as lab:
        yield lab


@pytest.fixture
def fresh(lab):
    lab.reset()
    return lab


def get(lab, name, target="/.well-known/mta-sts.txt", *, host=None, tls=True):
    with lab.at(PHONE):
        if tls:
            context = ssl.create_default_context(cafile=str(lab.ca_file))
            client = http.client.HTTPSConnection(name, context=context)
        else:
            client = http.client.HTTPConnection(name)
        client.request("GET", target, headers={"Host": host} if host else {})
        answer = client.getresponse()
        found = answer.status, answer.headers.get_content_type(), answer.read().decode()
        client.close()
    return found


def test_the_policy_is_a_text_under_a_name_of_its_own(fresh):
    status, type, text = get(fresh, "mta-sts.example.com")
    assert (status, type) == (200, "text/plain")
    assert text == fresh.policy("example.com").text
    assert text.startswith("version: STSv1\nmode: enforce\n")
    talk = fresh.conversation(PHONE, MAIL)
    assert talk.wire.server_port == 443
    assert "S: HTTP/1.1 200 OK" in talk.lines


def test_urllib_reads_it_with_checking_on(fresh):
    context = ssl.create_default_context(cafile=str(fresh.ca_file))
    with fresh.at(PHONE), urllib.request.urlopen(POLICY, context=context) as answer:
        assert answer.read().decode() == fresh.policy("example.com").text


@pytest.mark.parametrize(
    ("name", "target", "host", "tls"),
    [
        ("mta-sts.example.com", "/.well-known/other.txt", None, True),
        ("mta-sts.example.com", "/", None, True),
        (MAIL, "/.well-known/mta-sts.txt", None, True),  # that is the webmail
        (MAIL, "/.well-known/mta-sts.txt", "mta-sts.club.example", True),  # another host serves that one
        (MAIL, "/.well-known/mta-sts.txt", "mta-sts.example.com", False),  # in the clear anybody could write it
    ],
)
def test_it_is_nowhere_else(fresh, name, target, host, tls):
    assert get(fresh, name, target, host=host, tls=tls)[0] == 404


def test_a_host_serves_the_policies_of_its_customers(fresh):
    assert "mx: mail.club.example" in get(fresh, "mta-sts.club.example")[2]
    context = ssl.create_default_context(cafile=str(fresh.ca_file))
    other = pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch")
    with fresh.at(PHONE), socket.create_connection((FIRM, 443)) as sock, other:
        context.wrap_socket(sock, server_hostname="mta-sts.example.com")


def test_edited_it_is_served_at_once_and_a_reset_undoes_that(fresh):
    policy = fresh.policy("example.com")
    policy.text = policy.text.replace("enforce", "testing")
    assert "mode: testing" in get(fresh, "mta-sts.example.com")[2]
    assert policy.read.mode == "testing"
    policy.text = ""
    assert get(fresh, "mta-sts.example.com")[0] == 404
    fresh.reset()
    assert "mode: enforce" in policy.text
    assert "mode: enforce" in get(fresh, "mta-sts.example.com")[2]


def test_a_policy_says_where_it_is(fresh):
    policy = fresh.policy("Example.Com.")
    assert policy.url == POLICY
    assert repr(policy).splitlines()[:2] == [f"{POLICY}, served by {MAIL}", "version: STSv1"]


def test_a_domain_without_one_is_named(fresh):
    with pytest.raises(LabError, match=r"clubs\.example publishes no policy .* did you mean club\.example\?"):
        fresh.policy("clubs.example")
    with pytest.raises(LabError, match="a line for each field"):
        fresh.policy("club.example").text = 7


def test_a_bad_certificate_is_named_in_the_browser(fresh):
    fresh.host(MAIL).certificate = "expired"
    with pytest.raises(LabError, match="the certificate has expired"):
        fresh.browse(PHONE).open(f"https://{MAIL}/")


def test_the_webmail_keeps_its_cookie_to_tls(fresh):
    tab = fresh.browse(PHONE)
    tab.open(f"https://{MAIL}/")
    tab.fill({"user": "bob", "password": "teaching-bob"})
    page = tab.press("Log in")
    assert page.answer.url == f"https://{MAIL}/mailbox"
    assert "INBOX" in page.answer.text
    [cookie] = tab.agent.jar
    assert cookie.secure
    assert tab.open(f"http://{MAIL}/mailbox").answer.url.endswith("/login")  # not sent in the clear
    wires = [each for each in fresh.conversations() if each.wire.server_port == 443]
    assert all(event.sealed for each in wires for event in each.events if event.kind in ("heard", "said"))
