"""What stays is the usual; what passes, grows, fades or is chance is not."""

from __future__ import annotations

import pytest

from models.plateau import Plateau, PlateauPolicy

POLICY = PlateauPolicy()
STEP_S = 300
LEVEL = 4.0


def lived(
    levels: list[float], *, level: float = LEVEL, steps: int = 288, state: Plateau | None = None
) -> list[float]:
    """The ratio told at the end of each day, each with so many steps of its own level."""
    state = state or Plateau()
    told = []
    for own in levels:
        for _ in range(steps):
            state.note(own, level)
        told.append(state.close_day(POLICY, level, 1.0, STEP_S))
    return told


def test_three_even_days_above_the_level_are_the_new_one() -> None:
    assert lived([4.0, 12.0, 12.0]) == [1.0, 1.0, 1.0]
    assert lived([4.0, 12.0, 11.0, 13.0])[-1] == pytest.approx(3.0)


def test_below_it_takes_five_days_so_that_a_long_weekend_is_none() -> None:
    told = lived([4.0, 2.0, 2.0, 2.0, 2.0, 2.0])
    assert told[:-1] == [1.0] * 5
    assert told[-1] == pytest.approx(0.5)


@pytest.mark.parametrize(
    "days",
    [
        pytest.param([20.0, 12.0, 8.0], id="fades"),
        pytest.param([6.0, 9.0, 14.0], id="grows"),
        pytest.param([12.0, 12.0, 4.0, 12.0], id="came back between"),
        pytest.param([5.0, 5.0, 5.0], id="too little to matter"),
        pytest.param([12.0, 2.0, 12.0], id="above and below"),
    ],
)
def test_what_is_not_even_and_apart_is_no_plateau(days: list[float]) -> None:
    assert set(lived(days)) == {1.0}


def test_a_thin_series_is_not_moved_by_chance() -> None:
    assert set(lived([0.02, 0.02, 0.02], level=0.01)) == {1.0}


def test_a_day_hardly_heard_is_no_day() -> None:
    state = Plateau()
    lived([12.0, 12.0], state=state)
    assert lived([12.0], steps=100, state=state) == [1.0]
    assert lived([12.0], state=state) == [pytest.approx(3.0)]


def test_a_silence_is_no_level() -> None:
    assert set(lived([0.0] * 8)) == {1.0}


def test_days_of_one_step_count_as_days() -> None:
    state = Plateau()
    told = []
    for _ in range(3):
        state.note(90.0, 30.0)
        told.append(state.close_day(POLICY, 30.0, 1.0, 86_400))
    assert told[:2] == [1.0, 1.0]
    assert told[2] == pytest.approx(3.0)


def test_one_day_of_the_level_before_a_rise_brings_it_back() -> None:
    state = Plateau()
    assert lived([4.0, 20.0, 20.0, 20.0], state=state)[-1] == pytest.approx(5.0)
    assert lived([20.0, 4.5], level=20.0, state=state) == [1.0, pytest.approx(0.2)]
    assert lived([4.0, 4.0], state=state) == [1.0, 1.0]


def test_the_level_before_a_rise_is_forgotten() -> None:
    state = Plateau()
    lived([4.0, 20.0, 20.0, 20.0], state=state)
    lived([20.0] * POLICY.remembered_days, level=20.0, state=state)
    assert lived([4.0] * 4, level=20.0, state=state) == [1.0] * 4


def test_a_second_rise_returns_to_the_level_between() -> None:
    state = Plateau()
    lived([4.0, 20.0, 20.0, 20.0], state=state)
    assert lived([60.0, 60.0, 60.0], level=20.0, state=state)[-1] == pytest.approx(3.0)
    assert lived([4.0], level=60.0, state=state) == [pytest.approx(1 / 3)]
