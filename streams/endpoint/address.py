"""Where the process that holds an embedded store answers questions: a small file beside its lock.

Left behind by a `kill -9` it misleads nobody: it counts only while the process it names holds the lock.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import orjson

from streams.store.errors import Holder
from streams.store.owner import FOLDER

_FILE: Final = "endpoint"


def publish(store: Path, address: str) -> None:
    """Raises OSError."""
    path = store / FOLDER / _FILE
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_bytes(orjson.dumps({"pid": os.getpid(), "address": address}))
    fresh.replace(path)


def withdraw(store: Path) -> None:
    (store / FOLDER / _FILE).unlink(missing_ok=True)


def published(store: Path, holder: Holder | None) -> str | None:
    """The address at which `holder` answers, None where it does not."""
    try:
        value = orjson.loads((store / FOLDER / _FILE).read_bytes())
        same = holder is not None and value["pid"] == holder.pid
        return str(value["address"]) if same else None
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError):
        return None
