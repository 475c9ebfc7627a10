"""How bad: each point where the docstring says it is, and what is enough by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from models.severity import CRITICAL_POINTS, WARNING_POINTS, Size, judge

CALM = Size(observed=5, expected=5, window_s=7_200, mentions=5)
SURGE = Size(observed=300, expected=10, window_s=900, mentions=300, authors=180, top_authors_share=0.1)


def points(**changes: object) -> dict[str, int]:
    """Reason -> points of a calm size with these changes."""
    judged = judge(replace(CALM, **changes))  # type: ignore[arg-type]
    return {name: int(value) for name, _, value in (reason.partition(":") for reason in judged.reasons)}


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, {}),
        ({"observed": 39, "expected": 10}, {}),
        ({"observed": 40, "expected": 10}, {"size": 1}),
        ({"observed": 80, "expected": 10}, {"size": 2}),
        ({"observed": 160, "expected": 10}, {"size": 3}),
        ({"observed": 40, "expected": 0}, {"size": 3}),
        ({"observed": 1_000, "expected": 790}, {"many": 1}),
        ({"observed": 30, "expected": 10, "window_s": 3_600}, {"speed": 1}),
        ({"observed": 30, "expected": 10, "window_s": 3_601}, {}),
        ({"authors": 49}, {}),
        ({"authors": 50}, {"voices": 1}),
        ({"platforms": 2}, {}),
        ({"platforms": 3}, {"platforms": 1}),
        ({"mentions": 20, "negative_share": 0.4}, {"anger": 1}),
        ({"mentions": 19, "negative_share": 0.9}, {}),
        ({"mentions": 20, "negative_share": 0.5, "negative_share_usual": 0.4}, {}),
        ({"mentions": 20, "negative_share": 0.55, "negative_share_usual": 0.4}, {"anger": 1}),
        ({"misinformation": 9}, {}),
        ({"misinformation": 10}, {"misinformation": 1}),
        ({"urgent": 1, "urgent_authors": 1}, {"urgent": 2}),
        ({"urgent": 9, "urgent_authors": 2}, {"urgent": 2}),
        ({"urgent": 3, "urgent_authors": 3}, {"urgent": 5}),
        ({"signs": 2}, {"signs": 1}),
        ({"mentions": 30, "top_authors_share": 0.6}, {"few-voices": -2}),
        ({"mentions": 29, "top_authors_share": 1.0}, {}),
    ],
)
def test_each_point(changes: dict[str, object], wanted: dict[str, int]) -> None:
    assert points(**changes) == wanted


def test_less_than_three_times_the_usual_wakes_nobody_unless_it_is_huge_or_false_or_urgent() -> None:
    """Complaints over drinking water for two days: much to read in the morning, nothing to be woken for."""
    burn = Size(
        observed=480, expected=276, window_s=43_200, mentions=480, authors=300, platforms=4,
        negative_share=0.7, negative_share_usual=0.4, signs=2,
    )  # fmt: skip
    judged = judge(burn)
    assert (judged.level, judged.points) == ("warning", CRITICAL_POINTS - 1)
    assert judged.reasons[-1] == "moderate-rise:-1"
    assert judge(replace(burn, observed=276 * 3)).level == "critical"
    assert judge(replace(burn, observed=2_000, expected=1_000)).level == "critical"
    assert judge(replace(burn, misinformation=10)).level == "critical"
    assert judge(replace(burn, urgent=3, urgent_authors=3)).level == "critical"
    assert judge(replace(burn, urgent=3, urgent_authors=2)).level == "warning"


def test_a_mild_rise_is_no_warning_because_many_take_part() -> None:
    """Half a day of a busy watch has fifty voices on three platforms whatever happens."""
    busy = replace(CALM, observed=239, expected=162, window_s=43_200, mentions=239, authors=180, platforms=4)
    judged = judge(busy)
    assert (judged.level, judged.reasons) == ("info", ("voices:+1", "platforms:+1", "mild-rise:-1"))
    for worse in (
        {"observed": 324},
        {"observed": 400},
        {"negative_share": 0.6, "negative_share_usual": 0.4},
        {"signs": 2},
        {"misinformation": 10},
        {"urgent": 1, "urgent_authors": 1},
    ):
        assert judge(replace(busy, **worse)).level == "warning", worse


def test_an_urgent_phrase_from_several_voices_is_critical_whatever_the_volume() -> None:
    assert judge(replace(CALM, urgent=3, urgent_authors=3)).level == "critical"
    assert judge(replace(CALM, urgent=1, urgent_authors=1)).level == "warning"


def test_points_decide_the_level_and_reasons_add_up() -> None:
    for size in (CALM, SURGE, replace(SURGE, top_authors_share=0.9), replace(SURGE, signs=3, platforms=4)):
        judged = judge(size)
        assert judged.points == sum(int(reason.partition(":")[2]) for reason in judged.reasons)
        wanted = (
            "critical"
            if judged.points >= CRITICAL_POINTS
            else "warning"
            if judged.points >= WARNING_POINTS
            else "info"
        )
        assert judged.level == wanted
    assert judge(CALM).level == "info"
    assert judge(SURGE).level == "critical"


def test_the_same_rise_from_few_accounts_weighs_less() -> None:
    loud = judge(replace(SURGE, authors=12, top_authors_share=0.95))
    assert loud.points == judge(SURGE).points - 3
    assert loud.level != "critical"


def test_a_handful_of_accounts_wakes_nobody_however_loud_unless_what_they_say_does() -> None:
    loud: dict[str, Any] = {
        "observed": 300.0,
        "expected": 2.0,
        "window_s": 600,
        "mentions": 300,
        "platforms": 3,
    }
    nine = judge(Size(**loud, authors=9, top_authors_share=1.0))
    assert nine.level == "info"
    assert "few-accounts:-3" in nine.reasons
    assert judge(Size(**loud, authors=90, top_authors_share=0.2)).level == "critical"
    assert judge(Size(**loud, authors=9, top_authors_share=1.0, misinformation=200)).level != "info"
    assert (
        judge(Size(**loud, authors=9, top_authors_share=1.0, urgent=3, urgent_authors=3)).level == "critical"
    )
