"""Make the notebooks anew: run teacher/, generate notebooks/ from it, run that too, strip both, write.

The teacher's edition is the source, with solutions between `### BEGIN SOLUTION` and `### END SOLUTION`. In the
learners' edition these lines are gone, and the first paragraph after each reveal is folded, so that neither an output
nor an explanation gives an answer away. What changes from run to run, or would not show on a code host, is stripped:
so a second run writes the same bytes.

    python tools/refresh.py            # all of them
    python tools/refresh.py 01 02      # those whose names begin so
"""

from __future__ import annotations

import asyncio
import copy
import os
import re
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
TEACHER, LEARNERS = "teacher", "notebooks"
CELL_MAX_S = 120  # real seconds: a limit against hanging
KERNELS_AT_ONCE = 2

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
SOLUTION = re.compile(rf"^{BEGIN}$.*?^{END}$\n?", re.M | re.S)
FOLD = "<details><summary>Why? Open it after your prediction</summary>\n\n{}\n\n</details>"
VIEW = "application/vnd.jupyter.widget-view+json"


def teacher_notebooks(*beginnings: str, root: Path = ROOT) -> list[Path]:
    """The sources whose names begin so, or all of them."""
    paths = sorted((root / TEACHER).glob("*.ipynb"))
    return [path for path in paths if not beginnings or path.name.startswith(beginnings)]


def editions(*beginnings: str) -> dict[str, NotebookNode]:
    """Both editions of each, not yet run: path below the root -> notebook."""
    made: dict[str, NotebookNode] = {}
    for path in teacher_notebooks(*beginnings):
        source = nbformat.read(path, as_version=4)
        made[f"{TEACHER}/{path.name}"] = source
        made[f"{LEARNERS}/{path.name}"] = for_learners(source)
    return made


def for_learners(source: NotebookNode) -> NotebookNode:
    """The learners' edition: stubs for solutions, explanations folded."""
    notebook, after_reveal = copy.deepcopy(source), False
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and after_reveal:
            first, blank, rest = cell.source.partition("\n\n")
            cell.source = FOLD.format(first) + blank + rest
        after_reveal = cell.cell_type == "code" and "reveal(" in cell.source
        cell.source = SOLUTION.sub("", cell.source).rstrip("\n")
    notebook.cells = [cell for cell in notebook.cells if cell.source]
    return notebook


async def execute(notebook: NotebookNode, folder: str) -> NotebookNode:
    """A copy of it, run from top to bottom in a fresh kernel and stripped."""
    ran = copy.deepcopy(notebook)
    client = NotebookClient(
        ran,
        timeout=CELL_MAX_S,
        kernel_name="python3",
        coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],  # else it warns that it talks over loopback TCP
        resources={"metadata": {"path": str(ROOT / folder)}},
    )
    await client.async_execute()
    return strip(ran)


def strip(notebook: NotebookNode) -> NotebookNode:
    """Without what changes from run to run, and without widget state, which code hosts call invalid."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata.language_info = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(VIEW, None)
    return notebook


async def execute_all(notebooks: dict[str, NotebookNode]) -> dict[str, NotebookNode]:
    gate = asyncio.Semaphore(KERNELS_AT_ONCE)

    async def one(path: str) -> NotebookNode:
        async with gate:
            return await execute(notebooks[path], path.partition("/")[0])

    with tempfile.TemporaryDirectory() as home:  # nobody's own IPython profile changes what a cell shows
        os.environ["IPYTHONDIR"] = home
        ran = await asyncio.gather(*map(one, notebooks), return_exceptions=True)  # each ends its kernel
        for result in ran:
            if isinstance(result, BaseException):
                raise result
        return dict(zip(notebooks, ran, strict=True))


def as_text(notebook: NotebookNode) -> str:
    return nbformat.writes(notebook, version=4) + "\n"


def run(beginnings: Iterable[str] = ()) -> dict[str, NotebookNode]:
    """Both editions of each, run and stripped."""
    return asyncio.run(execute_all(editions(*beginnings)))


def main(beginnings: list[str]) -> int:
    if not teacher_notebooks(*beginnings):
        print(f"no notebook in {TEACHER}/ begins with {' or '.join(beginnings)}")
        return 2
    try:
        notebooks = run(beginnings)
    except CellExecutionError as fault:
        print(f"nothing was written: a cell stopped.\n{fault}")
        return 1
    for path, notebook in notebooks.items():
        target, new = ROOT / path, as_text(notebook).encode()
        same = target.exists() and target.read_bytes() == new
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(new)
        print(f"{'unchanged' if same else 'written':9}  {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
