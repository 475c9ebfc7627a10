"""What a command writes: files where nothing of somebody's is lost by it, tables with all their columns."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from streams.errors import UnavailableError, UsageError

_PIPED: Final = 200
_LEAST: Final = 24
_PAGE: Final = b"<!doctype html"


def spare(option: str, out: str | None, inputs: Iterable[str | Path | None]) -> None:
    """Before the work: `out` may be new, empty, or an earlier page, and none of the `inputs`.

    Raises:
        UsageError: it is another file, which would be lost.
        UnavailableError: nothing can be written there.
    """
    if out is None:
        return
    path = Path(out)
    if path.is_dir() or not path.parent.is_dir():
        raise UnavailableError(f"{out} cannot be written: it must name a file, in a directory that is there")
    try:
        if any(each is not None and _same(path, Path(each)) for each in inputs):
            raise UsageError(f"{option} {out} is read by this command and would be lost: name another file")
        if path.is_file() and not _holds_a_page(path):
            raise UsageError(
                f"{option} {out} is there and is no HTML page: it would be lost; name another file"
            )
    except OSError as error:
        raise UnavailableError(f"{out} cannot be written: {error.strerror}") from None


def _same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)


def _holds_a_page(path: Path) -> bool:
    with path.open("rb") as stream:
        begin = stream.read(len(_PAGE))
    return not begin or begin.lower() == _PAGE


def write_out(content: bytes, out: str | None) -> None:
    if out is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        Path(out).write_bytes(content)
    except OSError as error:
        raise UnavailableError(f"{out} cannot be written: {error.strerror}") from None
    click.echo(f"written: {out}", err=True)


def show_table(table: Table) -> None:
    """With every column whole, those that fold in 24 characters at the least.

    A terminal that is narrower breaks the lines; left to itself Rich drops columns, and cuts the ids that are
    to be copied.
    """
    needed = sum(
        max(cell_len(Text.from_markup(str(cell)).plain) for cell in (column.header, *column.cells))
        if column.no_wrap
        else _LEAST
        for column in table.columns
    )
    needed += 2 * len(table.columns)
    console = Console(width=None if sys.stdout.isatty() else _PIPED)
    if console.width < needed:
        console = Console(width=needed)
    console.print(table)
