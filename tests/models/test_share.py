"""Shares of a total: what rises, what is only a handful."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from models.share import ShareDetector, ShareState, ShareStep, share_policy_for, surprise
from models.spike import Reading, Sensitivity

POLICY = share_policy_for(Sensitivity.BALANCED, prior_share=0.2)


def run(
    detector: ShareDetector, days: float, mean: float, share: float, *, first: int = 0, seed: int = 0
) -> list[Reading]:
    rng = np.random.default_rng(seed)
    read = []
    for row in range(first, first + int(days * 288)):
        total = int(rng.poisson(mean))
        part = float(rng.binomial(total, share))
        read.append(detector.step(ShareStep(300 * (row + 1), 300, row // 288 % 7, float(total), part)))
    return read


def test_a_steady_share_is_learnt_and_never_alarms() -> None:
    detector = ShareDetector(POLICY)
    assert not any(reading.alarm for reading in run(detector, 14, 3.0, 0.3))
    assert detector.usual == pytest.approx(0.3, abs=0.02)


def test_a_share_that_doubles_is_seen_within_hours_and_told_as_shares() -> None:
    detector = ShareDetector(POLICY)
    run(detector, 10, 3.0, 0.2)
    read = run(detector, 0.5, 3.0, 0.5, first=2_880)
    first = next(row for row, reading in enumerate(read) if reading.alarm)
    assert first < 36
    told = read[first]
    assert told.expected == pytest.approx(0.2, abs=0.03)
    assert 1.0 >= told.observed >= told.limit > told.expected


def test_more_posts_of_the_same_mood_are_no_alarm() -> None:
    detector = ShareDetector(POLICY)
    run(detector, 10, 3.0, 0.2)
    assert not any(reading.alarm for reading in run(detector, 1, 40.0, 0.2, first=2_880))


@pytest.mark.parametrize("posts", [1, 2, 4])
def test_a_handful_of_posts_is_never_a_share(posts: int) -> None:
    detector = ShareDetector(POLICY)
    run(detector, 10, 0.05, 0.1)
    alone = detector.step(ShareStep(300 * 2_882, 300, 3, float(posts), float(posts)))
    assert not alone.alarm


def test_empty_steps_and_an_empty_watch_divide_by_nothing() -> None:
    detector = ShareDetector(POLICY)
    read = run(detector, 3, 0.0, 0.5)
    assert not any(reading.alarm for reading in read)
    assert all(0.0 <= reading.limit <= 1.0 for reading in read)


def test_a_gap_teaches_nothing_and_is_not_calm() -> None:
    detector = ShareDetector(POLICY)
    run(detector, 5, 3.0, 0.2)
    before = (detector.state.total, detector.state.part)
    reading = detector.step(ShareStep(300 * 1_441, 300, 5, None))
    assert reading.gap
    assert not reading.alarm
    assert (detector.state.total, detector.state.part) == before


def test_a_part_that_is_none_of_its_total_is_refused() -> None:
    with pytest.raises(ValueError, match="no part"):
        ShareDetector(POLICY).step(ShareStep(300, 300, 0, 2.0, 3.0))
    with pytest.raises(ValueError, match="between 0 and 1"):
        share_policy_for(Sensitivity.MORE, prior_share=0.0)


def test_the_state_makes_an_exact_round_trip_and_stays_small() -> None:
    one = ShareDetector(POLICY)
    run(one, 25, 8.0, 0.3)
    text = json.dumps(one.state.to_json())
    assert len(text) < 16_000
    two = ShareDetector(POLICY, ShareState.from_json(json.loads(text)))
    assert run(one, 2, 8.0, 0.5, first=7_200, seed=3) == run(two, 2, 8.0, 0.5, first=7_200, seed=3)
    assert one.state == two.state


def test_surprise_is_nought_below_the_usual_share_and_grows_above() -> None:
    assert surprise(2.0, 10.0, 0.2) == 0.0
    assert 0.0 < surprise(4.0, 10.0, 0.2) < surprise(10.0, 10.0, 0.2)


def moody(detector: ShareDetector, days: int, seed: int) -> int:
    """Steps above the limit of a loud watch whose mood drifts from hour to hour around 30%."""
    rng = np.random.default_rng(seed)
    odds = np.log(0.3 / 0.7) + rng.normal(0, 0.35, days * 24).repeat(12)
    share = 1 / (1 + np.exp(-odds))
    alarms = 0
    for row in range(days * 288):
        total = int(rng.poisson(30.0))
        part = float(rng.binomial(total, share[row]))
        step = ShareStep(300 * (row + 1), 300, row // 288 % 7, float(total), part)
        alarms += detector.step(step).alarm and row > 10 * 288
    return alarms


def test_moods_that_drift_are_learnt_and_are_no_news() -> None:
    learning = ShareDetector(share_policy_for(Sensitivity.BALANCED, prior_share=0.3))
    # The same limits for hours that are taken to be draws of one and the same share.
    fixed = ShareDetector(replace(learning.policy, prior_drift=0.0, most_drift=0.0))
    assert moody(learning, 30, seed=1) == 0
    assert moody(fixed, 30, seed=1) > 20


def test_a_crisis_teaches_little_drift_and_does_not_hide_the_next() -> None:
    detector = ShareDetector(POLICY)
    run(detector, 14, 5.0, 0.2)
    run(detector, 1, 5.0, 0.8, first=4_032)
    run(detector, 3, 5.0, 0.2, first=4_320)
    assert any(reading.alarm for reading in run(detector, 0.25, 5.0, 0.55, first=5_184))


def test_a_state_kept_before_drift_was_learnt_goes_on_with_its_usual_share() -> None:
    detector = ShareDetector(POLICY)
    run(detector, 14, 3.0, 0.4)
    kept = detector.state.to_json()
    older = {name: kept[name] for name in ("total", "part", "age_steps", "since_s", "weekday")}
    older |= {"totals": kept["totals"][-288:], "parts": kept["parts"][-288:]}
    older |= {"today": [1.0, 1.0, 1.0], "today_steps": 9, "days": [[1.0, 2.0, 1.5]], "ordinary": [2.0] * 3}
    restored = ShareDetector(POLICY, ShareState.from_json(older))
    assert restored.usual == detector.usual
    assert not any(reading.alarm for reading in run(restored, 2, 3.0, 0.4, first=4_032))
    assert any(reading.alarm for reading in run(restored, 0.5, 3.0, 0.75, first=4_608))
