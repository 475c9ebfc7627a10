"""The oracle: it spends its budget exactly, sees what is obvious, and knows nothing of the crises."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.detection.bound import BUDGET, bound
from benchmarks.detection.generate import WITHIN_S, generate, generate_with_truth
from benchmarks.detection.hindsight import Judged, at_limit, openings, seeing, spending
from benchmarks.detection.oracle import filtered, scan, slow_variance
from benchmarks.detection.series import Crisis, Floats, Series
from benchmarks.detection.truth import SlowNoise, Truth
from models.episode import EpisodePolicy, EpisodeState, Opened, advance
from models.spike import Reading

ROWS = 4_000
ONSET = 3_000
QUIET = Truth(rate=np.full(ROWS, 4.0), slow=SlowNoise(0.1, 30.0), dispersion=0.05)


def series(counts: Floats, **more: object) -> Series:
    rows = len(counts)
    return Series(
        name="made",
        kind="made",
        step_s=300,
        at_s=300 * np.arange(1, rows + 1, dtype=np.int64),
        counts=counts,
        local_hour=np.arange(rows) / 12 % 24,
        local_weekday=(np.arange(rows) // 288 % 7).astype(np.int64),
        factor=np.ones(rows),
        **more,  # type: ignore[arg-type]
    )


def drawn(truth: Truth, seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    rate = truth.rate * truth.slow.draw(rng, len(truth.rate))
    if truth.dispersion:
        rate = rate * rng.gamma(1 / truth.dispersion, truth.dispersion, len(rate))
    return rng.poisson(rate).astype(np.float64)


@pytest.mark.parametrize(
    ("kind", "seed", "checksum"),
    [
        ("flat", 0, 2516546971),
        ("over_dispersed", 1, 1245828336),
        ("bursty", 1, 2096447938),
        ("planned_event", 1000, 412328032),
    ],
)
def test_the_series_are_those_of_the_suite_before_there_was_a_truth(
    kind: str, seed: int, checksum: int
) -> None:
    """Published numbers are of these very counts: whoever tells more of a series may not draw it anew."""
    assert zlib.crc32(generate(kind, seed).counts.tobytes()) == checksum


@pytest.mark.parametrize("kind", ["daily", "bursty", "planned_event"])
def test_the_truth_is_what_the_counts_are_around(kind: str) -> None:
    made, truth = generate_with_truth(kind, 5)
    inside = np.zeros(len(made.counts), dtype=bool)
    for crisis in made.crises:
        inside |= (made.at_s > crisis.onset_s) & (made.at_s <= crisis.end_s)
    free = ~inside & ~np.isnan(made.counts)
    assert made.counts[free].sum() == pytest.approx(truth.rate[free].sum(), rel=0.15)
    assert made.counts[inside].sum() > 1.3 * truth.rate[inside].sum()


def test_the_truth_holds_nothing_of_the_crises() -> None:
    """The same counts give the same readings, wherever the crises are said to be; and all looks back only."""
    made, truth = generate_with_truth("over_dispersed", 3)
    short = slice(0, 3_500)
    cut = Truth(truth.rate[short], truth.slow, truth.dispersion)
    one = series(made.counts[short], crises=made.crises)
    other = series(made.counts[short])
    later = made.counts[short].copy()
    later[3_000:] += np.round(6 * cut.rate[3_000:])
    for size, found in filtered(one, cut, (5.0,)).items():
        again, longer = filtered(other, cut, (size,))[size], filtered(series(later), cut, (size,))[size]
        assert np.array_equal(found.summed, again.summed)
        assert np.array_equal(found.summed[:3_000], longer.summed[:3_000])
        assert longer.summed[3_000:3_010].max() > found.summed[3_000:3_010].max()
    assert np.array_equal(scan(one, cut, 12)[:3_000], scan(series(later), cut, 12)[:3_000])


def test_nothing_is_suspected_no_sooner_than_its_likelihood_allows() -> None:
    """Pollak: the sum needs A steps or more, in the mean, to reach A. Told a calmer law, it is sooner."""
    truth = Truth(np.full(ROWS, 6.0), SlowNoise(0.35, 20.0), 0.2)
    told = replace(truth, slow=SlowNoise(0.05, 20.0))
    first: dict[bool, list[int]] = {True: [], False: []}
    for seed in range(8):
        made = series(drawn(truth, seed))
        for right, law in ((True, truth), (False, told)):
            ratio = np.exp(filtered(made, law, (2.5,))[2.5].summed ** 2 / 2)
            first[right].append(int(np.argmax(np.append(ratio, 1_000.0) >= 1_000.0)))
    assert np.mean(first[True]) >= 1_000
    assert np.mean(first[False]) < 1_000


def test_an_obvious_crisis_is_seen_within_minutes() -> None:
    counts = drawn(QUIET, 1)
    counts[ONSET : ONSET + 36] += 16.0
    crisis = Crisis(5.0, 300 * ONSET, 300 * (ONSET + 36), 300 * ONSET + WITHIN_S[5.0])
    made = series(counts, crises=(crisis,))
    for suspect in (filtered(made, QUIET, (5.0,))[5.0].summed, scan(made, QUIET, 3)):
        judged = [Judged(made, suspect)]
        found = at_limit(judged, spending(judged, 0))
        assert (found.share_seen(5.0), found.false_incidents) == (1.0, 0)
        assert seeing(judged, 5.0, 1.0).false_incidents == 0
    unseen = [Judged(made, np.where(np.arange(ROWS) < ONSET + 30, 0.0, 1.0))]
    assert not seeing(unseen, 5.0, 0.5).due


def test_a_burst_that_is_no_event_is_suspected_less_where_bursts_are_known() -> None:
    _, truth = generate_with_truth("bursty", 1)
    assert truth.bursts is not None
    quiet = Truth(np.full(1_500, 4.0), truth.slow, truth.dispersion, replace(truth.bursts, level=4.0))
    counts = drawn(quiet, 4)
    counts[1_000:1_012] += np.round(40 * np.exp(-np.arange(12) / 3.0))
    knowing = filtered(series(counts), quiet, (5.0,))[5.0].summed
    unknowing = filtered(series(counts), replace(quiet, bursts=None), (5.0,))[5.0].summed
    assert knowing[1_000:1_004].max() < 0.7 * unknowing[1_000:1_004].max()


@pytest.mark.parametrize("seed", range(5))
def test_incidents_live_as_those_of_the_product(seed: int) -> None:
    rng = np.random.default_rng(seed)
    suspect = np.repeat(rng.gamma(2.0, 1.0, 500), 8)
    counts = np.where(np.repeat(rng.random(500) < 0.1, 8), np.nan, 1.0)
    made = series(counts)
    state, opened = EpisodeState(), []
    for row, (at_s, count, height) in enumerate(zip(made.at_s.tolist(), counts, suspect, strict=True)):
        reading = Reading(
            at_s=at_s,
            observed=0.0,
            expected=0.0,
            limit=0.0,
            window_s=300,
            since_s=at_s - 300,
            score=height / 5.0,
            alarm=bool(height >= 5.0),
            calm=bool(height < 5.0),
            warming_up=False,
            reason="",
            gap=bool(np.isnan(count)),
        )
        state, event = advance(state, reading, EpisodePolicy())
        if isinstance(event, Opened):
            opened.append(row)
    assert len(opened) > 3
    assert openings(Judged(made, suspect), 5.0) == opened


@pytest.mark.parametrize("incidents", [0, 3, 9])
def test_a_limit_in_hindsight_spends_the_budget_exactly(incidents: int) -> None:
    judged = []
    for seed in range(4):
        truth = replace(QUIET, rate=np.linspace(3.0, 4.0 + seed, ROWS))
        made = series(drawn(truth, seed))
        judged.append(Judged(made, scan(made, truth, 12)))
    limit = spending(judged, incidents)
    assert at_limit(judged, limit).false_incidents == incidents
    assert at_limit(judged, limit * 0.999).false_incidents > incidents


def test_the_variance_of_slow_noise_over_a_window() -> None:
    law = SlowNoise(0.4, 10.0)
    walk = law.draw(np.random.default_rng(0), 400_000)
    means = walk.reshape(-1, 20).mean(axis=1)
    assert walk.mean() == pytest.approx(1.0, abs=0.02)
    assert slow_variance(law, 20) == pytest.approx(means.var(), rel=0.05)
    assert slow_variance(law, 1) == pytest.approx(np.expm1(0.4**2))


def test_the_bound_of_a_kind_keeps_its_budget_and_counts_what_it_misses() -> None:
    found = bound("first_week", range(2))
    assert found.one_rule.false_a_month <= BUDGET
    for size, one in found.by_size.items():
        assert one.false_a_month <= BUDGET
        assert one.due == {known: found.ours.due[known] for known in one.due}
        assert 0 <= found.below[size] <= one.due[size] - one.seen.get(size, 0)
        assert one.seen.get(size, 0) >= found.one_rule.seen.get(size, 0)
    assert found.by_size[5.0].share_seen(5.0) >= found.ours.share_seen(5.0)
