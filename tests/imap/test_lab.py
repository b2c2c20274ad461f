"""IMAP in a lab: unmodified clients of Python over real sockets, and what stands on the timeline."""

import imaplib
import threading

import imapclient
import pytest

from labmail import Lab, cake

BOB, MAIL, PHONE = "bob@example.com", "mail.example.com", "phone.example.com"


@pytest.fixture
def lab():
    with Lab() as lab:
        yield lab


@pytest.fixture
def bob(lab):
    with lab.at(PHONE):
        client = imaplib.IMAP4(MAIL)
        client.login("bob", "teaching-bob")
        yield client
        client.logout()


def test_imaplib_reads_what_alice_sent(lab, bob):
    lab.send(cake, BOB)
    assert bob.select() == ("OK", [b"1"])
    assert bob.search(None, "UNSEEN", "SUBJECT", "cake") == ("OK", [b"1"])
    [(head, octets), _] = bob.fetch("1", "(RFC822.SIZE BODY[])")[1]
    assert octets == lab.mailbox(BOB)[0].message
    assert f"RFC822.SIZE {len(octets)}".encode() in head
    assert octets.endswith(b"Don't forget to bring the cake!\r\n")
    assert lab.mailbox(BOB)[0].flags == {"\\Seen"}
    assert bob.copy("1", "Archive")[0] == "OK"
    assert bob.store("1", "+FLAGS", "\\Deleted")[0] == "OK"
    assert bob.expunge() == ("OK", [b"1"])
    assert [(letter.folder, letter.flags) for letter in lab.mailbox(BOB)] == [("Archive", {"\\Seen"})]


def test_every_octet_there_is_but_nul(lab, bob):
    octets = b"Subject: x\r\n\r\n" + bytes(range(1, 256)) * 300 + b"\r\n\n\r"
    assert bob.append("Drafts", "(\\Draft)", '" 1-Jun-2026 08:00:00 -0330"', octets)[0] == "OK"
    bob.select("Drafts")
    [(_, back), _] = bob.fetch("1", "BODY.PEEK[]")[1]
    assert back == imaplib.MapCRLF.sub(imaplib.CRLF, octets)  # imaplib itself makes CR LF of every line's end


def test_a_client_elsewhere_keeps_nobody_waiting(lab, bob):
    """A wrong password takes lab time, no real time, and three end the connection."""
    with lab.at(PHONE):
        client = imaplib.IMAP4(MAIL)
        before = lab.clock.now
        for _ in range(2):
            with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
                client.login("bob", "cake")
        assert (lab.clock.now - before).total_seconds() == 6
        with pytest.raises(imaplib.IMAP4.abort):
            client.login("bob", "cake")
        client.shutdown()
    assert bob.noop()[0] == "OK"


def test_idle_tells_at_once(lab):
    with lab.at(PHONE), imapclient.IMAPClient(MAIL, ssl=False, use_uid=True) as client:
        client.login(BOB, "teaching-bob")
        client.select_folder("INBOX")
        client.idle()
        assert client.idle_check(timeout=0.2) == []
        sender = threading.Thread(target=lambda: lab.send(cake, BOB))
        sender.start()
        assert client.idle_check(timeout=10)[0] == (1, b"EXISTS")
        sender.join()
        client.idle_done()
        assert client.noop()[0] == b"NOOP completed"


def test_imapclient_manages_folders_and_letters(lab):
    lab.send(cake, BOB)
    with lab.at(PHONE), imapclient.IMAPClient(MAIL, ssl=False) as client:
        client.login(BOB, "teaching-bob")
        assert client.find_special_folder(rb"\Sent") == "Sent"
        client.create_folder("Küche/Rührkuchen")
        assert "Küche/Rührkuchen" in [name for _, _, name in client.list_folders()]
        assert client.namespace().personal == (("", "/"),)
        client.select_folder("INBOX")
        [uid] = client.search("UNSEEN")
        envelope = client.fetch([uid], ["ENVELOPE", "BODYSTRUCTURE"])[uid]
        assert envelope[b"ENVELOPE"].subject == b"Re: The Cake"
        assert str(envelope[b"ENVELOPE"].to[0]) == "Bob <bob@example.com>"
        assert envelope[b"BODYSTRUCTURE"][:2] == (b"TEXT", b"PLAIN")
        assert client.add_flags([uid], ["cake", imapclient.FLAGGED]) == {uid: (b"\\Flagged", b"cake", b"\\Recent")}
        client.move([uid], "Küche/Rührkuchen")
        assert client.folder_status("Küche/Rührkuchen")[b"MESSAGES"] == 1
        client.select_folder("Küche/Rührkuchen", readonly=True)
        assert client.search(["KEYWORD", "cake", "SUBJECT", "Cake"]) == [1]
        assert client.search(["BODY", "Käse"], "UTF-8") == []
    assert [letter.folder for letter in lab.mailbox(BOB)] == ["Küche/Rührkuchen"]


def test_the_timeline_has_every_line(lab, bob):
    bob.select()
    bob.logout = lambda: None
    bob.shutdown()
    wire = max(event.wire.number for event in lab.record.filter(protocol="imap"))
    events = lab.record.filter(wire=wire)
    assert {event.kind for event in events} == {"connect", "heard", "said", "close"}
    said = [event.octets for event in events if event.kind == "said"]
    assert said[0] == b"* OK mail.example.com IMAP4rev1 server ready\r\n"
    assert all(octets.endswith(b"\r\n") for octets in said)
    assert [event.value.verb for event in events if event.kind == "heard"] == ["CAPABILITY", "LOGIN", "SELECT"]


def test_a_letter_put_in_by_imap_is_waited_for(lab, bob):
    bob.append("Sent", None, None, b"Subject: mine\r\n\r\nhi\r\n")
    [letter] = lab.wait_for_mail(BOB)
    assert (letter.folder, letter["Subject"], letter.return_path) == ("Sent", "mine", None)


def test_reset_and_stop_end_it(lab, bob):
    bob.select()
    lab.reset()
    with pytest.raises((imaplib.IMAP4.abort, OSError)):
        bob.noop()
    bob.logout = bob.shutdown


def test_a_long_search_lets_others_have_their_turn(lab, bob):
    for _ in range(50):
        bob.append("INBOX", None, None, b"Subject: x\r\n\r\nhi\r\n")
    bob.select()
    assert len(bob.search(None, "TEXT", "hi")[1][0].split()) == 50
    assert "pause" not in {event.kind for event in lab.record}
