"""Who may relay: a table of who, from where, as whom and to whom, each with the answer that the server really gave.

The dialogs take place in the learner's lab, when the table is made and after each turn of the switch.
"""

from __future__ import annotations

import base64
from typing import Any

from labmail.views import relay
from labmail.widgets.face import Face, Held, script, static_table

__all__ = ["Relay"]

Data = dict[str, Any]


class Relay(Face):
    """`Relay(lab, "mx1.example.com")`; the switch turns the server into an open relay, and back."""

    _esm = script("parts.js", "relay.js")

    def __init__(self, lab: Any, server: str) -> None:
        self._held, self._server = Held(lab), server
        super().__init__(self._asked(), switch=self.switch, again=self.again)

    # ---- acts

    def switch(self, on: bool) -> None:
        """Make the server an open relay, or one that is none; then ask once more."""
        self._held().host(self._server).open_relay = on
        self.again()

    def again(self) -> None:
        """Ask all once more, as the server is set now."""
        self.data = self._asked()

    # ---- what comes of them

    def _asked(self) -> Data:
        lab = self._held()
        found = relay.cases(lab.world, self._server, self._setting(lab, "trusted", ()))
        rows = [self._ask(lab, case) for case in found]
        return relay.relay(self._server, rows, is_open=bool(self._setting(lab, "open_relay", False)))

    def _setting(self, lab: Any, name: str, otherwise: object) -> Any:
        return getattr(lab.host(self._server), name, otherwise)

    def _ask(self, lab: Any, case: relay.Case) -> Data:
        """One dialog, as far as RCPT."""
        try:
            with lab.step(case.client, case.server, case.port) as step:
                step.say(f"EHLO {case.client}")
                if case.sealed and step.say("STARTTLS").success:
                    step.start_tls(relay.client_context(lab.ca_file))
                    step.say(f"EHLO {case.client}")
                if case.login:
                    step.say(f"AUTH PLAIN {_plain(*case.login)}")
                if step.say(f"MAIL FROM:<{case.sender}>").success:
                    step.say(f"RCPT TO:<{case.recipient}>")
                step.say("QUIT")
        except OSError as fault:
            return relay.silent(case, fault)
        return relay.row(case, lab.conversation(case.client, case.server))

    def __repr__(self) -> str:
        return relay.text(self.data)

    def _static_html(self) -> str:
        return static_table(
            relay.table(self.data), head=relay.HEAD, caption=f"{self.data['title']} {self.data['says']}"
        )


def _plain(user: str, password: str) -> str:
    """RFC 4616 section 2"""
    return base64.b64encode(f"\0{user}\0{password}".encode()).decode()
