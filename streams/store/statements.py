"""The statements that the store asks, by name: `queries/*.sql`."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def statement(name: str) -> str:
    return resources.files("streams.store").joinpath("queries", f"{name}.sql").read_text(encoding="utf-8")
