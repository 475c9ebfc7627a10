"""Is an installation well? One sentence a part, for a probe and for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from streams import topics
from streams.endpoint.client import Asker
from streams.errors import VigieError
from streams.lag import groups, lags
from streams.settings import Settings
from streams.store.errors import StoreError


@dataclass(frozen=True, slots=True)
class Finding:
    part: str
    well: bool
    sentence: str


def examine(
    settings: Settings,
    asking: Callable[[], AbstractContextManager[Asker]] | None,
    *,
    most_behind: int | None = None,
) -> Iterator[Finding]:
    """Broker, topics, groups, lag, and the store where one is named. Stops at a broker that is away."""
    if settings.kafka is not None:
        try:
            counts = topics.counts(settings)
        except VigieError as error:
            yield Finding("broker", well=False, sentence=str(error))
        else:
            yield Finding("broker", well=True, sentence=f"answers, and has all {len(counts)} topics")
            yield from _groups(settings, most_behind)
    if asking is not None:
        yield _store(asking)


def _groups(settings: Settings, most_behind: int | None) -> Iterator[Finding]:
    try:
        found, behind = groups(settings), lags(settings)
    except VigieError as error:
        yield Finding("groups", well=False, sentence=str(error))
        return
    for group in found:
        lag = sum(each.behind for each in behind if each.group == group.name)
        well = group.members > 0 and (most_behind is None or lag <= most_behind)
        members = f"{group.members} members, " if group.members else "no worker runs, "
        yield Finding(f"group {group.name}", well=well, sentence=f"{members}{lag:,} messages behind")


def _store(asking: Callable[[], AbstractContextManager[Asker]]) -> Finding:
    try:
        with asking() as asker:
            asker.select("SELECT count() FROM incidents")
    except StoreError as error:
        return Finding("store", well=False, sentence=str(error))
    return Finding("store", well=True, sentence="answers, and its schema is up to date")
