"""Recorded posts of known crises, given as a folder: when was each seen, and what was opened before it?

The files are JSON Lines of `ts` and `text`, ordered by time. They begin with the crisis or hours before
it, so there is no quiet past to learn from: a delay says something where the event itself is inside the file.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import orjson

from benchmarks.detection.generate import STEP_S
from benchmarks.detection.series import Series, local_times
from models.query import NO_FACTS, compile_queries, parse
from models.text import normalise

BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Recorded:
    """A file, what a town would have listened for, and when it happened, where that is inside the file."""

    name: str
    query: str
    zone: str
    event_at: datetime | None = None


RECORDED = (
    Recorded("2012_Sandy_Hurricane", "hurricane* OR storm* OR sandy", "America/New_York"),
    Recorded("2013_Alberta_Floods", "flood*", "America/Edmonton"),
    Recorded(
        "2013_Oklahoma_Tornado",
        "tornado* OR twister*",
        "America/Chicago",
        datetime(2013, 5, 20, 19, 56, tzinfo=UTC),
    ),
    Recorded("2013_Queensland_Floods", "flood*", "Australia/Brisbane"),
)


def crisis_rows(folder: Path, rules: Mapping[str, Callable[[Series], list[int]]]) -> Iterator[list[str]]:
    """A row a file and rule: mentions, opened before the event, first opened, delay from the event.

    Raises:
        OSError: a file is not there or cannot be read.
        ValueError, KeyError: a line is not as described.
    """
    for recorded in RECORDED:
        series = counted(folder / f"{recorded.name}.jsonl.gz", recorded)
        for rule, opens in rules.items():
            opened = [int(series.at_s[row]) for row in opens(series)]
            event_s = None if recorded.event_at is None else int(recorded.event_at.timestamp())
            before = [at_s for at_s in opened if event_s is not None and at_s < event_s]
            after = opened[len(before) :]
            yield [
                f"{recorded.name}: {recorded.query}",
                f"{int(series.counts.sum()):,}",
                rule,
                "" if event_s is None else str(len(before)),
                f"{datetime.fromtimestamp(after[0], UTC):%Y-%m-%d %H:%M}" if after else "never",
                f"{(after[0] - event_s) // 60} min" if after and event_s is not None else "",
                str(len(opened)),
            ]


def counted(path: Path, recorded: Recorded) -> Series:
    """The matching posts of a file, counted in steps of five minutes."""
    matcher = compile_queries({"it": parse(recorded.query)})
    times: list[float] = []
    first = last = 0.0
    for batch in _batches(path):
        found = matcher.match([normalise(text) for _, text in batch], [NO_FACTS] * len(batch))
        times += [at_s for (at_s, _), names in zip(batch, found, strict=True) if names]
        first, last = first or batch[0][0], batch[-1][0]
    start_s = int(first) // STEP_S * STEP_S
    rows = (int(last) - start_s) // STEP_S + 1
    places = ((np.array(times) - start_s) // STEP_S).astype(np.int64)
    at_s = start_s + STEP_S * np.arange(1, rows + 1, dtype=np.int64)
    hour, weekday = local_times(at_s, STEP_S, recorded.zone)
    return Series(
        name=recorded.name,
        kind="recorded",
        step_s=STEP_S,
        at_s=at_s,
        counts=np.bincount(places, minlength=rows).astype(np.float64),
        local_hour=hour,
        local_weekday=weekday,
        factor=np.ones(rows),
    )


def _batches(path: Path) -> Iterator[list[tuple[float, str]]]:
    batch: list[tuple[float, str]] = []
    with gzip.open(path, "rb") as lines:
        for line in lines:
            post = orjson.loads(line)
            at = datetime.fromisoformat(post["ts"])
            batch.append(((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp(), post["text"]))
            if len(batch) == BATCH:
                yield batch
                batch = []
    if batch:
        yield batch
