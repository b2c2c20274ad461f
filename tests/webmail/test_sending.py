"""Letters that are written here: what goes to the server, what is kept, and what is refused before."""

import re
from email import message_from_bytes, policy

import pytest

from labmail import Lab, cake
from labmail.webmail.compose import Draft, build, problems
from tests.webmail.browser import ALICE, BOB, PHONE, Browser


def send(browser, **fields):
    browser.get("/compose")
    return browser.post("/send", {"to": ALICE, "subject": "Hello", "text": "Hi!\r\n", **fields})


def written(letter) -> bytes:
    """Without what the servers on its way put on top."""
    return letter.octets[letter.octets.index(b"From: ") :]


def parsed(letter):
    return message_from_bytes(letter.message, policy=policy.default)


def test_a_letter_goes_out_and_a_copy_stays(lab, bob):
    answer = send(bob)
    assert bob.follow(answer).notice == "Your letter is sent."
    [letter] = lab.mailbox(ALICE)
    assert letter.return_path == BOB
    assert written(letter).decode() == (
        "From: bob@example.com\r\nTo: alice@example.net\r\nSubject: Hello\r\nDate: Mon, 01 Jun 2026 09:00:00 +0000\r\n"
        "Message-ID: <20260601090000.1@mail.example.com>\r\n"
        'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: 7bit\r\nMIME-Version: 1.0\r\n'
        "\r\nHi!\r\n"
    )
    [copy] = lab.mailbox(BOB)
    assert (copy.folder, copy.octets, copy.flags) == ("Sent", written(letter), {"\\Seen"})
    assert bob.get("/mailbox", folder="Sent").rows == [(1, True, "To alice@example.net", "Hello")]


def test_it_goes_through_submission_under_tls_as_whoever_is_logged_in(lab, bob):
    send(bob)
    handed = next(one for one in lab.conversations() if one.wire.server_port == 587)
    assert (handed.wire.client, handed.wire.server) == ("mail.example.com", "mail.example.com")
    said = [event.octets for event in handed.events if event.kind == "heard"]
    verbs = [line.split()[0].decode() for line in said if line.split() and line.split()[0].isupper()]
    assert verbs == ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"]
    assert said[3] == b"AUTH PLAIN AGJvYkBleGFtcGxlLmNvbQB0ZWFjaGluZy1ib2I=\r\n"
    crossed = b"".join(piece.octets for piece in handed.crossing)
    assert b"EHLO" in crossed and b"AUTH" not in crossed and b"Hi!" not in crossed
    assert b"with ESMTPSA id" in lab.mailbox(ALICE)[0].octets


def test_an_answer_continues_the_thread(lab, bob):
    lab.send(cake.replace("Subject:", "Message-ID: <2@x.example>\nReferences: <1@x.example>\nSubject:"), BOB)
    page = bob.get("/compose", how="reply", folder="INBOX", uid=1)
    assert page.value("to") == "Alice <alice@example.net>"
    assert page.value("subject") == "Re: The Cake"
    assert "On Mon, 01 Jun 2026 09:00:00 +0000, Alice wrote:\n&gt; Don&#39;t forget to bring the cake!" in page.text
    fields = {name: page.value(name) for name in ("to", "subject", "in_reply_to", "references", "how", "folder", "uid")}
    assert bob.post("/send", {**fields, "text": "I will."}).location == "mailbox?folder=INBOX&said=sent"
    letter = parsed(lab.mailbox(ALICE)[0])
    assert letter["In-Reply-To"] == "<2@x.example>"
    assert letter["References"] == "<1@x.example> <2@x.example>"
    assert lab.mailbox(BOB)[0].flags == {"\\Answered"}  # as it was only looked at to answer it
    assert "answered" in bob.get("/mailbox").text


def test_answering_all_and_passing_on(lab, bob):
    lab.send(cake.replace("To: Bob", 'Cc: "Baker, Zoë" <zoe@alumni.example>, bob@example.com\nTo: Bob'), BOB)
    everybody = bob.get("/compose", how="all", folder="INBOX", uid=1)
    assert everybody.value("to") == "Alice <alice@example.net>"
    assert everybody.value("cc") == '"Baker, Zoë" <zoe@alumni.example>'
    on = bob.get("/compose", how="forward", folder="INBOX", uid=1)
    assert (on.value("to"), on.value("subject")) == ("", "Fwd: Re: The Cake")
    assert "From: Alice &lt;alice@example.net&gt;\nDate:" in on.text


def test_bcc_is_in_the_envelope_alone(lab, bob):
    send(bob, to=ALICE, bcc="info@example.org, bob@example.com")
    assert b"info@example.org" not in lab.mailbox(ALICE)[0].message
    assert lab.mailbox("info@example.org")[0].recipient == "info@example.org"
    assert [letter.folder for letter in lab.mailbox(BOB)] == ["INBOX", "Sent"]


def test_words_of_every_language(lab, bob):
    text = "Zürich\r\n" + "ж" * 2000 + "\r\n\x00\x07.\r\n"
    send(bob, to="Zoë Müller <alice@example.net>", subject="Grüße 🎂", text=text)
    letter = parsed(lab.mailbox(ALICE)[0])
    assert letter["Subject"] == "Grüße 🎂"
    assert str(letter["To"]) == "Zoë Müller <alice@example.net>"
    assert letter.get_content().replace("\r\n", "\n") == "Zürich\n" + "ж" * 2000 + "\n.\n"
    assert lab.mailbox(ALICE)[0].octets.isascii()


def multipart(csrf: str, fields: dict[str, str], files: list[tuple[str, str, bytes]]) -> tuple[bytes, str]:
    parts = [f'name="{name}"\r\n\r\n{value}'.encode() for name, value in {"csrf": csrf, **fields}.items()]
    parts += [
        f'name="files"; filename="{name}"\r\nContent-Type: {kind}\r\n\r\n'.encode() + octets
        for name, kind, octets in files
    ]
    body = b"".join(b"--b\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts) + b"--b--\r\n"
    return body, "multipart/form-data; boundary=b"


def test_files_travel_along(lab, bob):
    bob.get("/compose")
    files = [
        ("menü.pdf", "application/pdf", bytes(range(256)) * 20),
        ("C:\\\\x\\\\a.html", "text/html", b"<b>x</b>"),
        ("x.eml", "message/rfc822", b"Subject: x\r\n\r\n"),
        ("", "application/octet-stream", b""),
    ]
    body, kind = multipart(bob.csrf, {"to": ALICE, "subject": "files", "text": "--=_20260601090000.1"}, files)
    assert bob.ask("POST", "/send", body, Content_Type=kind).status == 303
    letter = parsed(lab.mailbox(ALICE)[0])
    assert letter.get_boundary() == "=_20260601090000.1_"
    found = [
        (each.get_filename(), each.get_content_type(), each.get_payload(decode=True))
        for each in letter.iter_attachments()
    ]
    assert found == [
        ("menü.pdf", "application/pdf", files[0][2]),
        ("a.html", "text/html", b"<b>x</b>"),
        ("x.eml", "application/octet-stream", b"Subject: x\r\n\r\n"),
    ]
    too_large, kind = multipart(bob.csrf, {"to": ALICE}, [("big", "x/y", b"x" * 1_500_000)])
    refused = bob.ask("POST", "/send", too_large, Content_Type=kind)
    assert (refused.status, "1,000,000 octets at most" in refused.problem) == (413, True)
    again, kind = multipart(bob.csrf, {"to": "nonsense", "text": "kept"}, [("a", "x/y", b"x")])
    other = Browser()
    other.cookie = bob.cookie
    page = other.ask("POST", "/send", again, Content_Type=kind)
    assert page.status == 422 and "Choose the files again" in page.problem and ">\nkept</textarea>" in page.text
    other.close()


BAD = [
    ({"to": ""}, "Nobody would get this"),
    ({"to": "bob"}, "“bob” is not an address; one looks like alice@example.net."),
    ({"to": "bob@"}, "is not an address"),
    ({"to": "Alice <alice@example.net>, bob at home"}, "“bob at home” is not an address"),
    ({"to": "a@b.example; c@d.example"}, "is not an address"),
    ({"to": "x@example.net\r\nBcc: y@example.net"}, "To is one line"),
    ({"subject": "x\nBcc: y@example.net"}, "Subject is one line"),
    ({"subject": "x\u2028Bcc: y@example.net"}, "Subject is one line"),
    ({"subject": "x\x85Bcc: y@example.net"}, "Subject is one line"),
    ({"cc": "a\tb@example.net"}, "Cc is one line"),
    ({"cc": "(" * 5000}, "is not an address"),
    ({"bcc": "," * 10_001}, "Bcc has 10,000 characters at most, not 10,001"),
    ({"to": "müller@example.net"}, "is not an address"),
    ({"to": ",".join(f"a{number}@example.net" for number in range(51))}, "50 people at most, not to 51"),
    ({"subject": "x" * 401}, "400 characters at most, not 401"),
    ({"text": "x" * 500_001}, "500,000 characters at most"),
]


@pytest.mark.parametrize(("fields", "sentence"), BAD, ids=range(len(BAD)))
def test_what_cannot_go_is_said_beside_it_and_kept(lab, bob, fields, sentence):
    answer = send(bob, **{"text": "what I wrote", **fields})
    assert answer.status == 422
    assert sentence in answer.problem
    assert fields.get("text", "what I wrote")[:50] in answer.text
    assert not lab.mailbox(ALICE) and not lab.mailbox(BOB)


def test_nobody_takes_it(lab, bob):
    answer = send(bob, to="nobody@example.com, nil@example.com", text="kept")
    assert (answer.status, "went to nobody" in answer.problem) == (422, True)
    assert "<strong>nobody@example.com</strong>" in answer.text and "5.1.1" in answer.text
    assert "<strong>nil@example.com</strong>" in answer.text
    assert ">\nkept</textarea>" in answer.text
    assert not lab.mailbox(BOB)


def test_what_is_taken_and_cannot_be_delivered_comes_back(lab, bob):
    assert bob.follow(send(bob, to="x@nowhere.example")).notice == "Your letter is sent."
    [report] = [letter for letter in lab.mailbox(BOB) if letter.folder == "INBOX"]
    assert report.return_path == ""
    assert b"nowhere.example does not exist" in report.octets


CANNOT = {
    "bad": (lambda host: setattr(host, "certificate", "expired"), "could not be trusted: the certificate has expired"),
    "none": (lambda host: setattr(host, "starttls", False), "no password is given in the clear"),
}


@pytest.mark.parametrize("how", CANNOT)
def test_without_a_server_to_be_trusted_it_is_not_sent(lab, bob, how):
    change, sentence = CANNOT[how]
    change(lab.host("mail.example.com"))
    answer = send(bob, text="kept")
    assert answer.status == 422
    assert sentence in answer.text.replace("&#39;", "'")
    assert ">\nkept</textarea>" in answer.text
    assert not lab.mailbox(ALICE) and not lab.mailbox(BOB)


def test_some_take_it(lab, bob):
    answer = send(bob, to=f"nobody@example.com, {ALICE}")
    assert (answer.status, answer.title) == (200, "Sent to some · Webmail")
    assert len(lab.mailbox(ALICE)) == 1
    assert [letter.folder for letter in lab.mailbox(BOB)] == ["Sent"]


def test_ids_that_somebody_made_up_are_dropped(lab, bob):
    send(bob, in_reply_to="<a@b>\r\nX: y", references="<x y> nonsense <" + "x" * 300 + "> <c@d>", folder="../", uid="x")
    letter = parsed(lab.mailbox(ALICE)[0])
    assert (letter["In-Reply-To"], letter["References"], letter["X"]) == ("<a@b>", "<c@d>", None)


ENCODED = "=?utf-8?q?a=0D=0AX-Made-Up=3A_y?="  # decoded, it would be two lines of a header


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": ENCODED},
        {"subject": f"ü {ENCODED}"},
        {"to": f"{ENCODED} <{ALICE}>"},
        {"in_reply_to": f"<{ENCODED}@example.net>"},
        {"references": f"<a@example.net> <a{ENCODED}@example.net>"},
        {"name": f"{ENCODED}.pdf"},
    ],
    ids=range(6),
)
def test_an_encoded_word_brings_no_header_along(lab, bob, fields):
    given = {"to": ALICE, "subject": "x", "text": "x", **fields}
    bob.get("/compose")
    body, kind = multipart(bob.csrf, given, [(given.pop("name", "x"), "x/y", b"x")])
    assert bob.ask("POST", "/send", body, Content_Type=kind).status == 303
    [letter] = lab.mailbox(ALICE)
    assert b"\nX-Made-Up" not in letter.message
    assert letter["Subject"] == given["subject"]


def test_a_letter_that_nests_its_comments_can_be_answered(lab, bob):
    lab.send("From: " + "(" * 990 + "\r\nSubject: x\r\n\r\nx\r\n", BOB, mail_from=ALICE)
    assert bob.get("/compose", how="all", uid=1).status == 200


def test_a_letter_of_ours_is_the_same_each_time():
    octets = set()
    for _ in range(2):
        with Lab() as lab, lab.at(PHONE):
            browser = Browser()
            browser.log_in()
            send(browser, subject="Grüße", text="ü\n")
            octets.add(lab.mailbox(ALICE)[0].message)
            browser.close()
    assert len(octets) == 1


def test_every_line_of_a_built_letter_is_ended_by_cr_lf():
    from labmail.clock import FIRST_MINUTE

    draft = Draft(to=ALICE, subject="x " * 190, text="a\nb\rc\r\n" + "y" * 5000)
    assert not problems(draft)
    octets = build(draft, sender=BOB, message_id="<1@mail.example.com>", now=FIRST_MINUTE)
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", octets)
    assert max(map(len, octets.split(b"\r\n"))) <= 998  # RFC 5322 section 2.1.1
