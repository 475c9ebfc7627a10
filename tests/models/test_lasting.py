"""What stands out in a long window either goes on or is over."""

from __future__ import annotations

import pytest

from models.lasting import has_passed


def passed(counts: list[float], means: list[float], steps: int) -> bool:
    return has_passed(counts, means, steps, sum(counts[-steps:]), sum(means[-steps:]))


def test_a_rise_of_which_the_last_quarter_has_nothing_is_over_and_one_that_goes_on_is_not() -> None:
    usual = [10.0] * 36
    assert passed([50.0] * 12 + [10.0] * 24, usual, 36)
    assert not passed([10.0] * 24 + [50.0] * 12, usual, 36)
    assert not passed([15.0] * 36, usual, 36)
    assert not passed([10.0] * 36, usual, 36)


def test_a_rise_that_falls_to_a_fifth_of_itself_is_over_and_one_that_falls_by_half_is_not() -> None:
    usual = [10.0] * 40
    assert passed([50.0] * 30 + [12.0] * 10, usual, 40)
    assert not passed([50.0] * 30 + [30.0] * 10, usual, 40)


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_window_of_a_few_steps_asks_its_last_one_alone(steps: int) -> None:
    before = [0.0] * 20
    assert not passed([*before, *[30.0] * steps], [10.0] * (20 + steps), steps)
    if steps > 1:
        assert passed([*before, *[30.0] * (steps - 1), 10.0], [10.0] * (20 + steps), steps)


def test_a_gap_is_no_part_of_the_quarter() -> None:
    counts, means = [30.0] * 24, [10.0] * 24
    assert not passed([*counts, *[0.0] * 11, 10.0], [*means, *[0.0] * 11, 10.0], 36)
    assert not passed([*counts, *[0.0] * 12], [*means, *[0.0] * 12], 36)
    assert passed([*counts, *[10.0] * 12, *[0.0] * 12], [*means, *[10.0] * 12, *[0.0] * 12], 48)


def test_nothing_seen_or_nothing_expected_is_never_over() -> None:
    assert not passed([0.0] * 12, [0.0] * 12, 12)
    assert not passed([5.0] * 12, [0.0] * 12, 12)
