"""A folder in NAB format: NAME.csv or NAME.csv.gz of timestamp and value, and a JSON of labelled windows."""

from __future__ import annotations

import csv
import gzip
import json
from bisect import bisect_left, bisect_right
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.detection.series import Series, local_times


def load(folder: Path, windows_file: Path) -> list[Series]:
    """All series of the folder, by name. Times without a zone are taken as UTC, and as local time."""
    labels = {
        key.rsplit("/", 1)[-1].removesuffix(".csv"): spans
        for key, spans in json.loads(windows_file.read_text(encoding="utf-8")).items()
    }
    found = sorted([*folder.glob("*.csv"), *folder.glob("*.csv.gz")])
    if not found:
        raise FileNotFoundError(f"no *.csv and no *.csv.gz in {folder}")
    return [_read(path, labels.get(_name(path), [])) for path in found]


def _name(path: Path) -> str:
    return path.name.removesuffix(".gz").removesuffix(".csv")


def _unix(text: str) -> int:
    when = datetime.fromisoformat(text.strip())
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())


def _read(path: Path, spans: list[list[str]]) -> Series:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as handle:
        rows = [(_unix(row["timestamp"]), float(row["value"])) for row in csv.DictReader(handle)]
    starts = [start for start, _ in rows]
    step_s = int(median(b - a for a, b in pairwise(starts)))
    at_s = np.array(starts, dtype=np.int64) + step_s
    hour, weekday = local_times(at_s, step_s, "UTC")
    windows = tuple(
        (bisect_left(starts, _unix(first)), bisect_right(starts, _unix(last)) - 1)
        for first, last in sorted(spans)
    )
    return Series(
        name=_name(path),
        kind="nab",
        step_s=step_s,
        at_s=at_s,
        counts=np.array([value for _, value in rows]),
        local_hour=hour,
        local_weekday=weekday,
        factor=np.ones(len(rows)),
        windows=windows,
    )
