"""How the noise of a series falls is learnt from its own days."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from models.noise_law import NoiseLaw, NoiseLearner, NoisePolicy

DAY = 288


def learnt(days: int, *, deviation: float, memory: float, dispersion: float, mean: float) -> NoiseLaw:
    """The law that is learnt of days drawn from this one."""
    rng = np.random.default_rng(4)
    learner = NoiseLearner(NoisePolicy(), NoiseLaw(), 300)
    keep = math.exp(-1.0 / memory)
    level = 0.0
    counts: list[float] = []
    for _ in range(days):
        for _ in range(DAY):
            level = keep * level + rng.normal(0.0, deviation * math.sqrt(1 - keep**2))
            rate = mean * math.exp(level - deviation**2 / 2)
            if dispersion:
                rate *= rng.gamma(1 / dispersion, dispersion)
            counts.append(float(rng.poisson(rate)))
            learner.note(counts[-7:], [mean] * min(len(counts), 7))
        learner.close_day(keep=True)
    return learner.state


def test_a_law_is_learnt_within_weeks() -> None:
    law = learnt(28, deviation=0.4, memory=12.0, dispersion=0.3, mean=10.0)
    assert math.sqrt(law.variance) == pytest.approx(0.4, rel=0.2)
    assert law.memory == pytest.approx(12.0, rel=0.5)
    assert law.dispersion == pytest.approx(0.3, rel=0.25)


def test_chance_alone_leaves_next_to_nothing() -> None:
    law = learnt(28, deviation=0.0, memory=12.0, dispersion=0.0, mean=10.0)
    assert math.sqrt(law.variance) < 0.07
    assert law.dispersion < 0.01


def test_thin_days_hardly_move_what_is_held_of_an_unknown_series() -> None:
    law = learnt(28, deviation=0.0, memory=12.0, dispersion=0.0, mean=0.02)
    assert math.sqrt(law.variance) == pytest.approx(0.15, abs=0.05)


def test_one_day_of_bursts_is_no_law() -> None:
    learner = NoiseLearner(NoisePolicy(), NoiseLaw(), 300)
    before = list(learner.state.moments)
    for row in range(DAY):
        learner.note([5.0] * 6 + [500.0 if row % 50 == 0 else 5.0], [5.0] * 7)
    learner.close_day(keep=True)
    assert learner.state.moments[0] < 4.0 * before[0]


def test_days_more_even_than_chance_turn_nothing_upside_down() -> None:
    """The moments of such a series are below nothing; a day with more is bounded all the same."""
    learner = NoiseLearner(NoisePolicy(), NoiseLaw(), 300)
    for day in range(60):
        rng = np.random.default_rng(day)
        for _ in range(DAY):
            even = [5.0] * 7 if day % 6 else [float(count) for count in rng.poisson(5.0, 7)]
            learner.note(even, [5.0] * 7)
        learner.close_day(keep=True)
        assert math.sqrt(learner.state.variance) < 0.25


def test_a_day_that_is_not_kept_teaches_nothing_and_gaps_divide_by_nothing() -> None:
    learner = NoiseLearner(NoisePolicy(), NoiseLaw(), 300)
    before = json.dumps(learner.state.to_json())
    for _ in range(DAY):
        learner.note([50.0] * 7, [5.0] * 7)
    learner.close_day(keep=False)
    for _ in range(DAY):
        learner.note([0.0] * 7, [0.0] * 7)
    learner.close_day(keep=True)
    assert json.dumps(learner.state.to_json()) == before


def test_the_state_makes_an_exact_round_trip() -> None:
    law = learnt(3, deviation=0.2, memory=20.0, dispersion=0.1, mean=4.0)
    assert NoiseLaw.from_json(json.loads(json.dumps(law.to_json()))) == law


def one_day(rates: np.ndarray, mean: float) -> NoiseLaw:
    """The law after a first day of such rates."""
    learner = NoiseLearner(NoisePolicy(), NoiseLaw(), 300)
    counts = np.random.default_rng(5).poisson(rates).astype(float).tolist()
    for row in range(6, len(counts)):
        learner.note(counts[row - 6 : row + 1], [mean] * 7)
    learner.close_day(keep=True)
    return learner.state


def test_of_a_first_day_uneven_steps_are_believed_further_than_a_shape_of_the_day() -> None:
    before = NoiseLearner(NoisePolicy(), NoiseLaw(), 300).state
    uneven = one_day(10.0 * np.random.default_rng(6).gamma(2.0, 0.5, DAY), 10.0)
    shaped = one_day(10.0 * (1.0 + 0.95 * np.sin(np.linspace(0.0, 2.0 * math.pi, DAY))), 10.0)
    assert uneven.dispersion > 2.0 * before.dispersion
    assert shaped.variance < 2.1 * before.variance
    assert shaped.dispersion < before.dispersion


def test_half_of_a_memory_is_a_guess() -> None:
    """Thirty steps are the guess; the root of what was learnt times the guess is held."""
    forgetful = learnt(28, deviation=0.5, memory=6.0, dispersion=0.1, mean=20.0)
    assert forgetful.memory == pytest.approx(math.sqrt(6.0 * 30.0), rel=0.2)
