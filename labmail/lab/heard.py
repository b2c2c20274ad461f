"""What happened in a lab, as a learner holds it: the timeline, the dialogs on it, and captures of the wires."""

from __future__ import annotations

from pathlib import Path

from labmail.errors import LabError
from labmail.lab.dialogs import Conversations
from labmail.lab.running import QUIET_MAX_S, Running
from labmail.net import Net
from labmail.net.pcap import write
from labmail.record import Conversation, Event, Record, TlsRecord

__all__ = ["Heard"]


class Heard:
    """The part of a `Lab` that tells what was heard in it."""

    _net: Net
    _running: Running

    @property
    def record(self) -> Record:
        """The whole timeline, once all is quiet."""
        self._quiet()
        return self._net.record

    def conversation(self, client: str, server: str) -> Conversation:
        """The last dialog between them."""
        self._net.address_of(client)
        self._net.address_of(server)
        for found in reversed(self._dialogs()):
            if (found.wire.client, found.wire.server) == (client, server):
                return found
        raise LabError(f"{client} and {server} have not spoken yet; lab.conversations() lists who has")

    def conversations(self) -> Conversations:
        """All dialogs since the start or the last reset, oldest first. A dialog still open says so."""
        return Conversations(self._dialogs())

    def pcap(self, path: str | Path) -> Path:
        """Write what crossed all wires as a capture that Wireshark opens. What was sealed stays so: see `key_log`."""
        return write(path, self._conversations())

    def key_log(self, path: str | Path) -> Path:
        """Write the secrets of TLS so far, as Wireshark reads them: with them, it shows what was sealed."""
        path = Path(path)
        path.touch(mode=0o600)
        path.write_text(self._running.authority.key_log(), encoding="ascii")
        return path

    def _dialogs(self) -> list[Conversation]:
        return [each for each in self._conversations() if each.wire.over == "tcp" and each.wire.protocol != "dns"]

    def _conversations(self) -> list[Conversation]:
        wires: dict[int, list[Event]] = {}
        tls: dict[int, list[TlsRecord]] = {}
        record = self.record
        for event in record:
            if event.wire is not None:
                wires.setdefault(event.wire.number, []).append(event)
        for each in record.tls():
            tls.setdefault(each.wire.number, []).append(each)
        keys = self._running.authority.keys_of
        found = [(events[0].wire, events) for events in wires.values()]
        return [Conversation(wire, events, tls.get(wire.number, ()), keys) for wire, events in found if wire]

    def _quiet(self) -> None:
        if not self._net.stopped:
            self._net.settle(QUIET_MAX_S)

    @property
    def ca_file(self) -> Path:
        """The certificate that vouches for those of the lab's servers: what a client must trust. Gone when it stops."""
        return self._running.authority.ca_file
