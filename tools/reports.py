"""The scenes of DMARC reports, for pictures.py: some days of mail, one of them spoofed, and a report that is broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

DAYS = """
from labmail import Lab, cake, widgets
lab = Lab()
vps = "vps.example"
for spoofed in (0, 2, 6, 1):
    lab.send(cake, "bob@example.com")
    lab.send(cake.replace("cake", "pie"), "bob@alumni.example")
    for _ in range(spoofed):
        lab.send(cake, "bob@example.com", at="mallory.example", mail_from="mallory@mallory.example")
    if spoofed == 1:
        lab.send(cake, "bob@example.com", at=vps, mail_from="shop@vps.example")
    lab.clock.advance(days=1)
"""
SHOWN = f"{DAYS}widgets.Reports(lab.mailbox('dmarc@example.net'))"
BROKEN = f"{DAYS}widgets.Reports([b'<feedback><report_metadata/></feedback>', *lab.mailbox('dmarc@example.net')])"


def scenes(scene: Callable[..., Any]) -> dict[str, Any]:
    """Each by its name, made by pictures.py's own `Scene`."""
    return {
        "reports": scene(cells=(SHOWN,)),
        "reports-broken": scene(cells=(BROKEN,), narrow=False),
    }
