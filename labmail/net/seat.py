"""Seats: `with at(net, host)` puts this thread at a host, so that unmodified clients reach the lab by name.

While any lab lives, four names of `socket` are replaced: `create_connection` and `getfqdn` serve whoever is seated;
`getaddrinfo` and `gethostbyname` refuse the lab's names with a sentence. So a lab name never asks the real DNS through
these doors. What goes past them: `sock.connect((name, port))`, which asks in C, and a literal lab address.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

from labmail.errors import LabError
from labmail.net.internet import Net

__all__ = ["IDLE_MAX_S", "NoSeat", "at", "enter", "leave", "seated"]

IDLE_MAX_S = 60.0  # real seconds that a client without a time limit of its own waits: a limit against hanging
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1", "", None)
NAMES = ("create_connection", "getfqdn", "getaddrinfo", "gethostbyname")

_UNSET: Any = socket._GLOBAL_DEFAULT_TIMEOUT  # type: ignore[attr-defined]  # what create_connection itself uses

_seat: ContextVar[tuple[Net, str] | None] = ContextVar("labmail.seat", default=None)
_lock = threading.RLock()
_labs: list[Net] = []
_originals: dict[str, Any] = {}


class NoSeat(LabError, OSError):
    """A lab's name was asked for by somebody who sits at no host, or by a client that cannot be served by name."""

    def __str__(self) -> str:
        return str(self.args[0])


@contextlib.contextmanager
def at(net: Net, host: str) -> Iterator[str]:
    """Sit at a host; seats nest. No Token is used: enter and exit may run in two contexts."""
    net.address_of(host)
    before = _seat.get()
    _seat.set((net, host))
    try:
        yield host
    finally:
        _seat.set(before)


def seated(net: Net) -> str | None:
    """The host at which this thread sits in that net."""
    seat = _seat.get()
    return seat[1] if seat is not None and seat[0] is net else None


def enter(net: Net) -> None:
    """A lab begins to live: the first one in replaces the four names."""
    with _lock:
        if not _labs:
            for name in NAMES:
                if name not in _originals:  # else ours is still there, inside the one who wrapped it
                    _originals[name] = getattr(socket, name)
                    setattr(socket, name, _DOORS[name])
        _labs.append(net)


def leave(net: Net) -> None:
    """The last one out restores, and only where ours still stands: else somebody wraps us, and is left alone."""
    with _lock:
        if net not in _labs:
            return
        _labs.remove(net)
        if not _labs:
            for name in NAMES:
                if getattr(socket, name) is _DOORS[name]:
                    setattr(socket, name, _originals.pop(name))


def _original(name: str) -> Any:
    return _originals.get(name) or getattr(socket, name)  # the lab may have ended while somebody held our door


def _as_text(name: Any) -> Any:
    return name.decode("ascii", "replace") if isinstance(name, bytes) else name


def _refuse_lab_name(name: Any) -> None:
    name = _as_text(name)
    if not isinstance(name, str):
        return
    plain = name.rstrip(".").lower()
    if not any(net.is_lab_name(plain) for net in list(_labs)):
        return
    seat = _seat.get()
    if seat is None:
        raise NoSeat(f"you sit at no host, and {plain} is in the lab: put the call inside `with lab.at(HOST):`")
    raise NoSeat(
        f"you sit at {seat[1]}, and {plain} is in the lab, but only clients that use socket.create_connection find "
        "their way (smtplib, poplib, imaplib, http.client, urllib)"
    )


def _create_connection(
    address: tuple[Any, int], timeout: Any = _UNSET, source_address: Any = None, *, all_errors: bool = False
) -> socket.socket:
    seat = _seat.get()
    name = _as_text(address[0])
    if seat is None or seat[0].stopped or name in LOOPBACK_NAMES:
        if seat is not None and seat[0].stopped:
            raise NoSeat("the lab at whose host you sit has stopped; make a new one with Lab()")
        _refuse_lab_name(name)
        original: Callable[..., socket.socket] = _original("create_connection")
        return original(address, timeout, source_address, all_errors=all_errors)
    net, host = seat
    limit = (socket.getdefaulttimeout() or IDLE_MAX_S) if timeout is _UNSET else timeout
    return net.connect(host, (name, int(address[1])), limit)


def _getfqdn(name: str = "") -> str:
    seat = _seat.get()
    if seat is not None and name.strip() in ("", "0.0.0.0"):
        return seat[1]
    return str(_original("getfqdn")(name))


def _getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
    _refuse_lab_name(host)
    return _original("getaddrinfo")(host, port, *args, **kwargs)


def _gethostbyname(hostname: Any) -> Any:
    _refuse_lab_name(hostname)
    return _original("gethostbyname")(hostname)


_DOORS = dict(zip(NAMES, (_create_connection, _getfqdn, _getaddrinfo, _gethostbyname), strict=True))
