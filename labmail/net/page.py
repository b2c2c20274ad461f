"""A Unix socket as the far end of a service: what Jupyter's own server passes on to the learner's browser.

Only its owner can reach it: a socket of mode 0600 in a folder of mode 0700. Each user has one, and whoever opens it
last has it: it is put in its place by a rename, so nobody ever finds half of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

from labmail.errors import LabError

__all__ = ["PATH_MAX_OCTETS", "Sifted", "UnixPage"]

PATH_MAX_OCTETS = 92  # of a socket's name, with room for its first one: macOS allows 104, Linux 108


class Sifted(asyncio.Protocol):
    """Hands on only what `sift` leaves of what comes in."""

    def __init__(self, above: asyncio.Protocol, sift: Callable[[bytes], bytes]) -> None:
        self._above, self._sift = above, sift

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._above.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        left = self._sift(data)
        if left:
            self._above.data_received(left)

    def eof_received(self) -> bool | None:
        return self._above.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._above.connection_lost(exc)

    def pause_writing(self) -> None:
        self._above.pause_writing()

    def resume_writing(self) -> None:
        self._above.resume_writing()


class UnixPage:
    """One listening socket. On the loop."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._server: asyncio.Server | None = None
        self._number = 0

    async def open(self, loop: asyncio.AbstractEventLoop, make: Callable[[], asyncio.Protocol]) -> None:
        if not hasattr(socket, "AF_UNIX"):
            raise LabError(
                "this system has no Unix sockets, so the webmail has no page here; lab.expose() opens a port"
            )
        if len(os.fsencode(self.path)) > PATH_MAX_OCTETS:
            raise LabError(f"{self.path} is too long for the name of a socket: {PATH_MAX_OCTETS} octets at most")
        _own_folder(self.path.parent)
        first = self.path.with_name(f"{os.getpid()}.new")
        first.unlink(missing_ok=True)
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.bind(str(first))
            first.chmod(0o600)
            self._server = await loop.create_unix_server(make, sock=sock)
            self._number = first.stat().st_ino
            first.replace(self.path)
        except BaseException:
            sock.close()
            first.unlink(missing_ok=True)
            raise

    def close(self) -> None:
        """Where another lab has taken the place, its socket stays."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        with contextlib.suppress(FileNotFoundError):
            if self.path.stat().st_ino == self._number:
                self.path.unlink()


def _own_folder(folder: Path) -> None:
    """It is there, it is ours, and nobody else can look into it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise LabError(f"{folder} is not a folder of yours, so the webmail's page is not opened there; remove it")
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)
