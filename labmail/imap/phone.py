"""A phone's mail program, as far as one letter needs it: it connects under TLS, logs in, and fetches the last one.

Port 993, where TLS stands from the first octet on: RFC 8314 section 3.2. The commands are of RFC 3501.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from labmail.errors import LabError
from labmail.net import Net
from labmail.tls.faults import named

__all__ = ["PORT", "fetch_last"]

PORT = 993  # RFC 8314 section 3.2
ANSWER_S = 300  # ours, lab seconds that it waits for an answer

_LITERAL = re.compile(rb"\{(\d+)\}\r\n\Z")  # RFC 3501 section 4.3
_COUNT = re.compile(rb"\* (\d+) EXISTS\r\n")  # RFC 3501 section 7.3.1


async def fetch_last(
    net: Net,
    host: str,
    server: tuple[str, str],
    *,
    user: str,
    password: str,
    secure: Callable[[], Awaitable[Any]],
) -> bytes | None:
    """The last letter of INBOX, as the server of that name and address gives it to `host`; None: there is none."""
    name, address = server
    try:
        reader, writer = await net.open(host, address, PORT, timeout_s=ANSWER_S)
    except TimeoutError:
        raise LabError(f"{name} did not answer within {ANSWER_S} s") from None
    except OSError:
        raise LabError(f"{name} refused the connection") from None
    try:
        await net.wait_for(net.start_tls(writer, await secure(), name), ANSWER_S, f"a phone begins TLS with {name}")
        return await _Talk(net, reader, writer, name).fetch(user, password)
    except TimeoutError:
        raise LabError(f"{name} did not answer within {ANSWER_S} s") from None
    except OSError as fault:
        bad = named(fault)
        why = f"could not be trusted: {bad}" if bad else "broke the connection off"
        raise LabError(f"{name} {why}") from fault
    finally:
        writer.close()


class _Talk:
    def __init__(self, net: Net, reader: Any, writer: Any, who: str) -> None:
        self._net, self._reader, self._writer, self._who = net, reader, writer, who
        self._tags = 0
        self._untagged: list[tuple[bytes, list[bytes]]] = []  # lines, each with the literals in it

    async def fetch(self, user: str, password: str) -> bytes | None:
        await self._response()  # the greeting
        await self._say(f"LOGIN {_quoted(user)} {_quoted(password)}")
        await self._say("SELECT INBOX")
        counts = [int(found[1]) for line, _ in self._untagged if (found := _COUNT.match(line))]
        letter = None
        if counts and counts[-1]:
            await self._say("FETCH * BODY[]")  # * is the last one: RFC 3501 section 9
            letter = next((literals[0] for _, literals in self._untagged if literals), None)
        await self._say("LOGOUT")
        return letter

    async def _say(self, command: str) -> None:
        self._tags += 1
        tag = f"P{self._tags}"
        self._untagged = []
        self._writer.write(f"{tag} {command}\r\n".encode())
        while True:
            line, literals = await self._response()
            if line.startswith(tag.encode() + b" "):
                break
            self._untagged.append((line, literals))
        if not line.startswith(f"{tag} OK".encode()):
            said = line.decode("utf-8", "replace").strip().removeprefix(f"{tag} ")
            raise LabError(f"{self._who} said {said}, where OK is the only yes")

    async def _response(self) -> tuple[bytes, list[bytes]]:
        line, literals = await self._line(), []
        while found := _LITERAL.search(line):
            literals.append(await self._within(self._reader.readexactly(int(found[1]))))
            line += await self._line()
        return line, literals

    async def _line(self) -> bytes:
        line = await self._within(self._reader.readline())
        if not line.endswith(b"\n"):
            raise LabError(f"{self._who} hung up amid its answer")
        return line

    async def _within(self, doing: Any) -> bytes:
        """TimeoutError, an OSError, where nothing comes."""
        try:
            octets: bytes = await self._net.wait_for(doing, ANSWER_S, f"a phone waits for {self._who}")
        except EOFError:
            raise LabError(f"{self._who} hung up amid a letter") from None
        return octets


def _quoted(text: str) -> str:
    """A string of IMAP: RFC 3501 section 4.3."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
