"""Python's cycle collector, told what moves here: records in batches, which hold no cycles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_RARELY: Final = (50_000, 20, 20)


@contextmanager
def collected_rarely() -> Iterator[None]:
    """Look for cycles once in tens of thousands of new objects.

    A batch makes that many and drops them together. By default the collector walks them every 700, which took
    a fifth of a replay's time and freed nothing.
    """
    before = gc.get_threshold()
    gc.set_threshold(*_RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*before)
