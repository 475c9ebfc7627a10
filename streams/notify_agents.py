"""Notify's application: a group of its own, beside the store and not behind it.

[incidents] ──▶ notify ──▶ pager, e-mail
                  └──▶ [notifications] ──▶ persist
"""

from __future__ import annotations

from functools import cache
from typing import Any

import faust

from streams import topics
from streams.app import consume, new_app, raw_topic
from streams.background import LookUp, no_background, when_there
from streams.desk import Desk
from streams.errors import UsageError
from streams.notifiers.build import build
from streams.notify import Switchboard
from streams.notify_stage import NotifyStage
from streams.outbox import Outbox
from streams.outlet import KafkaOutlet
from streams.parts import Parts
from streams.snapshots import TopicReader
from streams.store.open import open_store
from streams.topics import Topic


def notify_app(parts: Parts) -> faust.App:
    """The agent, wired.

    Raises:
        UnavailableError: the broker or a topic is not there.
        UsageError: there is nobody to tell, or a channel lacks its secret.
    """
    settings, watches = parts.settings, parts.watches
    if not watches.channels:
        raise UsageError(f"{settings.watches} has no channels: section, so there is nobody to tell")
    topics.counts(settings)
    build(watches.channels)
    app = new_app(settings, f"{settings.group}-notify")
    look_up = _look_up(settings.store)

    def switchboard(outbox: Outbox) -> Switchboard:
        return Switchboard(
            outbox, Desk.of(watches), build(watches.channels), clock=parts.clock, look_up=look_up
        )

    reader = TopicReader(settings)
    stage = NotifyStage(switchboard, KafkaOutlet(settings), reader, settings, clock=parts.clock)

    @app.agent(raw_topic(app, Topic.INCIDENTS, settings), name="notify")
    async def notify(stream: Any) -> None:
        await consume(stream, "notify", stage.take, reader)

    @app.on_partitions_assigned.connect(weak=False)
    async def on_assigned(_: Any, assigned: Any, **_kwargs: Any) -> None:
        if assigned:
            stage.begin()

    @app.on_partitions_revoked.connect(weak=False)
    async def on_revoked(_: Any, _revoked: Any, **_kwargs: Any) -> None:
        stage.leave()

    @app.on_before_shutdown.connect(weak=False)
    async def on_shutdown(_: Any, **_kwargs: Any) -> None:
        stage.leave()
        await stage.ended()

    return app


def _look_up(url: str | None) -> LookUp:
    """Charts and posts come from a server; an embedded store is open in persist's process alone."""
    if url is None or url.startswith("chdb:"):
        return no_background
    return when_there(lambda: open_store(url, create=False))


@cache
def _app() -> faust.App:
    """Of the environment. Faust asks for it more than once, and its metrics can be declared only once."""
    return notify_app(Parts.from_environment())


def __getattr__(name: str) -> faust.App:
    """`app` for `faust -A streams.notify_agents`."""
    if name != "app":
        raise AttributeError(name)
    return _app()
