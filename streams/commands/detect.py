"""`vigie detect`: incidents in bare series of counts."""

from __future__ import annotations

from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import click
import orjson

from models.spike import Sensitivity
from streams.backtest.bare import bare_case
from streams.backtest.page import page
from streams.commands import common
from streams.commands.counts import on_clock, points_of, timezone_option
from streams.commands.output import spare, write_out
from streams.errors import UsageError
from streams.incidents.words import Tongue
from streams.records import Signal
from streams.report.reader import Reader
from streams.series import find_incidents, read_moments
from streams.series_file import name_of

_SIGNALS = {"volume": Signal.VOLUME, "silence": Signal.SILENCE}


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE.csv[.gz]|-...")
@click.option(
    "--sensitivity",
    type=click.Choice([each.value for each in Sensitivity]),
    default=Sensitivity.BALANCED.value,
    show_default=True,
)
@click.option("--signals", default="volume", show_default=True, help="volume, silence, or both with a comma")
@timezone_option
@click.option(
    "--plot", metavar="OUT.html", help="write a page with a chart of each file, which loads nothing"
)
@click.option("--language", type=click.Choice(get_args(Tongue)), default="en", help="of that page")
def detect(
    files: tuple[str, ...],
    sensitivity: str,
    signals: str,
    timezone: ZoneInfo | None,
    plot: str | None,
    language: Tongue,
) -> None:
    """Look for incidents in CSV files of `timestamp,value`; one JSON line an incident, in order of time.

    Any regular step will do; a missing row, or an empty value, is a gap and not calm. - is standard input.
    """
    wanted = [_signal(name.strip()) for name in signals.split(",") if name.strip()]
    if not wanted:
        raise UsageError(f"--signals is empty: a bare series has the signals {', '.join(_SIGNALS)}")
    rule = Sensitivity(sensitivity)
    spare("--plot", plot, files)
    found, drawn = [], []
    for file in files:
        path = Path(file)
        points = points_of(path, timezone, rule)
        found += find_incidents(name_of(path), read_moments(points, rule), wanted)
        if plot is not None and points:
            drawn.append(bare_case(name_of(path), points, rule, signals=wanted))
    if plot is not None:
        if not drawn:
            raise UsageError("there is no row to draw")
        reader = on_clock(Reader(language=language), timezone)
        html = page(drawn, reader, made_at=common.now(), plot=True, own_clock=timezone is None)
        write_out(html.encode("utf-8"), plot)
    for incident in sorted(found, key=lambda each: (each.at_s, each.series, each.signal)):
        line = {
            "series": incident.series,
            "signal": incident.signal,
            "at": incident.at,
            "until": incident.until,
            "observed": incident.observed,
            "expected": incident.expected,
            "limit": incident.limit,
            "severity": incident.severity,
            "severity_at": incident.severity_at,
            "opened_as": incident.opened_as,
            "window_s": incident.window_s,
            "warming_up": incident.warming_up,
        }
        click.echo(orjson.dumps(line))


def _signal(name: str) -> Signal:
    if name not in _SIGNALS:
        raise UsageError(f"--signals {name!r}: a bare series has the signals {', '.join(_SIGNALS)}")
    return _SIGNALS[name]
