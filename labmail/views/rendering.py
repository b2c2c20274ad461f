"""What a mail program makes of one part of a message: text, HTML made harmless, a small picture, or its size alone.

Everything here was written by a stranger. HTML passes the webmail's own cleaner and is shown in a frame that may run
and fetch nothing; a picture is shown only if its octets are those of a small PNG, JPEG or GIF.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

from labmail import explain
from labmail.mime import Part
from labmail.webmail.words import plain

__all__ = ["role", "shown"]

Data = dict[str, Any]

TEXT_MAX_CHARACTERS = 20_000  # ours: of a text in a widget
PICTURE_MAX_OCTETS = 200_000  # ours: of a picture in a widget
HTML_MAX_CHARACTERS = 200_000  # ours: of HTML in a widget
PICTURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}

# The frame's own policy: nothing is fetched, nothing runs, no form is sent
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"
FRAME = (
    '<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
    "<style>body{{margin:8px;font:15px/1.5 system-ui,sans-serif;color:#1a1f25;background:#fff;overflow-wrap:anywhere}}"
    "img{{max-width:100%;height:auto}}</style>{html}"
)


def role(root: Part, part: Part) -> str:
    """What a mail program does with a part: a key of `mime.reader`."""
    above = next((each for each in root.walk() if part in each.parts), None)
    if part.is_multipart:
        return "frame"
    if part.type == b"message" and part.parts:
        return "message"
    if part.disposition == "attachment" or (part.filename and part.type != b"image"):
        return "attachment"
    if above is not None and above.content_type == "multipart/related" and part is not above.parts[0]:
        return "within" if part.content_id else "attachment"
    if part.type == b"text" and part.subtype in (b"plain", b"html"):
        return "shown" if part is _read(root, part) else "passed"
    return "picture" if part.content_type in PICTURES.values() else "attachment"


def _read(root: Part, part: Part) -> Part:
    """Of the alternatives around a text, the last one that is text, as the plainest stands first.

    RFC 2046 section 5.1.4.
    """
    for each in root.walk():
        if each.content_type == "multipart/alternative" and part in _texts(each):
            return list(_texts(each))[-1]
    return part


def _texts(part: Part) -> Iterator[Part]:
    return (each for each in part.leaves() if each.type == b"text" and each.subtype in (b"plain", b"html"))


def shown(root: Part, part: Part) -> Data:
    """The part as a reader would see it: `kind` is text, html, picture or none."""
    if part.parts:
        return {"kind": "none"}
    if part.type == b"text":
        text = part.text()
        if part.subtype == b"html" and len(text) <= HTML_MAX_CHARACTERS:
            return _html(root, text)
        more = len(text) - TEXT_MAX_CHARACTERS
        left = _told("cut", count=more) if more > 0 else ""
        return {"kind": "text", "text": text[:TEXT_MAX_CHARACTERS], "says": left}
    if address := _picture(part):
        return {"kind": "picture", "address": address, "name": plain(part.filename or "a picture", 100)}
    kind = plain(part.content_type, 80)
    return {"kind": "none", "says": _told("size", type=kind, count=part.decoded_size)}


def _html(root: Part, text: str) -> Data:
    from labmail.webmail.clean import clean  # its library is loaded only here

    inside = {part.content_id: address for part in root.leaves() if part.content_id and (address := _picture(part))}
    made = clean(text, inside)
    return {
        "kind": "html",
        "frame": FRAME.format(policy=POLICY, html=made.html),
        "blocked": _blocked(made.pictures, made.hosts),
        "links": [plain(link, 200) for link in made.links[:20]],
        "excerpt": plain(text, 160),
    }


def _blocked(pictures: int, hosts: tuple[str, ...]) -> str:
    if not pictures:
        return ""
    where = ", ".join(hosts[:3]) + (", ..." if len(hosts) > 3 else "")
    return _told("blocked_one" if pictures == 1 else "blocked", count=pictures, hosts=where)


def _picture(part: Part) -> str:
    """A data: address; empty where the octets are no small picture of a kind that browsers have shown for long."""
    if part.content_type not in PICTURES.values() or part.size > 2 * PICTURE_MAX_OCTETS:
        return ""
    octets = part.decoded()
    kind = next((kind for magic, kind in PICTURES.items() if octets.startswith(magic)), "")
    if not kind or len(octets) > PICTURE_MAX_OCTETS:
        return ""
    return f"data:{kind};base64,{b64encode(octets).decode()}"


def _told(key: str, **facts: object) -> str:
    return explain.find("mime.shown", key).says.format(**facts)
