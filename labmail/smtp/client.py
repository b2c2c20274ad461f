"""The client's side of SMTP: which command a reply answers, and what the server has come to know. RFC 5321.

`ClientSession` owns no socket: lines go out of it, octets come in. `Step` drives it from a notebook, one line at a
time; `Dialog` drives it on the lab's loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from collections import deque
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

from labmail.errors import LabError
from labmail.net import Net
from labmail.smtp.paths import show_path
from labmail.smtp.words import CRLF, END, Command, Reply, state_after

__all__ = ["Channel", "ClientSession", "Dialog", "HungUp", "LoopChannel", "NoReply", "Step", "open_step"]

T = TypeVar("T")
REPLY_LINE_MAX_OCTETS = 4096  # ours, generous: RFC 5321 section 4.5.3.1.5 lets a server write 512
READ_MAX_OCTETS = 65_536
GREETING = Command(verb="", argument="", state="connected")  # what the server's first words answer


class HungUp(LabError):
    """The other side closed the connection before it answered."""


class NoReply(LabError):
    """What came was no reply of SMTP, or none came in time."""


class ClientSession:
    """What a client knows: the state the server is in, the envelope it remembers, the replies still to come."""

    def __init__(self) -> None:
        self.state = "connected"
        self.mail_from: str | None = None  # with its brackets; None: not said yet
        self.recipients: tuple[str, ...] = ()
        self._unanswered = deque([GREETING])
        self._inbox = bytearray()
        self._lines: list[bytes] = []

    def seal(self) -> None:
        """TLS stands, and the server has forgotten everything: RFC 3207 section 4.2"""
        self.state, self.mail_from, self.recipients, self._lines = "connected", None, (), []
        self._inbox.clear()

    def say(self, line: bytes) -> Command | None:
        """A line, with its end, goes out. None: a line of a letter, which nobody answers."""
        last = line == END.encode() + CRLF
        if self.state == "text" and not any(command.verb == END for command in self._unanswered):
            if not last:
                return None
            command = Command(verb=END, argument="", state="text")
        else:
            command = Command.parse(line, self.state)
        self._unanswered.append(command)
        return command

    def hear(self, octets: bytes) -> list[Reply]:
        """Octets come in, many replies or a crumb of one."""
        self._inbox += octets
        replies = []
        while b"\n" in self._inbox:
            end = self._inbox.index(b"\n")
            line = bytes(self._inbox[:end])
            del self._inbox[: end + 1]
            self._lines.append(line)
            if not (line[:3].isdigit() and line[3:4] in (b" ", b"-", b"\r", b"")):
                raise NoReply(f"that is no reply of SMTP: {line!r}; it begins with three digits")
            if line[3:4] != b"-":  # RFC 5321 section 4.2.1
                replies.append(Reply.parse(self._lines))
                self._lines = []
                self._learn(replies[-1])
        if len(self._inbox) > REPLY_LINE_MAX_OCTETS:
            raise NoReply(f"a line of the reply has no end within {REPLY_LINE_MAX_OCTETS} octets")
        return replies

    def _learn(self, reply: Reply) -> None:
        command = self._unanswered.popleft() if self._unanswered else GREETING
        if reply.code == 421:  # the server hangs up: RFC 5321 section 3.8
            self.state = "closed"
        else:
            self.state = state_after(self.state, command.verb, success=reply.success)
        if self.state in ("connected", "greeted", "closed"):
            self.mail_from, self.recipients = None, ()
        elif reply.success and command.verb == "MAIL":
            self.mail_from = show_path("MAIL", command.argument)
        elif reply.success and command.verb == "RCPT":
            self.recipients = (*self.recipients, show_path("RCPT", command.argument))

    def __repr__(self) -> str:
        """The state, and the envelope that the server remembers."""
        known = [f"from {self.mail_from}"] * (self.mail_from is not None) + [f"to {path}" for path in self.recipients]
        return ", ".join([self.state, *known])


class Channel(Protocol):
    """What Step speaks through: blocking, on any thread but the lab's own. `receive` gives b"" at the end."""

    def send(self, octets: bytes) -> None: ...

    def receive(self) -> bytes: ...

    def start_tls(self, context: Any, server: str) -> None: ...

    def close(self) -> None: ...


class LoopChannel:
    """A connection that the lab's loop holds, for a client on another thread."""

    def __init__(self, net: Net, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._net, self._reader, self._writer = net, reader, writer
        self._forgotten = weakref.finalize(self, _hang_up, net, writer)  # as when a cell runs again
        self._forgotten.atexit = False

    def send(self, octets: bytes) -> None:
        self._net.run(_write(self._writer, octets))

    def receive(self) -> bytes:
        return self._net.run(self._reader.read(READ_MAX_OCTETS))

    def start_tls(self, context: Any, server: str) -> None:
        self._net.run(self._net.start_tls(self._writer, context, server))

    def close(self) -> None:
        if self._forgotten.detach() and not self._net.stopped:
            self._net.call(self._writer.close)


def _hang_up(net: Net, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(RuntimeError):  # the loop has ended, and the connection with it
        net.loop.call_soon_threadsafe(writer.close)


class Step:
    """A client that says one line at a time: exactly the line it is given, and nothing of its own."""

    def __init__(self, channel: Channel, client: str, server: str) -> None:
        self._channel, self.client, self.server = channel, client, server
        self.session = ClientSession()
        self._heard: deque[Reply] = deque()
        self._due = deque(["greeting"])
        self._over = False

    def say(self, line: str | bytes) -> Reply | None:
        """Say a line and wait for its reply; None for a line of a letter, which has none."""
        octets = _one_line(line)
        while self._due:  # what was asked before is answered before
            self.reply()
        return None if self.send(octets) is None else self.reply()

    def send(self, line: str | bytes) -> Command | None:
        """Say a line and do not wait: `reply()` does. The result is the command that it is to the server."""
        octets = _one_line(line)
        if self.state == "closed":
            raise HungUp(f"the connection to {self.server} is closed; lab.step(...) opens another")
        if "DATA" in self._due:
            raise LabError(f"first the answer to DATA: only it says whether {self.server} now reads a letter")
        if "greeting" in self._due:  # the server speaks first: RFC 5321 section 3.1
            self._heard.appendleft(self._next())
        try:
            self._channel.send(octets + CRLF)
        except ConnectionError:
            raise self._end("the line arrived") from None
        command = self.session.say(octets + CRLF)
        if command is not None:
            self._due.append(command.verb)
        return command

    def reply(self) -> Reply:
        """Wait for the next reply: the greeting, or what answers the oldest command without one."""
        if not self._due:
            raise LabError(f"{self.server} owes no reply: say something first")
        reply = self._next()
        self._due.popleft()
        if self.session.state == "closed":  # it said goodbye
            self.close()
        return reply

    def _next(self) -> Reply:
        while not self._heard:
            try:
                octets = self._channel.receive()
            except ConnectionError:
                octets = b""
            if not octets:
                raise self._end(f"it answered {self._due[0]}")
            self._heard.extend(self.session.hear(octets))
        return self._heard.popleft()

    def _end(self, before: str) -> HungUp:
        self.close()
        return HungUp(f"{self.server} hung up before {before}")

    def start_tls(self, context: Any) -> None:
        """TLS from here on: after STARTTLS and its 220. `context` is an ssl.SSLContext of the client."""
        while self._due:
            self.reply()
        try:
            self._channel.start_tls(context, self.server)
        except OSError:
            self.close()
            raise
        self.session.seal()

    def close(self) -> None:
        """Hang up without a word; the polite way is `say("QUIT")`. Twice is fine."""
        self._over = True
        self._channel.close()

    def __enter__(self) -> Step:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def state(self) -> str:
        """Where the server is: connected, greeted, sender, recipient, text or closed."""
        return "closed" if self._over else self.session.state

    @property
    def due(self) -> tuple[str, ...]:
        """Whose replies have not been taken yet, the oldest first: "greeting", a verb, "." for a whole letter."""
        return tuple(self._due)

    def __repr__(self) -> str:
        return f"{self.client} to {self.server}: {self.session if self.state != 'closed' else 'closed'}"


def open_step(net: Net, client: str, server: str, port: int = 25, tls: Any = None) -> Step:
    """Connect, from any thread but the loop's. The first reply is the server's greeting; with `tls` it comes sealed."""
    channel = LoopChannel(net, *net.run(net.open(client, net.address_of(server), port)))
    if tls is not None:
        channel.start_tls(tls, server)
    return Step(channel, client, server)


def _one_line(line: str | bytes) -> bytes:
    octets = line if isinstance(line, bytes) else line.encode()
    if b"\n" in octets or b"\r" in octets:
        raise LabError(f"one line at a time: {line!r} holds a line end, and each line gets its CR LF here")
    return octets


class Dialog:
    """The same on the lab's loop: say a line, await its reply, at most so long in lab time."""

    def __init__(self, net: Net, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, who: str) -> None:
        self._net, self._reader, self._writer, self._who = net, reader, writer, who
        self.session = ClientSession()
        self._heard: deque[Reply] = deque()

    async def say(self, line: str, timeout_s: float) -> Reply:
        octets = line.encode() + CRLF
        self.session.say(octets)
        await self._within(_write(self._writer, octets), timeout_s)
        return await self.reply(timeout_s)

    async def hand_over(self, letter: bytes, timeout_s: float) -> Reply:
        """What follows 354, stuffed, with the line that ends it."""
        self.session.say(END.encode() + CRLF)
        await self._within(_write(self._writer, letter), timeout_s)
        return await self.reply(timeout_s)

    async def reply(self, timeout_s: float) -> Reply:
        while not self._heard:
            octets = await self._within(self._reader.read(READ_MAX_OCTETS), timeout_s)
            if not octets:
                raise HungUp(f"{self._who} hung up")
            self._heard.extend(self.session.hear(octets))
        return self._heard.popleft()

    async def _within(self, doing: Coroutine[Any, Any, T], timeout_s: float) -> T:
        """Its result, or NoReply after that much lab time."""
        try:
            return await self._net.wait_for(doing, timeout_s, f"a client waits for {self._who}")
        except TimeoutError:
            raise NoReply(f"{self._who} did not answer within {timeout_s:g} s") from None

    async def start_tls(self, context: Any, server: str, timeout_s: float) -> None:
        """TLS from here on; OSError, with OpenSSL's verify_code, where it does not come to that."""
        self._heard.clear()  # what was said in the clear after 220 counts for nothing
        await self._within(self._net.start_tls(self._writer, context, server), timeout_s)
        self.session.seal()

    def close(self) -> None:
        self._writer.close()


async def _write(writer: asyncio.StreamWriter, octets: bytes) -> None:
    writer.write(octets)
    await writer.drain()
