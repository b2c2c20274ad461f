"""One running lab, and what a learner holds of it.

lab.py      Lab, whose parts are people.py (who writes and reads) and heard.py (what was said)
running.py  a world, running: what reset renews and what it leaves
host.py     one host, to stop, to start and to set; isp.py is a home provider, policy.py a published policy
dialogs.py  many dialogs as one table
handing.py  a letter handed in, as a mail program or a webmail does it
replay.py   the same letters once more
web.py      the webmails, for the lab's hosts; proxy.py leads Jupyter's server to one
expose.py   ports for programs from outside

Lab loads when it is first used: Jupyter's server imports proxy.py, and needs no lab for that.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labmail.lab.lab import Lab as Lab

__all__ = ["Lab"]


def __getattr__(name: str) -> object:
    if name != "Lab":
        raise AttributeError(f"labmail.lab has no {name}; it offers Lab")
    return importlib.import_module("labmail.lab.lab").Lab
