"""The plan of the house, as docs/architecture.md draws it: the rooms, their floors, and what each may use."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "labmail"

FLOORS = {  # from the ground up: a room uses its own floor and those below it
    "ground": ("errors", "clock", "record", "net"),
    "protocols": (
        *("dns", "smtp", "pop3", "imap", "webmail", "spf", "dkim", "dmarc", "reports", "mime", "tls", "http", "sts"),
        *("authres", "verdicts", "store", "accounts", "states"),
    ),
    "lab": ("world", "worlds", "mta", "lab"),
    "faces": ("explain", "views", "widgets", "lessons"),
    "doors": ("cli", "__main__", "pytest_plugin"),
}
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS.values()) for room in rooms}

SERVERS = ("dns", "smtp", "pop3", "imap", "webmail")  # none of them uses another
KNOWLEDGE = (  # used by servers, and never uses one
    *("spf", "dkim", "dmarc", "reports", "authres", "verdicts", "sts", "mime", "tls", "http"),
)
KNOWLEDGE_AMONG_SERVERS = ("dns.resolver", "dns.mx")  # modules of a server's room that count as knowledge

# On the lab's floor: what a room may name as a type, and does not use
FOR_TYPES_ONLY = {"world": ("mta", "lab"), "mta": ("lab",)}

# What the widgets may use of labmail: data comes in, a callback goes out
WIDGETS_USE = ("errors", "record", "explain", "views", "lessons", "widgets")

# What opens sockets, or starts threads or processes; and who may import which of it
NET_ONLY = (
    *("socket", "selectors", "socketserver", "ssl", "multiprocessing", "concurrent", "subprocess"),
    *("smtplib", "poplib", "imaplib", "http.client", "http.server", "urllib.request", "asyncio", "threading"),
)
MAY_IMPORT = {
    "net": NET_ONLY,
    "smtp": ("asyncio",),  # aiosmtpd's SMTP is an asyncio.Protocol; a client holds the streams that net.open gave it
    "tls": ("ssl",),  # contexts; what is wrapped in one is net's affair
    "dns": ("asyncio",),  # the same streams
    "webmail": ("asyncio",),  # a lock: one IMAP connection serves one request at a time
    "http": ("asyncio", "http.client"),  # aiohttp's protocol; a browser's client, which sits where its user does
}
HARMLESS_NAMES = {  # of these modules anybody may use what runs nothing and opens nothing
    "ssl": ("SSLContext",),  # as a type
    "threading": ("Lock", "RLock", "Condition", "Event", "local", "current_thread", "main_thread"),
    "socket": ("gaierror", "EAI_NONAME"),  # what a failed look-up is called
}

# What asyncio offers for sockets, threads and loops of one's own; outside net/ nobody calls it by these names
LOOP_OWNERS = (
    *("run", "Runner", "new_event_loop", "set_event_loop", "open_connection", "start_server", "to_thread"),
    *("open_unix_connection", "start_unix_server", "create_subprocess_exec", "create_subprocess_shell"),
)
LOOP_METHODS = (
    *("create_server", "create_connection", "create_datagram_endpoint", "run_in_executor"),
    *("sock_connect", "sock_accept", "run_until_complete", "run_forever"),
)


@dataclass(frozen=True, kw_only=True)
class Import:
    """One import, wherever it stands in a file: those inside functions count."""

    by: str  # the module it stands in, within labmail: "smtp.server"; "" for labmail itself
    line: int
    module: str  # in full: "labmail.smtp.server"
    name: str = ""  # what `from module import name` takes; empty where the module itself is imported
    at_top: bool = True  # runs when its file is imported
    for_types: bool = False  # never runs: it stands under TYPE_CHECKING

    @property
    def target(self) -> str:
        """The module within labmail that is meant, "smtp.server"; empty for what lies outside labmail."""
        if self.module != "labmail" and not self.module.startswith("labmail."):
            return ""
        inner = self.module.removeprefix("labmail").removeprefix(".")
        longer = f"{inner}.{self.name}".strip(".")
        return longer if is_module(longer) else inner or self.name

    def __str__(self) -> str:
        what = f"from {self.module} import {self.name}" if self.name else f"import {self.module}"
        return f"labmail.{self.by} line {self.line}: {what}".replace("labmail. ", "labmail ")


def is_module(name: str) -> bool:
    path = PACKAGE.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or path.is_dir()


def sources() -> dict[str, Path]:
    """Each module within labmail, "smtp.server", and its file; labmail itself is the empty name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(by: str, text: str) -> Iterator[Import]:
    """Every import of a file: at its top, in its functions, for its types, and by import_module of a plain name."""
    yield from _imports(by, ast.parse(text), at_top=True, for_types=False)


def _imports(by: str, node: ast.AST, **where: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(by=by, line=child.lineno, module=alias.name, **where)
        elif isinstance(child, ast.ImportFrom):
            module = "." * child.level + (child.module or "")
            for alias in child.names:
                yield Import(by=by, line=child.lineno, module=module, name=alias.name, **where)
        elif isinstance(child, ast.Call) and ast.unparse(child.func).endswith("import_module") and child.args:
            first = child.args[0].values[0] if isinstance(child.args[0], ast.JoinedStr) else child.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield Import(by=by, line=child.lineno, module=first.value.rstrip("."), **where)
        later = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        typing = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
        inner = {"at_top": where["at_top"] and not later, "for_types": where["for_types"] or typing}
        yield from _imports(by, child, **inner)
