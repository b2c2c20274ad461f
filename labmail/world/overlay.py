"""A TOML file that may lie over another: tables joined key by key, and complaints that name file and line."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from labmail.errors import WorldError

__all__ = ["Overlay", "text_of"]


class Overlay:
    """One file, its base beneath it. `find(name, folder)` says which file the name of a base means there."""

    def __init__(self, path: Path, find: Callable[[str, Path], Path], above: tuple[Path, ...] = ()) -> None:
        self.path = path
        if path.resolve() in above:
            raise WorldError(f"{path}: a world cannot be its own base")
        try:
            self.text = text_of(path)
            self.own = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as fault:
            raise WorldError(f"{path}: this is not TOML: {fault}") from None
        self.base = self._base(find, (*above, path.resolve()))

    def _base(self, find: Callable[[str, Path], Path], above: tuple[Path, ...]) -> Overlay | None:
        name = self.own.get("base")
        if name is None:
            return None
        if not isinstance(name, str):
            self.fault("base", "base is the name of a world or a path, in quotes")
        try:
            path = find(name, self.path.parent)
        except WorldError as fault:
            self.fault("base", str(fault))
        return Overlay(path, find, above)

    def fault(self, what: str, sentence: str, table: str = "") -> NoReturn:
        """Raise the complaint, with the line where `what` is said, in that table."""
        said: Overlay | None = self
        while said is not None and table not in said.text:
            said = said.base
        file = said or self
        start = max(file.text.find(table), 0)
        where = re.compile(rf'^[ \t]*"?{re.escape(what)}"?[ \t]*=', re.M).search(file.text, start)
        line = file.text.count("\n", 0, where.start() if where else start) + 1
        raise WorldError(f"{file.path} line {line}: {sentence}")

    def merged(self) -> dict[str, Any]:
        return _over(self.base.merged() if self.base else {}, self.own)

    def files(self, folder: str, end: str) -> dict[str, Path]:
        """By name without that end: what lies in the folder beside the file, over what lies beside its base."""
        files = self.base.files(folder, end) if self.base else {}
        own = sorted((self.path.parent / folder).glob(f"*{end}"))
        return files | {file.name.removesuffix(end): file for file in own}

    def known(self, table: str, data: Mapping[str, Any], keys: tuple[str, ...]) -> None:
        for key in data:
            if key not in keys:
                near = difflib.get_close_matches(key, keys, 1)
                hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(keys)}"
                self.fault(key, f"{key} means nothing here; {hint}", table)

    def strings(self, table: str, data: Mapping[str, Any], key: str) -> tuple[str, ...]:
        value = data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.fault(key, f'{key} is a list of names in quotes, such as ["example.net"]', table)
        return tuple(value)

    def table(self, kind: str, name: str, data: object, keys: tuple[str, ...]) -> tuple[str, dict[str, Any]]:
        """The line that opens it, and what it holds."""
        table = f'[{kind}."{name}"]'
        if not isinstance(data, dict):
            self.fault(name, f"{kind} {name} is a table: write {table} on a line, and its keys below it")
        self.known(table, data, keys)
        return table, data


def text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise WorldError(f"{file} cannot be read: {fault}") from None


def _over(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """The overlay's tables over the base's, key by key."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = _over(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged
