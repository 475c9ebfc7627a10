"""One batch ahead: the order, what fails, and that what was made before a failure is used."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest

from streams.ahead import one_ahead
from streams.garbage import collected_rarely


@pytest.mark.parametrize("items", [[], [1], [1, None, 3]])
def test_the_items_come_in_their_order(items: list[int | None]) -> None:
    assert list(one_ahead(items)) == items


def test_the_next_is_made_while_one_is_in_use() -> None:
    second = threading.Event()

    def made() -> Iterator[int]:
        yield 1
        second.set()
        yield 2

    for number in one_ahead(made()):
        if number == 1:
            assert second.wait(60)


def test_what_fails_fails_after_the_one_before_it_was_used() -> None:
    def made() -> Iterator[int]:
        yield 1
        raise ValueError("the second")

    used: list[int] = []
    with pytest.raises(ValueError, match="the second"):
        used.extend(one_ahead(made()))
    assert used == [1]


def test_whoever_stops_early_leaves_no_thread() -> None:
    ahead = one_ahead(iter(range(10)))
    assert next(ahead) == 0
    ahead.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]


def test_collections_are_as_before_afterwards() -> None:
    before = gc.get_threshold()
    with collected_rarely():
        assert gc.get_threshold()[0] > before[0]
    assert gc.get_threshold() == before
