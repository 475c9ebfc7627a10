"""Live in one process: what was heard is not lost over a new watches file, or over the end of a process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from connectors.cursor import MemoryCursors
from connectors.mention import Mention, Page
from streams.enrich import build_enricher
from streams.live import Live, Offered
from streams.outbox import StoreOutbox
from streams.pipeline import Pipeline
from streams.pseudonym import Pseudonymiser
from streams.records import Incident
from streams.settings import Settings
from streams.store.base import Store
from streams.store.open import open_store
from streams.watches import Watches
from streams.watches_file import parse_watches
from tests.servers.timewarp import StillClock

pytest.importorskip("chdb", reason="the embedded store needs chDB: pip install 'vigie[embedded]'")

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
FLOOD = "{name: flood, query: digue, urgent: [rupture de digue]}"
FIRE = "{name: fire, query: incendie, urgent: [incendie au lycée]}"


class Source:
    """A connector's name: its pages are handed in by the test."""

    name = platform = "forum"
    advice: ClassVar[Mapping[int, str]] = {}

    async def fetch(self, cursor: str | None) -> Page:
        raise NotImplementedError

    async def close(self) -> None: ...


def watches(*listed: str) -> Watches:
    return parse_watches(f"version: 1\nwatches: [{', '.join(listed)}]\n")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"chdb://{tmp_path / 'store'}", create=True)
    opened.migrate()
    yield opened
    opened.close()


def live_of(store: Store, config: Watches, at: datetime | None = None) -> Live:
    secret = Pseudonymiser(b"0123456789abcdef0123456789abcdef")

    def make(config: Watches) -> Pipeline:
        return Pipeline(
            config,
            store,
            build_enricher(config, secret),
            Settings(),
            Offered(StoreOutbox(store)),
            clock=lambda: at or datetime.now(UTC),
        )

    return Live(make, config, secret, Settings().lateness_s, MemoryCursors(), StillClock())


def page(minute: float, *texts: str) -> Page:
    """What was posted at that minute, and nothing until half a minute later."""
    at = START + timedelta(minutes=minute)
    mentions = tuple(
        Mention(
            platform="forum",
            native_id=f"{minute}-{number}",
            text=text,
            created_at=at,
            observed_at=at,
            counted_at=at,
            author_id=f"a{number}",
        )
        for number, text in enumerate(texts)
    )
    return Page(items=mentions, covers=(at - timedelta(seconds=30), at + timedelta(seconds=30)))


def hashes(store: Store) -> dict[str, str]:
    """Of each watch the configuration that its first incident was opened under."""
    found: dict[str, str] = {}
    for incident in store.incidents():
        assert isinstance(incident, Incident)
        found.setdefault(incident.watch, incident.config_hash)
    return found


def play(store: Store, body: Callable[[Live], Awaitable[None]]) -> None:
    async def main() -> None:
        live = live_of(store, watches(FLOOD))
        await body(live)
        await live.close()

    asyncio.run(main())


def test_the_configuration_stands_on_each_incident_and_a_new_watch_is_heard(store: Store) -> None:
    before, after = watches(FLOOD), watches(FLOOD, FIRE)

    async def body(live: Live) -> None:
        await live.deliver(Source(), page(0, "bonjour"))
        await live.deliver(Source(), page(20, "rupture de digue à Pont", "incendie au lycée"))
        await live.deliver(Source(), page(40))
        assert hashes(store) == {"flood": before.config_hash}
        await live.reload(after)
        await live.deliver(Source(), page(60, "incendie au lycée", "un incendie"))
        await live.deliver(Source(), page(80))

    play(store, body)
    assert before.config_hash != after.config_hash
    assert hashes(store)["fire"] == after.config_hash
    assert {incident.watch for incident in store.incidents()} == {"flood", "fire"}


def test_what_was_heard_and_not_yet_decided_is_decided_after_a_reload(store: Store) -> None:
    async def body(live: Live) -> None:
        await live.deliver(Source(), page(0, "bonjour"))
        await live.deliver(Source(), page(20, "la digue"))
        await live.deliver(Source(), page(40, "rupture de digue à Pont"))
        await live.reload(watches(FLOOD, FIRE))
        await live.deliver(Source(), page(60))

    play(store, body)
    assert {incident.watch for incident in store.incidents()} == {"flood"}


def test_a_process_that_goes_on_decides_what_the_one_before_had_heard(store: Store) -> None:
    async def killed(live: Live) -> None:
        await live.deliver(Source(), page(0, "bonjour"))
        await live.deliver(Source(), page(20, "la digue"))
        live._pipeline.checkpoint()
        await live.deliver(Source(), page(40, "rupture de digue à Pont"))

    async def next_one(live: Live) -> None:
        # Its connector resumes after what was stored.
        await live.deliver(Source(), page(41))
        await live.deliver(Source(), page(60))

    async def first() -> None:
        # No checkpoint at its end: as after a kill.
        await killed(live_of(store, watches(FLOOD)))

    asyncio.run(first())
    play(store, next_one)
    (incident,) = store.incidents()
    assert incident.watch == "flood"
    assert incident.evidence.gap_s == 0


@pytest.mark.parametrize("minute", [2, 6])
def test_what_a_first_process_left_that_had_decided_nothing_is_decided(store: Store, minute: int) -> None:
    async def first() -> None:
        live = live_of(store, watches(FLOOD))
        await live.deliver(Source(), page(1, "rupture de digue à Pont"))
        await live.deliver(Source(), page(minute, "la digue"))
        await live.close()
        assert store.states(["flood"]) == {}

    async def next_one() -> None:
        live = live_of(store, watches(FLOOD), START + timedelta(minutes=minute + 1))
        await live.deliver(Source(), page(minute + 1))
        await live.deliver(Source(), page(minute + 13))
        await live.close()

    asyncio.run(first())
    asyncio.run(next_one())
    (incident,) = store.incidents()
    assert (incident.signal, incident.evidence.gap_s) == ("urgent", 0)
    assert "forum:1-0" in incident.evidence.posts
