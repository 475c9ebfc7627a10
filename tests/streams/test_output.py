"""Pages that are written: never over what was read, nor over anything that is no page."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from rich.table import Table
from rich.text import Text

from streams.commands.output import show_table, spare
from streams.errors import UnavailableError, UsageError
from tests.generated import watches_file
from tests.streams.backtest.test_bare import series
from tests.streams.test_cli import Here, here, said

__all__ = ["here"]


def test_what_may_be_written_over(tmp_path: Path) -> None:
    page, empty, data = tmp_path / "page.html", tmp_path / "empty", tmp_path / "data.html"
    page.write_text("<!DOCTYPE html>\n<html>")
    empty.touch()
    data.write_text("timestamp,value\n")
    for out in (None, tmp_path / "new.html", page, empty, Path(os.devnull)):
        spare("--html", None if out is None else str(out), [data, None, tmp_path / "absent", "-"])
    with pytest.raises(UsageError, match=r"--html .*data\.html is there and is no HTML page"):
        spare("--html", str(data), [])
    with pytest.raises(UsageError, match="is read by this command"):
        spare("--html", str(page), [page])


def test_a_place_where_nothing_can_be_written_is_said_at_once(tmp_path: Path) -> None:
    for out in (tmp_path, tmp_path / "absent" / "page.html"):
        with pytest.raises(UnavailableError, match="cannot be written"):
            spare("--html", str(out), [])


def test_an_input_by_another_name_is_the_input(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<!doctype html>")
    (tmp_path / "link.html").symlink_to(page)
    (tmp_path / "again.html").hardlink_to(page)
    for name in ("link.html", "again.html", f"../{tmp_path.name}/page.html"):
        with pytest.raises(UsageError, match="is read by this command"):
            spare("--plot", str(tmp_path / name), [page])


def test_commands_write_over_no_input_and_over_earlier_pages(tmp_path: Path, here: Here) -> None:
    counts = series(tmp_path / "counts.csv", minutes=60, days=2)
    watches, out = watches_file(tmp_path), tmp_path / "out.html"
    before = counts.read_bytes(), watches.read_bytes()
    here.refused(2, "--plot", "detect", counts, "--plot", counts)
    here.refused(2, "no HTML page", "detect", counts, "--plot", watches)
    here.refused(2, "--html", "backtest", counts, "--html", counts)
    here.refused(2, "is read by this command", "backtest", counts, "--watches", watches, "--html", watches)
    # Before the work: what is wrong with the file itself is not even looked for.
    here.refused(2, "is read by this command", "detect", counts, watches, "--plot", watches)
    assert (counts.read_bytes(), watches.read_bytes()) == before
    for command in (("detect", counts, "--plot", out), ("backtest", counts, "--html", out)) * 2:
        assert here(*command).returncode == 0
        assert out.read_bytes().startswith(b"<!doctype html>")
    assert f"written: {out}" in said(here("detect", counts, "--plot", out))


@pytest.mark.parametrize("width", ["40", "400"])
def test_a_narrow_terminal_loses_no_column_and_cuts_no_id(
    width: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", width)
    table = Table(box=None, pad_edge=False)
    ids = [f"{watch}-volume-20260302T0655Z" for watch in ("flood", "drinking-water-of-the-valley")]
    for heading in ("id", "severity", "state"):
        table.add_column(heading, no_wrap=True)
    table.add_column("what", overflow="fold")
    for one in ids:
        table.add_row(one, "[red]critical[/]", "open", "a long sentence about what was seen " * 3)
    show_table(table)
    head, *told = Text.from_ansi(capsys.readouterr().out).plain.splitlines()
    assert head.split() == ["id", "severity", "state", "what"]
    assert [one for one in ids if any(line.startswith(f"{one} ") for line in told)] == ids
    assert sum("critical" in line for line in told) == 2
