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
    """`Certificate(lab, "mx1.example.com")`; the switch gives the server another one from the shelf.

    `at` is who asks; `port` where, if it is not to be the first that can be reached from there.
    """

    _esm = script("parts.js", "certificate.js")

    def __init__(self, lab: Any, server: str, *, at: str | None = None, port: int | None = None) -> None:
        self._held, self._server, self._port = Held(lab), server, port
        self._at = at or next(name for name in CLIENTS if name != server)
        given = {"at": at and f'"{at}"', "port": port}
        self._more = "".join(f", {name}={value}" for name, value in given.items() if value)
        super().__init__(self._asked(), choose=self.choose)

    def choose(self, kind: str) -> None:
        """Give the server a certificate of that kind, and check again."""
        self._held().host(self._server).certificate = kind
        self.data = self._asked()

    def _asked(self) -> Data:
        lab = self._held()
        host, services = lab.host(self._server), lab.world.hosts[self._server].services
        lab.host(self._at)
        providers = [lab.isp(name) for name in lab.world.isps]
        filtered = {port for isp in providers if self._at in isp.customers for port in isp.filters}
        way = certificate.way_in(services, self._at, self._server, filtered, self._port)
        checked, careless = self._handshake(lab, way, lab.ca_file), self._handshake(lab, way, None)
        return certificate.certificate(host.certificate, self._server, checked, careless, lab.ca_file, self._more)

    def _handshake(self, lab: Any, way: certificate.Way, ca_file: Any) -> certificate.Outcome:
        """One that takes place in the lab, at once or after STARTTLS, and goodbye."""
        fault, context = None, certificate.context(ca_file)
        try:
            with lab.step(self._at, self._server, way.port, tls=context if way.implicit else None) as step:
                if not way.implicit:
                    self._start_tls(step, context)
        except OSError as error:
            if getattr(error, "verify_code", None) is None:
                why = error.strerror or error
                raise LabError(f"{self._server} does not answer on port {way.port}: {why}") from error
            fault = error
        return certificate.Outcome(conversation=lab.conversation(self._at, self._server), fault=fault)

    def _start_tls(self, step: Any, context: Any) -> None:
        step.say(f"EHLO {self._at}")
        if not step.say("STARTTLS").success:
            raise LabError(f"{self._server} offers no TLS: lab.host({self._server!r}).starttls is off")
        step.start_tls(context)
        step.say("QUIT")

    def __repr__(self) -> str:
        return certificate.text(self.data)

    def _static_html(self) -> str:
        data = self.data
        seen = f"{data['seen']['who']} saw: {data['seen']['word']}."
        caption = f"{data['title']} {data['about']} {data['verdict']['says']} {seen}"
        return static_table(certificate.table(data), head=certificate.HEAD, caption=caption)
