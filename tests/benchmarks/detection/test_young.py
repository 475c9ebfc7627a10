"""What is put into the first days of a watch is put there, and what is false is counted apart."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor

import numpy as np

from benchmarks.detection.generate import generate
from benchmarks.detection.series import DAY_S
from benchmarks.detection.young import AGES_H, SIZES, _cut, _play, _seen, young_table


def test_a_crisis_that_cannot_be_overlooked_is_seen_and_none_is_not() -> None:
    calm = _cut(generate("flat", 3), 100, 3 * 288)
    loud = np.full(len(calm.counts), 200.0)
    onset = 2 * 288 + 100
    assert _seen(calm, loud, onset, 5.0, np.random.default_rng(0)) == (True, True)
    assert _seen(calm, np.zeros(len(loud)), onset, 5.0, np.random.default_rng(0)) == (False, False)


def test_a_series_in_which_something_happens_early_is_left_out() -> None:
    played = [_play("daily", seed) for seed in range(3)]
    assert all(one is None or set(one.seen) == {(s, a) for s in SIZES for a in AGES_H} for one in played)
    assert any(one is not None for one in played)
    early = next(
        seed
        for seed in range(20)
        if (one := generate("first_week", seed)).crises[0].onset_s < one.at_s[0] + 4 * DAY_S
    )
    assert _play("first_week", early) is None


def test_the_table_has_a_row_a_group_and_size() -> None:
    with ProcessPoolExecutor(1) as pool:
        table = young_table(pool, range(1))
    assert len(table) == 2 + 2 * len(SIZES)
    assert table[2].startswith("| calm (")
