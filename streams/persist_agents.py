"""Persist's application: a group of its own, so that nothing else waits for the store.

[enriched] ────────┐
[incidents] ───────┼──▶ store
[notifications] ───┤
[dead-letters] ────┘
"""

from __future__ import annotations

from functools import cache
from typing import Any

import faust

from streams import topics
from streams.app import consume, new_app, raw_topic
from streams.outlet import KafkaOutlet
from streams.parts import Parts
from streams.persist_stage import PersistStage
from streams.snapshots import TopicReader
from streams.store.base import Store
from streams.topics import Topic


def persist_app(parts: Parts, store: Store) -> faust.App:
    """The agents, wired to an open store whose schema was checked.

    Raises:
        UnavailableError: the broker or a topic is not there.
        StoreError: the calendar cannot be written.
    """
    settings = parts.settings
    topics.counts(settings)
    store.set_calendar(parts.watches.planned)
    app = new_app(settings, f"{settings.group}-persist")
    reader = TopicReader(settings)
    stage = PersistStage(
        store,
        KafkaOutlet(settings),
        settings,
        keep_unmatched=parts.watches.keep_unmatched,
        clock=parts.clock,
    )

    @app.agent(raw_topic(app, Topic.ENRICHED, settings), name="persist-enriched")
    async def enriched(stream: Any) -> None:
        await consume(stream, "persist", stage.enriched, reader, within_s=settings.persist_s)

    @app.agent(raw_topic(app, Topic.INCIDENTS, settings), name="persist-incidents")
    async def incidents(stream: Any) -> None:
        await consume(stream, "persist", stage.incidents, reader, within_s=settings.persist_s)

    @app.agent(raw_topic(app, Topic.NOTIFICATIONS, settings), name="persist-notifications")
    async def notifications(stream: Any) -> None:
        await consume(stream, "persist", stage.notifications, reader, within_s=settings.persist_s)

    @app.agent(raw_topic(app, Topic.DEAD_LETTERS, settings), name="persist-dead-letters")
    async def dead_letters(stream: Any) -> None:
        await consume(stream, "persist", stage.dead_letters, reader, within_s=settings.persist_s)

    return app


@cache
def _app() -> faust.App:
    """Of the environment. Faust asks for it more than once, and its metrics can be declared only once."""
    parts = Parts.from_environment()
    return persist_app(parts, parts.store())


def __getattr__(name: str) -> faust.App:
    """`app` for `faust -A streams.persist_agents`, with the store of the environment."""
    if name != "app":
        raise AttributeError(name)
    return _app()
