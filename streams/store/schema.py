"""The schema of one store: what it lacks of what is shipped, bringing it there, and how long texts stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from streams.store.engine import Engine
from streams.store.migrate import APPLIED_TABLE, Migration, pending, shipped
from streams.store.statements import statement
from streams.store.store_settings import get_setting, set_setting

# Where a row's own text lives as long as the retention says; the rest is numbers and ids.
_EXPIRING: Final = ("mentions_raw", "dead_letters_raw")
_RETENTION: Final = "retention_days"


def lacking(engine: Engine) -> list[Migration]:
    """Raises what `migrate.pending` does."""
    exists = engine.rows("EXISTS TABLE schema_migrations")[0][0]
    applied = dict(engine.rows(statement("applied"))) if exists else {}
    return pending(shipped(), applied)


def apply(engine: Engine, migrations: Sequence[Migration]) -> None:
    """Each is written down when all of it is done: cut off in the middle, it is run again."""
    engine.run(APPLIED_TABLE)
    for migration in migrations:
        for sql in migration.statements:
            engine.run(sql)
        engine.insert("schema_migrations", {"name": [migration.name], "checksum": [migration.checksum]})


def keep_for(engine: Engine, days: int) -> None:
    """Texts expire after so many days, 0 for never. A change rewrites what is stored, in the background."""
    if get_setting(engine, _RETENTION) == str(days):
        return
    for table in _EXPIRING:
        change = f"MODIFY TTL stored_at + toIntervalDay({days:d})" if days else "REMOVE TTL"
        engine.run(f"ALTER TABLE {table} {change}")
    set_setting(engine, _RETENTION, str(days))
