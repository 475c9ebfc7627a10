"""Facts that a store remembers about itself, by name. Never a secret: a person's query can read them."""

from __future__ import annotations

from streams.store.engine import Engine, put
from streams.store.statements import statement


def set_setting(engine: Engine, key: str, value: str) -> None:
    put(engine, "store_settings", {"key": [key], "value": [value]})


def get_setting(engine: Engine, key: str) -> str | None:
    found = engine.rows(statement("setting"), {"key": key})
    return str(found[0][0]) if found else None
