"""A real JupyterLab in a real browser, on loopback alone: for the tests of the widgets and for their pictures.

One server, one browser and one page serve a whole run; each test opens a notebook of its own. Every request that would
leave the machine, every console error and every error output of a cell is kept as a fault.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import nbformat
from playwright.sync_api import Locator, Page, sync_playwright

__all__ = ["BROWSERS", "House", "Notebook", "browser_path"]

BROWSERS = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser", "chrome")
LOOPBACK = "127.0.0.1"
START_MAX_S = 60.0
ROOT = Path(__file__).resolve().parents[2]
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}  # else JupyterLab asks for one
OWED = "Canceled future for"  # JupyterLab's words when a kernel that a test ends still owes it an answer
TEMPORARY = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")  # of Jupyter: nothing of the user's is read or written
BROWSER_ARGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    f"--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE {LOOPBACK}",
]
OPEN_AND_RUN = """async ([path, run]) => {
  const late = (ms, what) => new Promise((_, no) => setTimeout(() => no(new Error(what())), ms));
  const within = (job, ms, what) => Promise.race([job, late(ms, what)]);
  const w = await jupyterapp.commands.execute("docmanager:open", { path, factory: "Notebook" });
  await within(w.context.ready, 20000, () => "the notebook did not load");
  await within(w.revealed, 20000, () => "the notebook was not shown");
  await within(w.sessionContext.ready, 40000, () => "the kernel did not start");
  const kernel = () => w.sessionContext.session?.kernel;
  const ran = () => w.content.widgets.map((cell) => cell.model.executionCount ?? "-").join(" ");
  const stuck = () => `a cell did not end: kernel ${kernel()?.status}, ${kernel()?.connectionStatus}; counts ${ran()}`;
  if (run) await within(jupyterapp.commands.execute("notebook:run-all-cells"), 60000, stuck);
}"""
CLOSE = """async () => {
  const w = jupyterapp.shell.currentWidget;
  if (!w?.sessionContext) return;
  await w.sessionContext.shutdown();
  w.context.model.dirty = false;
  w.close();
}"""
ERRORS = """() => [...jupyterapp.shell.currentWidget.content.model.cells].flatMap((cell) =>
  (cell.toJSON().outputs ?? []).filter((o) => o.output_type === "error" || o.name === "stderr")
    .map((o) => o.evalue ?? [].concat(o.text).join("")))"""


def browser_path() -> str | None:
    """Where a Chromium is; None if there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


class Notebook:
    """One open notebook. Cells count from 0."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def cell(self, index: int) -> Locator:
        return self.page.locator(f".jp-Notebook:visible .jp-Cell[data-windowed-list-index='{index}']")

    def widget(self, index: int) -> Locator:
        """The widget that a cell shows, once it is ready."""
        found = self.cell(index).locator(".lm[data-ready]").first
        found.wait_for(timeout=20_000)
        return found

    def run(self, index: int) -> None:
        """Run one cell, as a learner does who clicks into it and presses Ctrl-Enter."""
        self.page.evaluate(
            """async (index) => { const w = jupyterapp.shell.currentWidget; w.content.activeCellIndex = index;
               w.content.deselectAll(); await jupyterapp.commands.execute("notebook:run-cell"); }""",
            index,
        )

    def errors(self) -> list[str]:
        found: list[str] = self.page.evaluate(ERRORS)
        return found

    def outputs(self, index: int) -> list[dict[str, Any]]:
        script = "(i) => jupyterapp.shell.currentWidget.content.model.cells.get(i).toJSON().outputs"
        found: list[dict[str, Any]] = self.page.evaluate(script, index)
        return found


class House:
    """The server, the browser and the page; `with House() as house: with house.notebook("1 + 1") as notebook: ...`"""

    def __init__(self, scale: float = 1) -> None:
        self._scale = scale  # pixels of the picture for one of the page
        self.faults: list[str] = []
        self.allowed: list[str] = []  # what one test may provoke: part of a fault's text
        self._count = 0

    def __enter__(self) -> House:
        self.home = Path(tempfile.mkdtemp(prefix="labmail-house-"))
        self.work = self.home / "work"
        self.work.mkdir()
        self._server = self._start_server()
        self._playwright = sync_playwright().start()
        self.browser = self._playwright.chromium.launch(executable_path=browser_path(), args=BROWSER_ARGS)
        self.page = self.browser.new_page(viewport={"width": 1280, "height": 1400}, device_scale_factor=self._scale)
        self.page.set_default_timeout(10_000)
        self._watch(self.page)
        self.url = url = self._url()
        self.page.goto(f"{url}lab?token=t")
        self.page.wait_for_function("() => window.jupyterapp && !document.querySelector('#jupyterlab-splash')")
        self.page.evaluate("async () => { await jupyterapp.restored; jupyterapp.shell.collapseLeft(); }")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.browser.close()
        self._playwright.stop()
        self._server.terminate()
        self._server.wait(20)
        self._log.close()
        shutil.rmtree(self.home, ignore_errors=True)

    @contextmanager
    def notebook(self, *cells: str, run: bool = True) -> Iterator[Notebook]:
        """Write a notebook with these code cells, open it, run it; it is closed and its kernel ended at the end."""
        self._count += 1
        name = f"book-{self._count}.ipynb"
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells], metadata=KERNEL)
        nbformat.write(book, self.work / name)
        self.page.evaluate(OPEN_AND_RUN, [name, run])
        try:
            yield Notebook(self.page)
        finally:
            self.page.evaluate(CLOSE)

    @contextmanager
    def visitor(self, **options: Any) -> Iterator[Page]:
        """A page in a browser of its own: no cookie is shared, and it is watched as all are."""
        context = self.browser.new_context(**options)
        context.set_default_timeout(10_000)
        context.on("page", self._watch)
        try:
            yield context.new_page()
        finally:
            context.close()

    def theme(self, dark: bool) -> None:
        name = "JupyterLab Dark" if dark else "JupyterLab Light"
        self.page.evaluate("(t) => jupyterapp.commands.execute('apputils:change-theme', { theme: t })", name)
        self.page.wait_for_function(
            "(t) => document.body.dataset.jpThemeName === t && !document.querySelector('#jupyterlab-splash')", arg=name
        )

    def _watch(self, page: Page) -> None:
        page.on("console", lambda said: self._said(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self._said(str(error)))
        page.on("request", lambda request: self._leaving(request.url))
        page.on("websocket", lambda socket: self._leaving(socket.url))

    def _said(self, text: str) -> None:
        if OWED not in text:
            self.faults.append(text)

    def _leaving(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.hostname != LOOPBACK:
            self.faults.append(f"a request left the machine: {url}")

    def _start_server(self) -> subprocess.Popen[bytes]:
        path = os.pathsep.join([str(ROOT), str(self._entry_points())])
        env = {**os.environ, "IPYTHONDIR": str(self.home / "ipython"), "PYTHONPATH": path}
        env |= {f"JUPYTER_{name}": str(self.home / name) for name in TEMPORARY}
        settings = self.home / "settings"
        env |= {"JUPYTERLAB_SETTINGS_DIR": str(settings), "JUPYTERLAB_WORKSPACES_DIR": str(self.home / "workspaces")}
        quiet = settings / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
        quiet.parent.mkdir(parents=True)
        quiet.write_text(json.dumps({"checkForUpdates": False, "fetchNews": "false"}))
        off = self.home / "CONFIG_DIR" / "labconfig" / "page_config.json"
        off.parent.mkdir(parents=True)
        off.write_text(json.dumps({"disabledExtensions": {"@jupyterlab/debugger-extension": True}}))  # it logs errors
        options = {
            "ServerApp.ip": LOOPBACK,
            "ServerApp.port": "0",
            "ServerApp.root_dir": str(self.work),
            "IdentityProvider.token": "t",
            "LabApp.expose_app_in_browser": "True",
            "LabApp.news_url": "None",
            "FileContentsManager.use_atomic_writing": "False",
        }
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
        command += [f"--{name}={value}" for name, value in options.items()]
        self._log = (self.home / "server.log").open("wb")
        return subprocess.Popen(command, env=env, stdout=self._log, stderr=self._log, cwd=self.work)

    def _entry_points(self) -> Path:
        """What an installed labmail says to Jupyter's server, where the tests run without installing it."""
        groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]
        lines = [
            f"[{group}]\n" + "".join(f"{name} = {at}\n" for name, at in each.items()) for group, each in groups.items()
        ]
        folder = self.home / "site" / "labmail_tests-0.dist-info"
        folder.mkdir(parents=True)
        (folder / "entry_points.txt").write_text("\n".join(lines))
        (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: labmail-tests\nVersion: 0\n")
        return folder.parent

    def _url(self) -> str:
        until = time.monotonic() + START_MAX_S
        while time.monotonic() < until and self._server.poll() is None:
            for file in (self.home / "RUNTIME_DIR").glob("jpserver-*.json"):
                try:
                    url: str = json.loads(file.read_text())["url"]
                    with urllib.request.urlopen(f"{url}api?token=t", timeout=5):
                        return url
                except (OSError, ValueError):
                    pass
            time.sleep(0.1)
        raise RuntimeError(f"JupyterLab did not start:\n{(self.home / 'server.log').read_text()}")
