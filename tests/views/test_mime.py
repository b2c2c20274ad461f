"""A message as plain data: its tree, its source, what each part becomes; nothing of a stranger's runs or fetches."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labmail import cake
from labmail.errors import LabError
from labmail.mime import build
from labmail.views import mime

HOSTILE = (
    b"Subject: <script>alert(1)</script>\xe2\x80\xae\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    b"<p onclick=alert(1)>hi<script>alert(2)</script><img src=x onerror=alert(3)>"
    b"<iframe src=//mallory.example></iframe>"
    b"<form action=http://mallory.example><input name=a></form><a href='javascript:alert(4)'>x</a>"
    b"<img src=http://mallory.example/1.gif><img src='//mallory.example/2.gif'><svg onload=alert(5)>"
    b"<base href=//m.test>"
    b"<link rel=stylesheet href=http://mallory.example/x.css><meta http-equiv=refresh content='0;url=//m.test'>"
)


def part(data, number):
    return next(each for each in data["parts"] if each["number"] == number)


def test_the_source_holds_every_octet():
    octets = build.inline()
    lines = [line["text"] + line["end"] for piece in mime.tree(octets)["source"] for line in piece["lines"]]
    assert "".join(lines).encode() == octets


def test_each_part_says_what_a_reader_does_with_it():
    roles = {each["number"]: each["role"]["key"] for each in mime.tree(build.inline())["parts"]}
    assert roles == {"": "frame", "1": "passed", "2": "frame", "2.1": "shown", "2.2": "within"}
    roles = {each["number"]: each["role"]["key"] for each in mime.tree(build.nested())["parts"]}
    assert roles == {"": "frame", "1": "shown", "2": "message", "2.TEXT": "frame", "2.1": "passed", "2.2": "shown"}
    assert part(mime.tree(build.attached()), "2")["role"]["key"] == "attachment"


def test_a_picture_that_came_along_is_shown_and_one_from_elsewhere_is_not():
    data = mime.tree(build.inline())
    assert part(data, "2.2")["shown"]["address"].startswith("data:image/png;base64,iVBOR")
    assert 'src="data:image/png;base64,iVBOR' in part(data, "2.1")["shown"]["frame"]
    shown = part(mime.tree(build.tracking()), "2")["shown"]
    assert "1 picture from mallory.example was not fetched" in shown["blocked"]
    assert "mallory" not in shown["frame"] and "default-src 'none'" in shown["frame"]


FALSE = {
    "HTML that calls itself a picture": (b"<script>", "image/png"),
    "SVG": (b"<svg/>", "image/svg+xml"),
    "too big": (build.CAKE + bytes(300_000), "image/png"),
}


@pytest.mark.parametrize(("octets", "kind"), FALSE.values(), ids=FALSE)
def test_what_is_no_small_picture_is_told_by_its_size(octets, kind):
    shown = part(mime.tree(build.attached("x\n", ("a.png", octets, kind))), "2")["shown"]
    assert shown["kind"] == "none" and f"{len(octets)} octets" in shown["says"]


def test_nothing_hostile_is_left():
    data = mime.tree(HOSTILE)
    frame = part(data, "")["shown"]["frame"].partition("</style>")[2]
    for word in (
        "script",
        "onclick",
        "onerror",
        "iframe",
        "form",
        "input",
        "svg",
        "base",
        "link",
        "meta",
        "mallory",
        "m.test",
    ):
        assert word not in frame.lower()
    assert "3 pictures" in part(data, "")["shown"]["blocked"]
    assert data["title"] == "<script>alert(1)</script>"  # text, without what turns the direction of writing


def test_what_is_broken_is_told_and_the_sound_message_differs():
    broken = build.alternative().replace(b"--next-part-1--", b"").replace(b"charset=utf-8", b"charset=klingon", 1)
    assert mime.tree(build.alternative())["wrong"] == 0
    assert mime.text(mime.tree(broken)).splitlines() == [
        "Re: The Cake: 510 octets; 2 parts with content; 2 defects found.",
        "message  multipart/alternative        269 octets",
        "1          text/plain klingon   7bit  33 octets",
        "2          text/html utf-8      7bit  51 octets",
        "! message: The boundary is never closed: “--next-part-1--” is missing, so nobody knows whether all came.",
        "! 1: Nobody knows the charset klingon: what is not ASCII is replaced by “�”.",
    ]


def test_the_text_of_each_lesson_letter_is_short():
    for name in build.__all__[1:]:
        data = mime.tree(getattr(build, name)())
        assert len(mime.text(data).splitlines()) <= 7
        assert len(mime.table(data)) == len(data["parts"])
    many = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 300
    text = mime.text(mime.tree(many)).splitlines()
    assert len(text) == mime.TEXT_LINES_MAX and text[-1].startswith("... and ")


@pytest.mark.parametrize("octets", [build.inline(), b"", b"\xff\0\r", b"a\rb\n'\"\\"])
def test_the_code_gives_the_same_octets(octets):
    code = mime.recreate("MimeTree", octets)
    names = {}
    exec(code.replace("from labmail import widgets", "").replace("widgets.MimeTree(message)", ""), names)
    assert names["message"] == octets


def test_what_can_be_shown():
    assert mime.octets_of(cake).startswith(b"From: Alice <alice@example.net>\r\n")
    with pytest.raises(LabError, match=r"bytes, or a letter of lab.mailbox\(...\), and this is of type int"):
        mime.tree(7)


def test_the_messages_of_others(conformance):
    folder = conformance("messages")
    for entry in json.loads((folder / "manifest.json").read_text()):
        data = mime.tree((folder / entry["file"]).read_bytes())
        assert json.dumps(data) and mime.text(data) and mime.table(data)


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_any_octets(octets):
    data = mime.tree(octets)
    assert json.dumps(data).isascii() and len(mime.text(data).splitlines()) <= mime.TEXT_LINES_MAX
