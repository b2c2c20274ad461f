"""Where Jupyter's server finds the webmail of a lab that runs in one of its kernels.

jupyter-server-proxy asks `server` at its start (an entry point in pyproject.toml), and passes on to this socket what
the browser asks for below `NAME`/; a lab listens there once `lab.webmail()` was called. So it works behind JupyterHub
and Binder as well, and no port is opened.
"""

from __future__ import annotations

import hashlib
import html
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labmail.net.page import PATH_MAX_OCTETS

__all__ = ["NAME", "Page", "base_url", "server", "socket_path"]

NAME = "labmail-webmail"


def server() -> dict[str, Any]:
    """For jupyter-server-proxy: nothing to start, a socket, and no tile in the launcher, as there may be no lab."""
    return {"command": [], "unix_socket": str(socket_path()), "launcher_entry": {"enabled": False, "title": "Webmail"}}


def socket_path() -> Path:
    """The same for the server and for its kernels: one for each user, or for each folder of Jupyter's own."""
    from jupyter_core.paths import jupyter_runtime_dir

    runtime = Path(jupyter_runtime_dir())
    path = runtime / "labmail" / "webmail.sock"
    if len(os.fsencode(path)) <= PATH_MAX_OCTETS:
        return path
    mark = hashlib.sha256(os.fsencode(runtime)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"labmail-{mark}" / "webmail.sock"


def base_url() -> str:
    """Where the Jupyter server of this kernel is, seen from its own pages: under a hub it has a prefix."""
    prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX")
    if prefix:
        return prefix
    from jupyter_core.paths import jupyter_runtime_dir

    said = Path(jupyter_runtime_dir()) / f"jpserver-{os.environ.get('JPY_PARENT_PID', '')}.json"
    try:
        return str(json.loads(said.read_text(encoding="utf-8"))["base_url"])
    except (OSError, ValueError, KeyError, TypeError):
        return "/"


@dataclass(frozen=True, kw_only=True, repr=False)
class Page:
    """What `lab.webmail()` gives: in a notebook, a link."""

    host: str
    at: str  # where the browser sits, for the lab

    def __repr__(self) -> str:
        return f"The webmail of {self.host}, in your own browser: you sit at {self.at}."

    def _repr_html_(self) -> str:
        address = html.escape(f"{base_url().rstrip('/')}/{NAME}/")
        link = f'<a href="{address}" target="_blank" rel="noopener">The webmail of {html.escape(self.host)}</a>'
        return f"<p>{link}, in your own browser: you sit at {html.escape(self.at)}.</p>"
