"""The main application: the steps between the topics, one agent an arrow.

    [mentions] ──▶ enrich ──▶ [enriched] ──▶ tally ──▶ [tallies] ──▶ detect ──▶ [incidents]

`vigie worker` runs it; so does plain `faust -A streams.agents worker --without-web`, with everything
set by `VIGIE_...`. Persist and notify are applications with groups of their own:
`streams.persist_agents`, `streams.notify_agents`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import faust

from streams import topics
from streams.app import consume, new_app, raw_topic
from streams.detect_stage import DetectStage
from streams.outlet import KafkaOutlet
from streams.parts import Parts
from streams.snapshots import Snapshots, TopicReader
from streams.stages import EnrichStage, TallyStage
from streams.topics import Topic


def main_app(parts: Parts) -> faust.App:
    """The agents, wired.

    Raises:
        UnavailableError: the broker or a topic is not there; checked here, since Faust would wait
            for it for ever without a word.
    """
    settings, watches, clock = parts.settings, parts.watches, parts.clock
    counts = topics.counts(settings)
    app = new_app(settings, settings.group)
    outlet = KafkaOutlet(settings)
    reader = TopicReader(settings)
    enricher = parts.enricher()

    enriching = EnrichStage(
        enricher, parts.pseudonymiser, outlet, settings, keep_unmatched=watches.keep_unmatched, clock=clock
    )
    tallying = TallyStage(outlet, settings, partitions=counts[Topic.TALLIES], clock=clock)
    detecting = DetectStage(
        watches, enricher.models, outlet, Snapshots(reader, outlet), reader, settings,
        partitions=counts[Topic.TALLIES], clock=clock,
    )  # fmt: skip

    @app.agent(raw_topic(app, Topic.MENTIONS, settings), name="enrich")
    async def enrich(stream: Any) -> None:
        await consume(stream, "enrich", enriching.take, reader)

    @app.agent(raw_topic(app, Topic.ENRICHED, settings), name="tally")
    async def tally(stream: Any) -> None:
        await consume(stream, "tally", tallying.take, reader)

    @app.agent(raw_topic(app, Topic.TALLIES, settings), name="detect")
    async def detect(stream: Any) -> None:
        await consume(stream, "detect", detecting.take, reader)

    @app.on_partitions_assigned.connect(weak=False)
    async def on_assigned(_: Any, assigned: Any, **_kwargs: Any) -> None:
        name = topics.name_of(Topic.TALLIES, settings)
        detecting.keep(tp.partition for tp in assigned if tp.topic == name)

    return app


@cache
def _app() -> faust.App:
    """Of the environment. Faust asks for it more than once, and its metrics can be declared only once."""
    return main_app(Parts.from_environment())


def __getattr__(name: str) -> faust.App:
    """`app` for `faust -A streams.agents`, built from the environment when it is asked for."""
    if name != "app":
        raise AttributeError(name)
    return _app()
