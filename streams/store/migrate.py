"""Numbered migrations and the views: which are shipped, which were applied, what is to be done.

A table's migration is applied once and never edited; its checksum is remembered and a difference is
refused. A view is replaced as a whole whenever its text differs from the one that was applied.
Every statement may be repeated, so that a migration cut off in the middle is simply run again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from streams.store.errors import MigrationChanged, SchemaOutdated

APPLIED_TABLE: Final = """
CREATE TABLE IF NOT EXISTS schema_migrations
(
    name       String,
    checksum   String,
    applied_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree
ORDER BY name
"""
_COMMENT = re.compile(r"--[^\n]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """`name` is the file's stem in its folder: `migrations/0001_mentions`, `views/20_volume_hourly`."""

    name: str
    sql: str

    @property
    def is_view(self) -> bool:
        return self.name.startswith("views/")

    @property
    def checksum(self) -> str:
        """Of the statements: an edited comment is no change."""
        return hashlib.sha256(" ".join(_COMMENT.sub("", self.sql).split()).encode()).hexdigest()[:32]

    @property
    def statements(self) -> tuple[str, ...]:
        """A statement ends with a semicolon at the end of a line; no literal of ours has one."""
        bare = _COMMENT.sub("", self.sql)
        return tuple(statement.strip() for statement in bare.split(";") if statement.strip())


def shipped() -> list[Migration]:
    """Tables first, then views, in the order in which they are applied."""
    here = resources.files("streams.store")
    return [*_read(here, "migrations"), *_read(here, "views")]


def _read(here: Traversable, folder: str) -> Iterator[Migration]:
    files = (file for file in here.joinpath(folder).iterdir() if file.name.endswith(".sql"))
    for file in sorted(files, key=lambda file: file.name):
        stem = file.name.removesuffix(".sql")
        yield Migration(name=f"{folder}/{stem}", sql=file.read_text(encoding="utf-8"))


def pending(migrations: Sequence[Migration], applied: Mapping[str, str]) -> list[Migration]:
    """What is to be done, `applied` being name -> checksum of what this store has.

    Raises:
        MigrationChanged: the shipped text of an applied table migration is not the one that was applied.
        SchemaOutdated: the store has a table migration that we do not: a newer Vigie wrote it.
    """
    known = {migration.name for migration in migrations}
    newer = sorted(name for name in applied if name.startswith("migrations/") and name not in known)
    if newer:
        raise SchemaOutdated(f"this store was written by a newer Vigie (it has {newer[-1]}): update Vigie")
    todo = []
    for migration in migrations:
        checksum = applied.get(migration.name)
        if checksum == migration.checksum:
            continue
        if checksum is not None and not migration.is_view:
            raise MigrationChanged(
                f"{migration.name} was applied to this store with other statements: an applied migration is "
                "never edited; restore the file and add a new one"
            )
        todo.append(migration)
    return todo


def refuse_pending(todo: Sequence[Migration], url: str) -> None:
    """Raises SchemaOutdated where there is something to do."""
    if todo:
        names = ", ".join(migration.name for migration in todo[:3]) + (", ..." if len(todo) > 3 else "")
        raise SchemaOutdated(
            f"the store's schema is not up to date ({names}): run vigie migrate --store {url}"
        )
