"""`vigie detect`: incidents in bare series of counts."""

from __future__ import annotations

from pathlib import Path

import click
import orjson

from models.spike import Sensitivity
from streams.errors import UsageError
from streams.records import Signal
from streams.series import SeriesError, find_incidents, read_moments, read_series

_SIGNALS = {"volume": Signal.VOLUME, "silence": Signal.SILENCE}


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE.csv[.gz]...")
@click.option(
    "--sensitivity",
    type=click.Choice([each.value for each in Sensitivity]),
    default=Sensitivity.BALANCED.value,
    show_default=True,
)
@click.option("--signals", default="volume", show_default=True, help="volume, silence, or both with a comma")
def detect(files: tuple[str, ...], sensitivity: str, signals: str) -> None:
    """Look for incidents in CSV files of `timestamp,value`; one JSON line an incident, in order of time.

    Any regular step will do; a missing row, or an empty value, is a gap and not calm.
    """
    wanted = [_signal(name.strip()) for name in signals.split(",") if name.strip()]
    found = []
    for file in files:
        path = Path(file)
        try:
            points = read_series(path)
        except SeriesError as error:
            raise UsageError(str(error)) from None
        name = path.name.removesuffix(".gz").removesuffix(".csv")
        found += find_incidents(name, read_moments(points, Sensitivity(sensitivity)), wanted)
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
        }
        click.echo(orjson.dumps(line))


def _signal(name: str) -> Signal:
    if name not in _SIGNALS:
        raise UsageError(f"--signals {name!r}: a bare series has the signals {', '.join(_SIGNALS)}")
    return _SIGNALS[name]
