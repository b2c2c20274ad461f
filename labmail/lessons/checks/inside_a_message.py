"""The checks of lesson 04: a trail, two transfer encodings, a message mended and one made. RFC 2045, RFC 2046."""

from __future__ import annotations

import quopri
import random
import re
from base64 import encodebytes
from collections.abc import Callable, Iterator
from typing import Any

from labmail.lessons.checking import Found, attempt, right, wrong
from labmail.mime import Part, build, structure

RANDOM_CASES = 200
SIZES = (100, *range(1_001), 3_000_000)  # first one in which each kind of mistake shows

# ---- exercise 1

TRAIL = {"a": "mail.example.net", "b": "list.alumni.example", "c": 39, "d": 1}
HOSTS = ("mx1.example.com", "mx.alumni.example", "list.alumni.example", "mail.example.net")
NEAR = {("a", "laptop.example.net"): "a-laptop", ("b", "mail.example.net"): "b-zone"}


def the_trail(answers: dict[str, Any]) -> Found:
    for key, wanted in TRAIL.items():
        answer = answers[key]
        if found := near(key, answer) or misread(key, answer, wanted):
            return found
        if answer != wanted:
            return wrong(key, host=TRAIL["b"])
    return right()


def near(key: str, answer: Any) -> Found | None:
    id = NEAR.get((key, answer)) if isinstance(answer, str) else None
    return wrong(id) if id else None


def misread(key: str, answer: Any, wanted: object) -> Found | None:
    if isinstance(wanted, str):
        return None if answer in HOSTS else wrong("no-host", key=key, answer=repr(answer), hosts=", ".join(HOSTS))
    return None if isinstance(answer, int | float) else wrong("no-number", key=key, answer=repr(answer))


# ---- exercise 2


def read_qp(function: Callable[[bytes], Any]) -> Found:
    for octets, wanted in quoted():
        got = attempt(function, octets)
        if not isinstance(got, bytes | bytearray):
            return wrong("no-bytes", octets=octets, got=repr(got))
        if got != wanted:
            return wrong(qp_fault(octets, bytes(got), wanted), octets=octets, got=bytes(got), wanted=wanted)
    return right()


def quoted() -> Iterator[tuple[bytes, bytes]]:
    """What is easy first; then the soft line end, digits in small letters, an = that stands for itself; then chance."""
    yield b"the cake", b"the cake"
    yield b"Cr=C3=A8me", "Crème".encode()
    yield b"two\r\nlines", b"two\r\nlines"
    yield b"a long=\r\n line", b"a long line"
    yield b"1 + 1 =3D 2", b"1 + 1 = 2"
    yield b"=3DC3 is a byte", b"=C3 is a byte"
    yield b"br=c3=bbl=c3=a9e", "brûlée".encode()
    chance = random.Random(4)
    for _ in range(RANDOM_CASES):
        text = "".join(chance.choices("ab =é€\n", k=chance.randrange(1, 120)))
        yield quopri.encodestring(text.encode()).replace(b"\n", b"\r\n"), text.encode().replace(b"\n", b"\r\n")


def qp_fault(octets: bytes, got: bytes, wanted: bytes) -> str:
    if got in (quopri.decodestring(wanted), quopri.decodestring(wanted).replace(b"\n", b"\r\n")):
        return "twice"
    if b"=\r\n" in got:
        return "soft"
    if re.search(rb"=[0-9a-f]*[a-f]", got):
        return "lower"
    if got == octets:
        return "untouched"
    return "line-ends" if got == wanted.replace(b"\r\n", b"") else "wrong"


# ---- exercise 3


def travels(function: Callable[[int], Any]) -> Found:
    for n in SIZES:
        got, wanted = attempt(function, n), on_the_way(n)
        if not isinstance(got, int | float) or isinstance(got, bool):
            return wrong("no-number", n=n, got=repr(got))
        if got != wanted:
            return wrong(size_fault(n, got), n=f"{n:,}".replace(",", "_"), got=f"{got:,}", wanted=f"{wanted:,}")
    return right(three=f"{on_the_way(SIZES[-1]):,}")


def on_the_way(n: int) -> int:
    return len(encodebytes(bytes(n)).replace(b"\n", b"\r\n"))


def size_fault(n: int, got: float) -> str:
    signs = (n + 2) // 3 * 4
    if n == 0:
        return "empty"
    if got == signs:
        return "no-lines"
    if got in (signs + signs // 76 * 2, signs + (signs - 1) // 76 * 2):
        return "last-line"
    return "no-filling" if n % 3 else "wrong"


# ---- exercise 4

SOUND = build.alternative("Crème brûlée\n", "<p>Crème <b>brûlée</b></p>\n")
BROKEN = SOUND.replace(b"boundary=next-part-1", b"boundary=next-part-7").replace(b"utf-8", b"us-ascii")


def mend(mended: Any) -> Found:
    if not isinstance(mended, bytes | bytearray):
        return wrong("no-bytes", got=type(mended).__name__)
    mended = bytes(mended)
    if mended == BROKEN:
        return wrong("unchanged")
    root = structure(mended)
    if len(root.parts) != 2:
        return wrong("boundary", defect=first_defect(root))
    for part, id, text in zip(
        root.parts, ("charset", "half"), ("Crème brûlée", "<p>Crème <b>brûlée</b></p>"), strict=True
    ):
        if part.text().strip() != text:
            return wrong(id, text=repr(part.text().strip()))
    if root.defects:
        return wrong("other-boundary", defect=first_defect(root))
    same = mended in (SOUND, SOUND.replace(b"next-part-1", b"next-part-7"))  # either side of the boundary may give way
    return right() if same else wrong("changed")


def first_defect(root: Part) -> str:
    """The first that is told, from the top."""
    for part in (root, *root.parts):
        for defect in part.defects:
            return defect.says
    return "nothing else is wrong with it"


# ---- exercise 5

TEXTS = (
    "Don't forget to bring the cake!",
    "Two lines,\r\nand an end.",
    "--\r\nAlice",
    "--boundary\r\n--next-part-1\r\n--cake\r\n--b\r\n--x--",
)


def wrap(function: Callable[[str, bytes], Any]) -> Found:
    for text in (*TEXTS, *hard(function)):
        message = attempt(function, text, build.CAKE)
        if found := form_fault(message) or parts_fault(text, structure(message.encode())):
            return found
    return right()


def hard(function: Callable[[str, bytes], Any]) -> Iterator[str]:
    """A text that holds the very boundary which the function used a moment ago."""
    message = attempt(function, TEXTS[0], build.CAKE)
    used = dict(structure(message.encode()).parameters).get(b"boundary", b"") if isinstance(message, str) else b""
    yield f"Look:\r\n--{used.decode('utf-8', 'replace')}\r\nis not the end."


def form_fault(message: Any) -> Found | None:
    if not isinstance(message, str):
        return wrong("no-string", got=type(message).__name__)
    for number, line in enumerate(message.split("\n")[:-1], 1):
        if not line.endswith("\r"):
            return wrong("line-ends", number=number)
    return None


def parts_fault(text: str, root: Part) -> Found | None:
    if root.content_type != "multipart/mixed":
        return wrong("no-type", type=root.content_type)
    if not root.parts:
        return wrong("no-parts", defect=first_defect(root))
    if len(root.parts) != 2:
        count = len(root.parts)
        return wrong("in-text", text=repr(text), count=count) if "--" in text else wrong("count", count=count)
    letter, picture = root.parts
    if letter.text().strip() != text.replace("\r\n", "\n"):
        return wrong("text", text=repr(text), got=repr(letter.text()))
    return picture_fault(picture) or (wrong("defect", defect=first_defect(root)) if defects(root) else None)


def picture_fault(picture: Part) -> Found | None:
    if picture.content_type != "image/png":
        return wrong("picture-type", type=picture.content_type)
    if picture.decoded() != build.CAKE:
        defect = picture.defects[0].says if picture.defects else f"its encoding is said to be {picture.encoding}."
        return wrong("picture", defect=defect)
    if picture.filename != "cake.png":
        return wrong("name", got=picture.filename or "nothing")
    return None if picture.disposition == "attachment" else wrong("disposition")


def defects(root: Part) -> bool:
    return any(part.defects for part in (root, *root.parts))
