"""What is inside a message without a browser: transcript, static table, and the same data for every edition."""

import pytest

from labmail import Lab, cake, mime, widgets
from labmail.errors import LabError

HOSTILE = b"Subject: <script>alert(1)</script>\r\n\r\n<script>alert(2)</script>"


def test_the_tree_is_its_transcript():
    assert repr(widgets.MimeTree(mime.build.attached())) == (
        "Re: The Cake: 833 octets; 2 parts with content; nothing wrong found.\n"
        "message  multipart/mixed               598 octets\n"
        "1          text/plain utf-8    7bit    33 octets\n"
        "2          image/png cake.png  base64  322 octets, decoded 234"
    )


def test_the_header_of_a_letter_is_its_transcript():
    with Lab() as lab:
        lab.send(cake, "bob@example.com")
        letter = lab.mailbox("bob@example.com")[0]
        said = repr(widgets.Headers(letter)).splitlines()
        assert widgets.MimeTree(letter).data["size"] == len(letter.message)
    assert said[0] == "Re: The Cake: 8 fields, 1 hop; the 3 on top are your own server’s."
    assert said[1].startswith("1. mail.example.net [192.0.2.67] to mx1.example.com with ESMTPS, Mon, 01 Jun 2026")
    assert len(said) == 10


@pytest.mark.parametrize("face", [widgets.MimeTree, widgets.Headers])
def test_the_static_table_shows_what_a_stranger_wrote_as_text(face):
    bundle, _ = face(HOSTILE)._repr_mimebundle_()
    assert "<table>" in bundle["text/html"] and "<script" not in bundle["text/html"]
    assert "&lt;script&gt;alert(1)" in bundle["text/html"]


@pytest.mark.parametrize("face", [widgets.MimeTree, widgets.Headers])
def test_what_is_no_message_is_a_sentence(face):
    with pytest.raises(LabError, match="a message is bytes, or a letter"):
        face(None)
