"""ENVELOPE: what a list of letters shows of one, from its header. RFC 3501 section 7.4.2; RFC 5322 section 3.4.

Nothing is decoded: encoded words and broken dates go out as they came, and the client makes of them what it can.
"""

from __future__ import annotations

from functools import lru_cache

from labmail.imap.words import nstring
from labmail.mime.addresses import Address, read_addresses
from labmail.mime.header import Header

__all__ = ["envelope", "shown"]

OFTEN_MAX, OFTEN_MAX_OCTETS = 500, 500  # ours: fields that are remembered, and how long one may be


def envelope(header: Header) -> bytes:
    sender = _list(header, b"from")
    fields = (
        nstring(header.get(b"date")),
        nstring(header.get(b"subject")),
        sender,
        *(found if (found := _list(header, name)) != b"NIL" else sender for name in (b"sender", b"reply-to")),
        *(_list(header, name) for name in (b"to", b"cc", b"bcc")),
        nstring(header.get(b"in-reply-to")),
        nstring(header.get(b"message-id")),
    )
    return b"(%b)" % b" ".join(fields)


def _list(header: Header, name: bytes) -> bytes:
    value = header.get(name)
    if not value:
        return b"NIL"
    return _often(value) if len(value) <= OFTEN_MAX_OCTETS else _shown(value)


def _shown(value: bytes) -> bytes:
    addresses = read_addresses(value)
    return b"(%b)" % b"".join(map(shown, addresses)) if addresses else b"NIL"


_often = lru_cache(OFTEN_MAX)(_shown)  # in one mailbox the same people write again and again


def shown(one: Address) -> bytes:
    return b"(%b)" % b" ".join(map(nstring, (one.name, one.route, one.mailbox, one.host)))
