"""What the detector costs: microseconds a step in the steady state, bytes of state a series."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.detection.generate import generate
from benchmarks.detection.ours import steps
from benchmarks.detection.tables import markdown
from models.share import ShareDetector, ShareStep, share_policy_for
from models.spike import Sensitivity, SpikeDetector, Step, Voices, policy_for

LOUD = 100
"""Times the series: up to some 20,000 mentions in five minutes."""


def cost_table() -> list[str]:
    """Processor time of this process over six weeks of a series, the best of three runs."""
    made = list(steps(generate("weekly", 0)))
    best, size = _spent(_volume, made)
    voiced, heard = _spent(_volume, list(_with_authors(made)))
    _, largest = _spent(_volume, list(_with_authors(made, LOUD)))
    share, held = _spent(_moods, list(_with_moods(made)))
    rows = [
        ["a step and series", f"{best * 1e6:.0f} microseconds"],
        ["the same where authors are known", f"{voiced * 1e6:.0f} microseconds"],
        ["10,000 series, one step", f"{best * 10_000:.2f} s of 300 s"],
        ["state of a series, as JSON", f"{size / 1000:.1f} kB"],
        ["the same where authors are known", f"{heard / 1000:.1f} kB, {largest / 1000:.1f} where it is loud"],
        ["a share: a step, state", f"{share * 1e6:.0f} microseconds, {held / 1000:.1f} kB"],
    ]
    return markdown(["what", "cost"], rows)


def _volume() -> SpikeDetector:
    return SpikeDetector(policy_for(Sensitivity.BALANCED))


def _moods() -> ShareDetector:
    return ShareDetector(share_policy_for(Sensitivity.BALANCED, prior_share=0.25))


def _spent(make: Callable[[], Any], steps: Sequence[Step] | Sequence[ShareStep]) -> tuple[float, int]:
    """(seconds of processor time a step, the best of three runs; bytes of the state at the end)."""
    best, size = float("inf"), 0
    for _ in range(3):
        detector = make()
        began = time.process_time()
        for step in steps:
            detector.step(step)
        best = min(best, (time.process_time() - began) / len(steps))
        size = len(json.dumps(detector.state.to_json()))
    return best, size


def _with_moods(steps: Iterable[Step]) -> Iterator[ShareStep]:
    for step in steps:
        total = float(step.count or 0.0)
        yield ShareStep(step.at_s, step.step_s, step.local_weekday, total, total // 4)


def _with_authors(steps: Iterable[Step], times: int = 1) -> Iterator[Step]:
    """So many times as loud, and told who wrote: shares that no step has twice make the longest state."""
    rng = np.random.default_rng(0)
    for step in steps:
        count = float(step.count or 0.0) * times
        authors = int(count * rng.uniform(0.6, 1.0))
        fresh = int(authors * rng.uniform(0.7, 1.0))
        voices = Voices(
            authors=authors,
            fresh_authors=fresh,
            new_authors=int(fresh * rng.uniform(0.0, 0.5)),
            original_authors=int(authors * rng.uniform(0.5, 1.0)),
            near_duplicate_share=round(rng.uniform(0.0, 0.3), 4),
        )
        yield replace(step, count=count, voices=voices)
