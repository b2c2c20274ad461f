"""Mistakes for the exercises of lesson 04, each with the hint that answers it, and what is right."""

from __future__ import annotations

import base64
import quopri
from typing import Any

from labmail.lessons.checks.inside_a_message import BROKEN, SOUND

TRAIL = {"a": "mail.example.net", "b": "list.alumni.example", "c": 39, "d": 1}
NAMED = b"next-part-7"


def unquoted(octets: bytes) -> bytes:
    """What no exercise of this lesson may call: the standard library's answer, with the line ends kept."""
    return quopri.decodestring(octets.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")


def capitals(octets: bytes) -> bytes:
    """Undoes only digits that are capital letters."""
    first, *others = octets.replace(b"=\r\n", b"").split(b"=")
    return first + b"".join(
        b"=" + piece if piece[:2] != piece[:2].upper() else bytes([int(piece[:2], 16)]) + piece[2:] for piece in others
    )


def joined(octets: bytes) -> bytes:
    """Takes every line end for a soft one."""
    return unquoted(octets).replace(b"\r\n", b"")


def signs(n: int) -> int:
    return (n + 2) // 3 * 4


def size(n: int) -> int:
    return signs(n) + (signs(n) + 75) // 76 * 2


def wrapper(
    *,
    boundary: str = "",
    end: str = "\r\n",
    mixed: str = "multipart/mixed",
    kind: str = "image/png",
    encode: Any = base64.encodebytes,
    file: str = "attachment; filename=cake.png",
    parts: int = 2,
    text: Any = str,
    top: str = "From: alice@example.net",
) -> Any:
    """A maker of letters for the exercise `wrap`, sound or with one fault."""

    def wrap(letter: str, picture: bytes) -> str:
        name = boundary or "-"
        while not boundary and name in letter:
            name += "-x"
        data = encode(picture).decode().replace("\n", "\r\n")
        head = [top, "Date: Mon, 01 Jun 2026 09:00:00 +0000", "MIME-Version: 1.0"]
        head += [f'Content-Type: {mixed}; boundary="{name}"', ""]
        attached = [f"Content-Type: {kind}", f"Content-Disposition: {file}", "Content-Transfer-Encoding: base64"]
        pieces = [["", text(letter)], [*attached, "", data]][:parts]
        lines = [line for piece in pieces for line in (f"--{name}", *piece)]
        return end.join([*head, *lines, f"--{name}--", ""])

    return wrap


WRONG: dict[str, list[tuple[str, Any]]] = {
    "the-trail": [
        ("no-host", TRAIL | {"a": "the first"}),
        ("no-number", TRAIL | {"c": "a while"}),
        ("a", TRAIL | {"a": "mx1.example.com"}),
        ("a-laptop", TRAIL | {"a": "laptop.example.net"}),
        ("b", TRAIL | {"b": "mx.alumni.example"}),
        ("b-zone", TRAIL | {"b": "mail.example.net"}),
        ("c", TRAIL | {"c": 159}),
        ("d", TRAIL | {"d": 4}),
    ],
    "read-qp": [
        ("no-bytes", lambda octets: octets.decode()),
        ("untouched", lambda octets: octets),
        ("soft", lambda octets: unquoted(octets.replace(b"=\r\n", b"=3D\r\n"))),
        ("line-ends", joined),
        ("twice", lambda octets: unquoted(unquoted(octets))),
        ("lower", capitals),
        ("wrong", lambda octets: unquoted(octets).upper()),
    ],
    "travels": [
        ("no-number", lambda n: str(size(n))),
        ("no-lines", lambda n: signs(n) if n else 0),
        ("last-line", lambda n: signs(n) + signs(n) // 76 * 2),
        ("empty", lambda n: size(n) or 2),
        ("no-filling", lambda n: n * 4 // 3 + (n * 4 // 3 + 75) // 76 * 2),
        ("wrong", lambda n: size(n) + 2 * (n % 3 == 0) * (n > 0)),
    ],
    "mend": [
        ("no-bytes", BROKEN.decode()),
        ("unchanged", BROKEN),
        ("boundary", BROKEN.replace(b"us-ascii", b"utf-8")),
        ("charset", BROKEN.replace(NAMED, b"next-part-1")),
        ("half", BROKEN.replace(NAMED, b"next-part-1").replace(b"us-ascii", b"utf-8", 1)),
        ("other-boundary", SOUND.removesuffix(b"--next-part-1--\r\n")),
        ("changed", SOUND.replace(b"Alice", b"Mallory")),
    ],
    "wrap": [
        ("no-string", lambda text, picture: wrapper()(text, picture).encode()),
        ("line-ends", wrapper(end="\n")),
        ("no-type", wrapper(mixed="multipart/alternative")),
        ("no-type", wrapper(top="\r\nFrom: alice@example.net")),
        ("no-parts", lambda text, picture: wrapper()(text, picture).replace("\r\n--", "\r\n-")),
        ("count", wrapper(parts=1)),
        ("in-text", wrapper(boundary="boundary")),
        ("in-text", wrapper(boundary="unlikely")),
        ("text", wrapper(text=str.upper)),
        ("picture-type", wrapper(kind="image/jpeg")),
        ("picture", wrapper(encode=lambda picture: picture.hex().encode())),
        ("name", wrapper(file="attachment")),
        ("disposition", wrapper(file="inline; filename=cake.png")),
        ("defect", wrapper(top="To: bob@example.com")),
    ],
}  # fmt: skip
RIGHT: dict[str, list[Any]] = {
    "the-trail": [TRAIL, TRAIL | {"c": 39.0}],
    "read-qp": [unquoted, lambda octets: bytearray(unquoted(octets))],
    "travels": [size],
    "mend": [
        SOUND,
        BROKEN.replace(b"us-ascii", b"utf-8").replace(b"--next-part-1", b"--next-part-7"),
        bytearray(SOUND),
    ],
    "wrap": [wrapper()],
}
