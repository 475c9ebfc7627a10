"""Where each connector stands. A cursor is saved only after its page was stored or acknowledged."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Protocol

from connectors.durable import replace_file

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")


class CursorStore(Protocol):
    """A cursor a connector; `load` gives None where nothing was saved yet."""

    def load(self, name: str) -> str | None: ...

    def save(self, name: str, cursor: str) -> None: ...


class MemoryCursors:
    """For a process that keeps nothing: `check`, and tests."""

    def __init__(self) -> None:
        self._cursors: dict[str, str] = {}

    def load(self, name: str) -> str | None:
        return self._cursors.get(name)

    def save(self, name: str, cursor: str) -> None:
        self._cursors[name] = cursor


class FileCursors:
    """One small file a connector, replaced atomically: after a crash it is the old one or the new one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def load(self, name: str) -> str | None:
        try:
            return self._path(name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def save(self, name: str, cursor: str) -> None:
        replace_file(self._path(name), cursor.encode())

    def _path(self, name: str) -> Path:
        # Names hold addresses: what a file name cannot hold is replaced, and a hash keeps them apart.
        digest = hashlib.sha256(name.encode()).hexdigest()[:12]
        return self._folder / f"{_UNSAFE.sub('_', name)[:80]}-{digest}.cursor"
