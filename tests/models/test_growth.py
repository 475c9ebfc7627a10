"""One narrative that spreads."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from models.growth import GrowthDetector, GrowthState, growth_policy_for
from models.spike import Reading, Sensitivity, Step
from models.voices import Voices

POLICY = growth_policy_for(Sensitivity.BALANCED)


def run(detector: GrowthDetector, counts: Sequence[float | None], first: int = 0) -> list[Reading]:
    return [
        detector.step(Step(300 * (first + row + 1), 300, row / 12 % 24, 0, count))
        for row, count in enumerate(counts)
    ]


def test_a_narrative_that_doubles_is_seen_and_one_that_stays_small_is_not() -> None:
    small = [float(count) for count in np.random.default_rng(1).poisson(0.2, 600)]
    detector = GrowthDetector(POLICY)
    assert not any(reading.alarm for reading in run(detector, small))
    spreading: list[float | None] = [min(0.5 * 2 ** (row / 6), 30.0) // 1 for row in range(60)]
    read = run(detector, spreading, 600)
    first = next(reading for reading in read if reading.alarm)
    assert first.observed >= first.limit >= POLICY.least_voices
    assert first.at_s <= 300 * 630


def test_one_account_does_not_make_a_narrative_grow() -> None:
    detector = GrowthDetector(POLICY)
    step = Step(300, 300, 0.0, 0, 80.0, voices=Voices(authors=1, fresh_authors=1))
    assert not detector.step(step).alarm


def test_a_steady_loud_narrative_is_taken_for_usual() -> None:
    read = run(GrowthDetector(POLICY), [4.0] * 2_000)
    assert not any(reading.alarm for reading in read[600:])


def test_a_gap_is_told_and_the_state_makes_an_exact_round_trip() -> None:
    one = GrowthDetector(POLICY)
    assert run(one, [1.0, None, 2.0])[1].gap
    two = GrowthDetector(POLICY, GrowthState.from_json(json.loads(json.dumps(one.state.to_json()))))
    assert run(one, [3.0] * 40, 3) == run(two, [3.0] * 40, 3)
