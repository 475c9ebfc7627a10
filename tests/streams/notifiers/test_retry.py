from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.notifiers.retry import PATIENT


@pytest.mark.parametrize(
    ("attempt", "draw", "asked_s", "wait_s"),
    [
        (1, 0.0, None, 2.0),
        (2, 0.0, None, 4.0),
        (7, 0.0, None, 128.0),
        (9, 0.0, None, 300.0),
        (10_000, 0.0, None, 300.0),
        (1, 0.5, None, 1.75),
        (1, 0.0, 30.0, 30.0),
        (9, 0.0, 30.0, 300.0),
        (1, 0.0, 86_400.0, 3_600.0),
    ],
)
def test_the_wait(attempt: int, draw: float, asked_s: float | None, wait_s: float) -> None:
    assert PATIENT.wait_s(attempt, draw, asked_s) == pytest.approx(wait_s)


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_wait_is_neither_nothing_nor_for_ever(attempt: int, draw: float) -> None:
    assert 1 <= PATIENT.wait_s(attempt, draw) <= 300
