"""Progress for people: a bar on a terminal, nothing in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as RichProgress


def size_of(paths: Sequence[str]) -> int | None:
    """Lines in plain files, guessed from their first megabyte; None where that cannot be."""
    total = 0
    for path in paths:
        if path == "-" or path.endswith(".gz") or not Path(path).is_file():
            return None
        with Path(path).open("rb") as stream:
            head = stream.read(1 << 20)
        lines = head.count(b"\n")
        if not lines:
            return None
        total += round(Path(path).stat().st_size / len(head) * lines)
    return total


class Progress:
    """`add(n)` moves the bar by n posts."""

    def __init__(self, title: str, total: int | None) -> None:
        self._bar = RichProgress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("posts"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
            transient=True,
        )
        self._task = self._bar.add_task(title, total=total)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def add(self, posts: int) -> None:
        self._bar.advance(self._task, posts)
