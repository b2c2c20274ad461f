"""A server's certificate, as a client checks it: chain, dates, names, and the shelf of bad ones to try. RFC 5280."""

from __future__ import annotations

from typing import Any

from labmail.errors import LabError
from labmail.views import certificate
from labmail.widgets.face import Face, Held, script, static_table

__all__ = ["Certificate"]

Data = dict[str, Any]
CLIENTS = ("mail.example.net", "outside.example")  # who asks, if nobody else is named


class Certificate(Face):
    """`Certificate(lab, "mx1.example.com")`; the switch gives the server another one from the shelf."""

    _esm = script("parts.js", "certificate.js")

    def __init__(self, lab: Any, server: str, *, at: str | None = None) -> None:
        self._held, self._server = Held(lab), server
        self._at = at or next(name for name in CLIENTS if name != server)
        super().__init__(self._asked(), choose=self.choose)

    def choose(self, kind: str) -> None:
        """Give the server a certificate of that kind, and check again."""
        self._held().host(self._server).certificate = kind
        self.data = self._asked()

    def _asked(self) -> Data:
        lab = self._held()
        host = lab.host(self._server)
        port = certificate.port_of(lab.world.hosts[self._server].services, self._server)
        checked, careless = self._handshake(lab, port, lab.ca_file), self._handshake(lab, port, None)
        return certificate.certificate(host.certificate, self._server, checked, careless, lab.ca_file)

    def _handshake(self, lab: Any, port: int, ca_file: Any) -> certificate.Outcome:
        """One that takes place in the lab: STARTTLS, and goodbye."""
        fault = None
        try:
            with lab.step(self._at, self._server, port) as step:
                step.say(f"EHLO {self._at}")
                if not step.say("STARTTLS").success:
                    raise LabError(f"{self._server} offers no TLS: lab.host({self._server!r}).starttls is off")
                step.start_tls(certificate.context(ca_file))
                step.say("QUIT")
        except OSError as error:
            if getattr(error, "verify_code", None) is None:
                raise LabError(f"{self._server} does not answer on port {port}: {error.strerror or error}") from error
            fault = error
        return certificate.Outcome(conversation=lab.conversation(self._at, self._server), fault=fault)

    def __repr__(self) -> str:
        return certificate.text(self.data)

    def _static_html(self) -> str:
        caption = f"{self.data['title']} {self.data['about']} {self.data['verdict']['says']}"
        return static_table(certificate.table(self.data), head=certificate.HEAD, caption=caption)
