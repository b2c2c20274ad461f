"""Everything that is done with this folder: python3 tasks.py COMMAND, or make COMMAND.

  lab       open JupyterLab on the first lesson; what follows is for JupyterLab: --no-browser, --port 9999
  test      lint, then the tests; --every-python: a part of them under each Python here; the rest is for pytest
  lint      look the code over with ruff and mypy; --fix mends what ruff can mend
  refresh   make the notebooks anew from teacher/: generate, execute, strip
  repeat    run every notebook N times (20) on a busy machine, and compare each output
  pictures  make the pictures in docs/pictures anew
  bench     measure time, memory and throughput
  lock      write the locks and both environment.yml from pyproject.toml; --upgrade: with the newest releases
  pythons   list each suitable Python that is here, one for each minor version
  under     run another of them, with everything installed: under 3.12 -m pytest tests/net

Standard library only, so that it runs before anything is installed, and in the words of Python 3.6, so that a Python
that is too old can say so. It makes an environment in .venv, installs there what requirements.lock names (or
requirements-test.lock, for all but `lab`), and installs again only when one of them has changed.
"""

import functools
import hashlib
import os
import shutil
import subprocess
import sys
import time
import webbrowser
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OLDEST, NEWEST = (3, 11), (3, 14)  # as in pyproject.toml; a test compares them
LAB, TEST = "requirements.lock", "requirements-test.lock"  # the second holds all of the first
PROBE = """
import sys
try:
    import ensurepip, venv
except ImportError:
    ensurepip = None
print('%d.%d.%d' % sys.version_info[:3], bool(ensurepip))
"""
CHECKS = {
    "ruff check": ["--quiet", "--output-format=concise", "."],
    "ruff format": ["--quiet", "--check", "--output-format=concise", "."],
    "mypy": ["--no-error-summary"],
}
FIRST_LESSON = "notebooks/00-start.ipynb"


class Sentence(Exception):
    """What is wrong and what to do about it; all that the reader gets to see."""


def say(text: str) -> None:
    print(f"labmail: {text}", flush=True)


def probe(python: str) -> "tuple[str, bool] | None":
    """Its version, and whether it can make an environment; None where it does not run (a pyenv shim, say)."""
    try:
        answer = subprocess.check_output([python, "-c", PROBE], stderr=subprocess.DEVNULL, timeout=30, cwd=str(ROOT))
        version, whole = answer.decode().split()
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return version, whole == "True"


def suits(version: str) -> bool:
    return OLDEST <= tuple(int(part) for part in version.split(".")[:2]) <= NEWEST


def candidates() -> "list[str]":
    """Paths that may be a suitable Python: this one, those on PATH, those of pyenv. The better ones first."""
    names = [f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)] + ["python3", "python"]
    folders = [Path(folder) for folder in os.get_exec_path()]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    installed = sorted((pyenv / "versions").glob("3.*/bin"), reverse=True)
    found = [shutil.which(name, path=str(folder)) for name in names for folder in folders]
    found += [shutil.which("python3", path=str(folder)) for folder in installed]
    return list(dict.fromkeys([sys.executable, *filter(None, found)]))


@functools.lru_cache(maxsize=None)
def pythons() -> "dict[str, str]":
    """Version -> path of each suitable Python present, one for each minor version, the running one first."""
    found = {}
    for python in candidates():
        answer = probe(python)
        if answer and suits(answer[0]) and answer[1] and minor(answer[0]) not in map(minor, found):
            found[answer[0]] = python
    return found


def minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def the_python() -> str:
    this, whole = probe(sys.executable) or (".".join(map(str, sys.version_info[:3])), True)
    if suits(this) and whole:
        return sys.executable
    if pythons():
        version, python = next(iter(pythons().items()))
        say(f"this is Python {minor(this)}; taking the Python {minor(version)} that is here as well")
        return python
    if suits(this):
        raise Sentence(
            f"Python {minor(this)} is here without its venv module, which the lab's environment is made with: "
            f"`sudo apt install python{minor(this)}-venv` (Debian, Ubuntu), then the same command again."
        )
    raise Sentence(
        f"labmail needs Python {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}; this is {minor(this)}, and no other "
        "was found. Install one (python.org/downloads), then run `python3.12 tasks.py lab` with its number."
    )


def binary(venv: Path, name: str = "python") -> str:
    return str(venv / "Scripts" / f"{name}.exe" if os.name == "nt" else venv / "bin" / name)


def digest(lock: str) -> str:
    """What an installation depends on: the lock, and pyproject.toml with its commands."""
    return hashlib.sha256((ROOT / lock).read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()


def environment(lock: str, venv: Path = ROOT / ".venv", python: "str | None" = None) -> str:
    """The path of a Python in which everything of that lock is installed."""
    inside, stamp = binary(venv), venv / "labmail-installed"
    alive = probe(inside)
    if not alive or not suits(alive[0]):
        python = python or the_python()
        version = (probe(python) or ("", True))[0]
        say(f"making an environment with Python {version} in {venv.relative_to(ROOT)}")
        quietly("The environment could not be made", python, "-m", "venv", "--clear", str(venv))
    elif stamp.exists() and stamp.read_text() in (digest(lock), digest(TEST)):
        return inside
    started = time.monotonic()
    say(f"installing {len((ROOT / lock).read_text().splitlines())} packages in {venv.name}, once: up to two minutes")
    install(inside, lock)
    stamp.write_text(digest(lock))
    say(f"installed in {time.monotonic() - started:.0f} s")
    return inside


def install(python: str, lock: str) -> None:
    """By uv, which takes seconds; by pip where uv cannot be had or does not find the packages."""
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    uv = [python, "-m", "uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", python]
    pin = next(line for line in (ROOT / TEST).read_text().splitlines() if line.startswith("uv=="))
    steps = (["-r", str(ROOT / lock)], ["--no-deps", "-e", str(ROOT)])
    fault = "The packages could not be installed: is there a network? If there is, remove .venv and try once more"
    try:
        for command in ([*pip, pin], *([*uv, *step] for step in steps)):
            quietly(fault, *command)
    except Sentence:
        say("uv cannot install here; pip does it, more slowly")
        for step in steps:
            quietly(fault, *pip, *step)


def quietly(fault: str, *command: str) -> None:
    if "PIP_INDEX_URL" in os.environ:  # uv is told of the package index that pip is told of
        os.environ.setdefault("UV_DEFAULT_INDEX", os.environ["PIP_INDEX_URL"])
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=str(ROOT))
    if run.returncode:
        raise Sentence(f"{fault}. What was said:\n{run.stdout.decode(errors='replace').strip()}")


def become(*command: str) -> int:
    """Run a command in place of this one where that is possible, so that Ctrl-C and SIGTERM reach it alone."""
    os.chdir(ROOT)
    if os.name != "nt":
        os.execv(command[0], command)
    process = subprocess.Popen(command)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def script(path: str, arguments: "list[str]") -> int:
    if not (ROOT / path).exists():
        raise Sentence(f"{path} is not here: this copy of labmail is not whole.")
    return become(environment(TEST), path, *arguments)


def lab(arguments: "list[str]") -> int:
    python = environment(LAB)
    if not (ROOT / FIRST_LESSON).exists():
        raise Sentence(f"{FIRST_LESSON} is not here: this copy of labmail is not whole.")
    options = [f"--LabApp.default_url=/lab/tree/{FIRST_LESSON}", f"--ServerApp.root_dir={ROOT}"]
    options += ["--ServerApp.ip=127.0.0.1", "--KernelManager.transport_encryption=auto"]
    options += ["--Application.log_level=ERROR"]  # the address, and what goes wrong
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")
    if "--no-browser" not in arguments and not browser():
        say("no browser was found to open: open the last address below in one yourself")
        options.append("--no-browser")
    # Our page_config.json spares the learner JupyterLab's question about news, and the network what it would fetch.
    paths = [str(ROOT / "jupyter"), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, paths))
    say("starting JupyterLab; Ctrl-C twice stops it")
    return become(python, "-m", "jupyterlab", *options, *arguments)


def browser() -> bool:
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    if os.name != "nt" and sys.platform != "darwin" and not any(map(os.environ.get, screens)):
        return False
    try:
        return bool(webbrowser.get())
    except webbrowser.Error:
        return False


def lint(arguments: "list[str]") -> int:
    python = environment(TEST)
    if "--fix" in arguments:
        for words in (["check", "--quiet", "--fix-only"], ["format", "--quiet"]):
            subprocess.run([python, "-m", "ruff", *words, "."], cwd=str(ROOT))
    faults = 0
    for name, options in CHECKS.items():
        say(name)
        faults += bool(subprocess.run([python, "-m", *name.split(), *options], cwd=str(ROOT)).returncode)
    return min(faults, 1)


def test(arguments: "list[str]") -> int:
    if "--every-python" in arguments:
        os.environ["LABMAIL_EVERY_PYTHON"] = "1"
    if lint([]):
        raise Sentence("The tests have not run: first mend what is named above; `python3 tasks.py lint --fix` may.")
    python = environment(TEST)
    say("pytest")
    return become(python, "-m", "pytest", *(word for word in arguments if word != "--every-python"))


def under(arguments: "list[str]") -> int:
    wanted = "".join(arguments[:1])
    matches = [(version, path) for version, path in pythons().items() if wanted in (version, minor(version))]
    if not matches:
        raise Sentence(f"No Python {wanted or 'was named'} is here; there are {', '.join(pythons())}.")
    (version, path), *_ = matches
    return become(environment(TEST, ROOT / ".venvs" / version, path), *arguments[1:])


def show_pythons(arguments: "list[str]") -> int:
    print("\n".join(f"{version} {path}" for version, path in pythons().items()))
    return 0


def lock(arguments: "list[str]") -> int:
    options = ["--quiet", "--universal", "--no-header", "--no-annotate", "--python-version"]
    compile_ = [environment(TEST), "-m", "uv", "pip", "compile", *options, f"{OLDEST[0]}.{OLDEST[1]}", "pyproject.toml"]
    quietly("uv could not write the lock", *compile_, "--extra", "test", "-o", TEST, *arguments)
    quietly("uv could not write the lock", *compile_, "-c", TEST, "-o", LAB)
    pins = "".join(f"      - {line}\n" for line in (ROOT / LAB).read_text().splitlines())
    for path in ("environment.yml", "binder/environment.yml"):
        (ROOT / path).write_bytes((ENVIRONMENT + pins).encode())
    say(f"wrote {LAB}, {TEST}, environment.yml and binder/environment.yml")
    return 0


ENVIRONMENT = """\
# Written by `python tasks.py lock`, for Binder and conda; binder/environment.yml is the same.
name: labmail
channels:
  - conda-forge
dependencies:
  - python=3.12
  - pip
  - pip:
"""

COMMANDS = {"lab": lab, "lint": lint, "lock": lock, "pythons": show_pythons, "test": test, "under": under}
SCRIPTS = {
    "refresh": "tools/refresh.py",
    "repeat": "tools/repeat.py",
    "pictures": "tools/pictures.py",
    "bench": "benchmarks/run.py",
}


def main(arguments: "list[str]") -> int:
    name, *rest = arguments or ["help"]
    try:
        if name in COMMANDS:
            return COMMANDS[name](rest)
        if name in SCRIPTS:
            return script(SCRIPTS[name], rest)
    except Sentence as sentence:
        print(sentence, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(__doc__)
    return 0 if name in ("help", "-h", "--help") else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
