"""Reports about letters that came back: ours, other servers', and what is none. RFC 3464, RFC 6522."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from labmail.mime import delivery

APPENDIX = b"""\
Date: Thu, 7 Jul 1994 17:16:05 -0400
From: Mail Delivery Subsystem <MAILER-DAEMON@CS.UTK.EDU>
Subject: Returned mail: Cannot send message for 5 days
To: <owner-info-mime@cs.utk.edu>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
      boundary="RAA14128.773615765/CS.UTK.EDU"

--RAA14128.773615765/CS.UTK.EDU

The original message was received at Sat, 2 Jul 1994 17:10:28 -0400
from root@localhost

--RAA14128.773615765/CS.UTK.EDU
content-type: message/delivery-status

Reporting-MTA: dns; cs.utk.edu

Original-Recipient: rfc822;louisl@larry.slip.umd.edu
Final-Recipient: rfc822;louisl@larry.slip.umd.edu
Action: failed
Status: 4.0.0
Diagnostic-Code: smtp; 426 connection timed out
Last-Attempt-Date: Thu, 7 Jul 1994 17:15:49 -0400

--RAA14128.773615765/CS.UTK.EDU
content-type: message/rfc822

Subject: it

gone
--RAA14128.773615765/CS.UTK.EDU--
"""  # after RFC 3464 appendix E


def test_a_report_of_another_server() -> None:
    report = delivery.read(APPENDIX)
    assert report is not None
    assert report["Reporting-MTA"] == "cs.utk.edu"
    assert report.words.startswith("The original message was received")
    assert report.returned.strip() == b"Subject: it"
    (failed,) = report.recipients
    assert failed["final-recipient"] == "louisl@larry.slip.umd.edu"
    assert failed["status"] == "4.0.0"
    assert failed.diagnostic == ("426 connection timed out",)
    assert failed["remote-mta"] == ""
    assert [field.type for field in failed.fields[:3]] == ["rfc822", "rfc822", ""]


def test_a_reply_of_several_lines_and_several_recipients() -> None:
    status = (
        b"Reporting-MTA: dns; a.example\r\n\r\n"
        b"Final-Recipient: rfc822; b@b.example\r\nDiagnostic-Code: smtp; 550-5.7.1 no\r\n 550 5.7.1 never\r\n"
        b"\r\n\r\n"
        b"Final-Recipient: rfc822; c@b.example\r\nDiagnostic-Code: x-unix; 69; down\r\nWhat is this\r\n"
    )
    report = delivery.read(b"Content-Type: message/delivery-status\r\n\r\n" + status)
    assert report is not None
    assert [each["final-recipient"] for each in report.recipients] == ["b@b.example", "c@b.example"]
    assert report.recipients[0].diagnostic == ("550-5.7.1 no", "550 5.7.1 never")
    assert report.recipients[1].diagnostic == ()
    assert report.recipients[1]["diagnostic-code"] == "69; down"


def test_what_is_none() -> None:
    assert delivery.read(b"Subject: hello\r\n\r\nReporting-MTA: dns; a.example\r\n") is None
    empty = delivery.read(b"Content-Type: message/delivery-status\r\n\r\n")
    assert empty is not None and empty.recipients == () and empty.fields == ()


@given(st.binary(max_size=300))
def test_whatever_comes_is_read(octets: bytes) -> None:
    report = delivery.read(b"Content-Type: message/delivery-status\r\n\r\n" + octets)
    assert report is not None
    assert all(isinstance(each.diagnostic, tuple) for each in report.recipients)
