"""The intake: the same pieces however the octets came, and a client that is told to wait."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labmail.smtp.intake import Intake, Over

LONGEST = 10


class Source:
    def __init__(self) -> None:
        self.paused = False

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


def pieces(*chunks: bytes) -> list[bytes]:
    """All that is whole, and after that what is left."""
    intake, found = Intake(Source(), LONGEST), []
    for chunk in chunks:
        intake.feed(chunk)
        while (piece := intake.next()) is not None:
            found.append(piece)
    return [*found, intake.rest()]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"", [b""]),
        (b"NOOP\r\nQU", [b"NOOP\r\n", b"QU"]),
        (b"\n\n", [b"\n", b"\n", b""]),
        (b"123456789\n", [b"123456789\n", b""]),
        (b"1234567890\n", [b"1234567890\n", b""]),
        (b"12345678901\n", [b"1234567890", b"1\n", b""]),
        (b"x" * 25, [b"x" * 10, b"x" * 10, b"x" * 5]),
    ],
)
def test_a_piece_ends_at_a_line_feed_or_is_as_long_as_it_may_be(sent: bytes, expected: list[bytes]) -> None:
    assert pieces(sent) == expected


@given(st.binary(max_size=60).map(lambda octets: octets.replace(b"\0", b"\n")), st.lists(st.integers(0, 60)))
def test_the_pieces_do_not_depend_on_how_the_octets_came(sent: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(cut for cut in cuts if cut <= len(sent)), len(sent)]
    chunks = [sent[start:end] for start, end in pairwise(places)]
    assert pieces(*chunks) == pieces(sent) == pieces(*(bytes([octet]) for octet in sent))


def test_it_waits_for_what_is_not_there_yet() -> None:
    async def story() -> list[bytes]:
        intake = Intake(Source(), LONGEST)
        intake.feed(b"on")
        waiting = asyncio.ensure_future(intake.piece())
        await asyncio.sleep(0)
        assert not waiting.done()
        intake.feed(b"e\ntwo\nthr")
        heard = [await waiting, await intake.piece()]
        intake.end()
        with pytest.raises(Over) as over:
            await intake.piece()
        return [*heard, over.value.octets]

    assert asyncio.run(story()) == [b"one\n", b"two\n", b"thr"]


def test_the_source_waits_while_much_is_unheard() -> None:
    source = Source()
    intake = Intake(source, LONGEST)
    intake.feed(b"123456789\n" * 2)
    assert not source.paused
    intake.feed(b"\n")
    assert source.paused
    intake.next()
    assert source.paused
    intake.next()
    assert not source.paused
