"""labmail: a whole small e-mail Internet in one process, for those who learn, teach and explain e-mail.

The public names stand here and are loaded when they are first used: `import labmail` stays light.
"""

import importlib
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labmail.errors import LabError as LabError
    from labmail.lab import Lab as Lab
    from labmail.verdicts import verify as verify
    from labmail.world import cake as cake

__version__ = "0.1.0"
__all__ = ["Lab", "LabError", "cake", "verify"]

_ROOMS = ("spf", "dkim", "dmarc", "sts")  # modules that a learner calls by the name of their protocol
_HOME = {
    "Lab": ("labmail.lab", "Lab"),
    "LabError": ("labmail.errors", "LabError"),
    "cake": ("labmail.world", "cake"),
    "verify": ("labmail.verdicts", "verify"),
}

if not (3, 11) <= sys.version_info[:2] <= (3, 14):
    _here = ".".join(map(str, sys.version_info[:2]))
    raise ImportError(f"labmail needs Python 3.11 to 3.14; this is Python {_here}")


if "IPython" in sys.modules:  # in a notebook's kernel records show their face; no widget is loaded for that
    importlib.import_module("labmail.widgets").register()


def __getattr__(name: str) -> object:
    if name in _ROOMS:
        return importlib.import_module(f"labmail.{name}")
    if name not in _HOME:
        raise AttributeError(f"labmail has no {name}; it offers {', '.join(__all__)}")
    module, attribute = _HOME[name]
    return getattr(importlib.import_module(module), attribute)
