"""One batch ahead: the next is read and enriched while the one before it is stored and decided upon."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, cast

Item = TypeVar("Item")


def one_ahead(items: Iterable[Item]) -> Generator[Item, None, None]:
    """The items in their order, each made in another thread while the one before it is in use.

    What making one raises is raised in its turn, after the one before it was used.
    """
    iterator = iter(items)
    end = object()
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        coming = thread.submit(next, iterator, end)
        while (item := coming.result()) is not end:
            coming = thread.submit(next, iterator, end)
            yield cast("Item", item)
