"""The statements that the store asks, by name: `queries/*.sql`, and how a list goes in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources

import orjson


@cache
def statement(name: str) -> str:
    return resources.files("streams.store").joinpath("queries", f"{name}.sql").read_text(encoding="utf-8")


def listed(values: Sequence[str]) -> str:
    """As one JSON text: a parameter of thousands of values as an array costs ClickHouse twice the time."""
    return orjson.dumps(list(values)).decode("utf-8")
