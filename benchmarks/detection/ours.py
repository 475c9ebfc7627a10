"""The detector of this project, as the benchmark runs it: a series in, rows of openings out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.detection.series import Series
from models.episode import EpisodePolicy, EpisodeState, Opened, advance
from models.spike import Sensitivity, SpikeDetector, Step, policy_for


def steps(series: Series) -> Iterator[Step]:
    """The rows as the product sees them; NaN is a gap."""
    for at_s, hour, weekday, count, factor in zip(
        series.at_s.tolist(),
        series.local_hour.tolist(),
        series.local_weekday.tolist(),
        series.counts.tolist(),
        series.factor.tolist(),
        strict=True,
    ):
        yield Step(
            at_s=at_s,
            step_s=series.step_s,
            local_hour=hour,
            local_weekday=weekday,
            count=None if np.isnan(count) else count,
            factor=factor,
        )


def openings(series: Series, sensitivity: Sensitivity = Sensitivity.BALANCED) -> list[int]:
    """Rows at which an incident opened."""
    detector = SpikeDetector(policy_for(sensitivity, series.step_s))
    policy, state = EpisodePolicy(), EpisodeState()
    rows: list[int] = []
    for row, step in enumerate(steps(series)):
        state, event = advance(state, detector.step(step), policy)
        if isinstance(event, Opened):
            rows.append(row)
    return rows
