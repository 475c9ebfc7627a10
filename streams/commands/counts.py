"""What commands on bare series share: their zone, and files read or refused in a sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from models.spike import Sensitivity
from streams.errors import UsageError
from streams.incidents.wording import TONGUES
from streams.report.reader import Reader
from streams.series import learning_s
from streams.series_file import Point, SeriesError, read_series, step_of
from streams.watches import known_zone


def _zone(context: click.Context, option: click.Parameter, name: str | None) -> ZoneInfo | None:  # noqa: ARG001
    try:
        return None if name is None else ZoneInfo(known_zone(name))
    except ValueError as error:
        raise UsageError(f"--timezone {name!r} {error}") from None


timezone_option = click.option(
    "--timezone",
    metavar="ZONE",
    callback=_zone,
    help="of series: days and hours are those of Europe/Paris, or another zone (as written in the file)",
)


def on_clock(reader: Reader, zone: ZoneInfo | None) -> Reader:
    """Who reads a page of series reads the times of `--timezone`, where it was given."""
    return reader if zone is None else replace(reader, zone=zone)


def points_of(path: Path, zone: ZoneInfo | None, rule: Sensitivity) -> list[Point]:
    """The rows of a file; a word on stderr where they are too few for any decision."""
    try:
        points = read_series(path, zone)
    except SeriesError as error:
        raise UsageError(str(error)) from None
    counted = sum(point.value is not None for point in points)
    first_s = learning_s(points, rule)
    if counted * step_of(points) <= first_s:
        first = TONGUES["en"].span(first_s)
        click.echo(
            f"{path}: nothing was decided. The first {first} only teach what is usual; "
            f"rows with a number: {counted:,}",
            err=True,
        )
    return points
