"""The window: each row once, in its first place, in one order."""

from __future__ import annotations

import random

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.share import share_policy_for
from models.spike import Sensitivity, policy_for
from streams.records import STEP_S, Flag
from streams.window import LONGEST_S, MAX_OLD_ROWS_A_STEP, MAX_ROWS_A_STEP, RECENT_S, Row, Window

STEP_MS = STEP_S * 1000


def row(id_: str, at_ms: int, *, version_ms: int = 0, flags: int = 0) -> Row:
    return Row(at_ms, id_, version_ms, flags, 7, "fr", (1, 2), ())


def test_rows_of_a_step_come_once_and_in_order() -> None:
    window = Window()
    for each in (row("b", 20), row("a", 20), row("c", 10), row("a", 20), row("later", STEP_MS)):
        window.add(each)
    assert [each.id for each in window.close(0)] == ["c", "a", "b"]
    assert [each.id for each in window.close(STEP_S)] == ["later"]


def test_a_decided_step_takes_nothing_more() -> None:
    window = Window()
    window.add(row("a", 20))
    window.close(0)
    window.add(row("b", 30))
    window.add(row("late", STEP_MS + 1, flags=Flag.LATE))
    window.add(row("a", STEP_MS + 1))
    assert window.close(STEP_S) == ()
    assert [each.id for each in window.recent(0)] == ["a"]


def test_an_edit_changes_what_a_row_says_and_not_where_it_counts() -> None:
    window = Window()
    window.add(row("a", 20))
    window.add(row("a", STEP_MS + 5, version_ms=9, flags=Flag.NEGATIVE))
    assert window.close(0) == (row("a", 20, version_ms=9, flags=Flag.NEGATIVE),)
    assert window.close(STEP_S) == ()


@given(
    st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 3 * STEP_MS - 1), st.integers(0, 3))),
    st.randoms(),
)
def test_the_order_of_arrival_does_not_matter(
    entries: list[tuple[str, int, int]], order: random.Random
) -> None:
    rows = [row(id_, at_ms, version_ms=version, flags=version) for id_, at_ms, version in entries]
    shuffled = rows.copy()
    order.shuffle(shuffled)
    closed = []
    for arrival in (rows, shuffled, rows + shuffled):
        window = Window()
        for each in arrival:
            window.add(each)
        closed.append([window.close(step_s) for step_s in (0, STEP_S, 2 * STEP_S)])
    assert closed[0] == closed[1] == closed[2]


def test_old_rows_are_forgotten_and_loud_steps_are_sampled() -> None:
    window = Window()
    for number in range(MAX_ROWS_A_STEP + 500):
        window.add(row(f"n{number}", number))
    assert len(window.close(0)) == MAX_ROWS_A_STEP + 500
    assert len(window.recent(0)) == MAX_ROWS_A_STEP
    assert window.count(0) == MAX_ROWS_A_STEP + 500
    assert sum(window.weights(0)) == pytest.approx(MAX_ROWS_A_STEP + 500)
    for step_s in range(STEP_S, RECENT_S + STEP_S, STEP_S):
        window.close(step_s)
    # Long ago: fewer rows stand for as many mentions.
    old = window.recent(0)
    assert len(old) == MAX_OLD_ROWS_A_STEP
    assert window.count(0) == MAX_ROWS_A_STEP + 500
    assert window.weights(0) == [(MAX_ROWS_A_STEP + 500) / MAX_OLD_ROWS_A_STEP] * MAX_OLD_ROWS_A_STEP
    for step_s in range(RECENT_S + STEP_S, LONGEST_S + 2 * STEP_S, STEP_S):
        window.close(step_s)
    assert window.recent(0) == []
    assert window.weights(0) == []
    assert window.count(0) == 0


def test_what_was_backfilled_into_a_gap_is_no_part_of_what_is_told() -> None:
    window = Window()
    window.add(row("a", 20))
    assert [each.id for each in window.close(0, heard=False)] == ["a"]
    assert window.recent(0) == []
    assert window.count(0) == 0
    window.add(row("a", STEP_MS + 1))
    assert window.close(STEP_S) == ()


@pytest.mark.parametrize("sensitivity", list(Sensitivity))
def test_evidence_reaches_as_far_back_as_any_window_that_decides(sensitivity: Sensitivity) -> None:
    windows = {*policy_for(sensitivity, STEP_S).windows_s, *share_policy_for(sensitivity, STEP_S).windows_s}
    assert max(windows) <= LONGEST_S


def test_it_stands_where_it_stood_after_json() -> None:
    window = Window()
    for number in range(10):
        window.add(row(f"n{number}", number * 100_000))
    for step_s in range(0, 900, STEP_S):
        window.close(step_s)
    again = Window.from_json(orjson.loads(orjson.dumps(window.to_json())))
    assert again.recent(0) == window.recent(0)
    assert again.count(0) == window.count(0)
    assert again.decided_until_s == window.decided_until_s
    again.add(row("n0", 950_000))
    assert again.close(900) == ()
