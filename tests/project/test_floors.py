"""Imports only go down; servers never meet; only net/ opens sockets or owns a thread; widgets know data alone."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.project.house import (
    FLOOR_OF,
    FLOORS,
    FOR_TYPES_ONLY,
    HARMLESS_NAMES,
    KNOWLEDGE,
    KNOWLEDGE_AMONG_SERVERS,
    LOOP_METHODS,
    LOOP_OWNERS,
    MAY_IMPORT,
    NET_ONLY,
    ROOT,
    SERVERS,
    WIDGETS_USE,
    Import,
    imports,
    sources,
)

SOURCES = sources()


def breaches(by: str, text: str) -> Iterator[str]:
    """A sentence for each import or call of a module that the plan of the house does not allow."""
    for each in imports(by, text):
        for rule in (of_floors, of_rooms, of_net, of_weight):
            fault = rule(each)
            if fault:
                yield f"{each}: {fault}"
    if by.partition(".")[0] != "net":
        yield from calls(by, text)


def of_floors(each: Import) -> str:
    here, there = each.by.partition(".")[0], each.target.partition(".")[0]
    if each.module.startswith("."):
        return "names are given in full: from labmail.smtp import words"
    if not each.target or here == "":  # labmail itself hands names out as they are asked for
        return ""
    if there not in FLOOR_OF:
        return f"labmail.{there} is no room: import what is meant from its own room"
    if FLOOR_OF[there] > FLOOR_OF[here]:
        return f"goes up, from the floor of {here} to that of {there}"
    return ""


def of_rooms(each: Import) -> str:
    here, there = each.by.partition(".")[0], each.target.partition(".")[0]
    if not each.target or here == there:
        return ""
    if there in SERVERS and each.target not in KNOWLEDGE_AMONG_SERVERS:
        if here in SERVERS:
            return "a server uses another server"
        if here in KNOWLEDGE or here == "store":
            return "knowledge uses a server"
    if each.by in KNOWLEDGE_AMONG_SERVERS and there in SERVERS:
        return "knowledge uses a server"
    if there in FOR_TYPES_ONLY.get(here, ()) and not each.for_types:
        return f"{here} may name a type of {there}, and use nothing of it"
    if here == "widgets" and there not in WIDGETS_USE:
        return "a widget knows data alone: no net, store, server or lab"
    return ""


def of_net(each: Import) -> str:
    here = each.by.partition(".")[0]
    full = f"{each.module}.{each.name}".strip(".")
    for module in NET_ONLY:
        if each.module == module or each.module.startswith(f"{module}.") or full == module:
            if module in (*MAY_IMPORT.get(here, ()), *MAY_IMPORT.get(each.by, ())):
                return ""
            if module in HARMLESS_NAMES and each.name in (*HARMLESS_NAMES[module], ""):
                return ""  # a bare `import threading` is looked at where it is used
            return f"only net/ uses {module}"
    return ""


def of_weight(each: Import) -> str:
    outside = each.module.partition(".")[0]
    if outside == "matplotlib" and each.at_top:
        return "matplotlib loads inside the function that plots"
    floor = FLOOR_OF.get(each.by.partition(".")[0], 0)
    if outside in ("anywidget", "ipywidgets", "traitlets", "IPython") and floor < FLOOR_OF["widgets"]:
        return "only the faces know of widgets and of IPython"
    return ""


def calls(by: str, text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute):
            whole = ast.unparse(node)
            module = whole.removesuffix(f".{node.attr}")
            free = module in MAY_IMPORT.get(by.partition(".")[0], ())
            taken = module in HARMLESS_NAMES and node.attr not in HARMLESS_NAMES[module] and not free
            if taken or (module == "asyncio" and node.attr in LOOP_OWNERS) or node.attr in LOOP_METHODS:
                yield f"labmail.{by} line {node.lineno}: only net/ uses {whole}"


@pytest.mark.parametrize("by", [name for name in SOURCES if name], ids=str)
def test_a_module_keeps_to_its_floor(by: str) -> None:
    assert by.partition(".")[0] in FLOOR_OF, f"labmail.{by} stands on no floor: give its room one, in house.py"
    found = list(breaches(by, SOURCES[by].read_text(encoding="utf-8")))
    assert not found, "\n".join(found)


BREACHES = {
    ("record", "def f():\n    from labmail.lab import Lab"): "goes up, from the floor of record to that of lab",
    ("views.table", "from labmail import cli"): "goes up",
    ("views.table", "from labmail import Lab"): "labmail.Lab is no room",
    ("views.table", "from . import x"): "in full",
    ("smtp.server", "if TYPE_CHECKING:\n    from labmail.dns import zones"): "a server uses another server",
    ("smtp.server", "import labmail.dns"): "a server uses another server",
    ("spf.check", "from labmail.dns.server import Session"): "knowledge uses a server",
    ("store", "import labmail.smtp.words"): "knowledge uses a server",
    ("dns.mx", "from labmail.smtp.words import Reply"): "a server uses another server",
    ("mta.post", "def f():\n    from labmail.lab.running import Running"): "may name a type of lab",
    ("world.reading", "from labmail.mta import post"): "may name a type of mta",
    ("widgets.timeline", "from labmail.net import Net"): "a widget knows data alone",
    ("widgets.timeline", "def f():\n    import_module('labmail.store')"): "a widget knows data alone",
    ("widgets.timeline", "from threading import Thread"): "only net/ uses threading",
    ("lab", "import socket\nsocket.create_connection(('x', 25))"): "only net/ uses socket.create_connection",
    ("widgets.timeline", "import threading\nthreading.Timer(1, print)"): "only net/ uses threading.Timer",
    ("store", "import asyncio"): "only net/ uses asyncio",
    ("smtp.client", "import asyncio\nasyncio.open_connection('x', 25)"): "only net/ uses asyncio.open_connection",
    ("smtp.server", "loop.create_server(f)"): "only net/ uses loop.create_server",
    ("world", "from http import client"): "only net/ uses http.client",
    ("lab", "import urllib.request"): "only net/ uses urllib.request",
    ("views.plot", "import matplotlib.pyplot"): "matplotlib loads inside",
    ("record", "def f():\n    import IPython"): "only the faces",
}
HARMLESS = [
    ("net.loop", "import asyncio, threading, socket\nthreading.Thread()"),
    ("smtp.delivery", "from labmail.dns.resolver import Resolver\nfrom labmail.dns import mx"),
    ("mta.post", "if TYPE_CHECKING:\n    from labmail.lab.running import Running"),
    ("zones", "import threading\nlock = threading.Lock()"),
    ("views.plot", "def plot():\n    import matplotlib.pyplot"),
    ("widgets.timeline", "from labmail.views import timeline\nfrom threading import Lock"),
    ("lab", "from labmail.net import Net\nfrom labmail.smtp.server import Session"),
]


@pytest.mark.parametrize(("source", "fault"), BREACHES.items(), ids=[by for by, _ in BREACHES])
def test_each_rule_can_fail(source: tuple[str, str], fault: str) -> None:
    assert any(fault in breach for breach in breaches(*source))


@pytest.mark.parametrize("source", HARMLESS, ids=[by for by, _ in HARMLESS])
def test_what_is_allowed_passes(source: tuple[str, str]) -> None:
    assert not list(breaches(*source))


HEAVY = ("anywidget", "asyncio", "dns", "aiosmtpd", "IPython", "ipywidgets", "matplotlib", "sqlite3")


def loaded_by(statement: str) -> set[str]:
    program = f"import sys; {statement}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(run.stdout.split())


def test_import_labmail_is_light() -> None:
    assert not loaded_by("import labmail") & set(HEAVY)


def test_headless_use_loads_no_widget() -> None:
    widgets = {"anywidget", "IPython", "ipywidgets", "matplotlib", "traitlets"}
    assert not loaded_by("from labmail import Lab; Lab().stop()") & widgets


def test_the_architecture_page_names_every_room() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    there = {room for rooms in FLOORS.values() for room in rooms if any(by.partition(".")[0] == room for by in SOURCES)}
    assert not [room for room in sorted(there) if f"{room}/" not in page and f"{room}.py" not in page]
