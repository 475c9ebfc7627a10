"""The simulated weeks through the real pipeline: what `vigie demo` plays, and what the tests hold it to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from connectors.mention import Gap, Mention, Retraction
from connectors.simulated import SOURCE, Planted, PlantedKind, Scenario
from streams.edge import Edge
from streams.pipeline import Batch, Counts, Pipeline
from streams.pseudonym import Pseudonymiser
from streams.records import STEP_S, Incident, IncidentEvent, Severity, Signal

PAGES_TOGETHER: Final = 16
"""Four hours of data a batch: enough to be quick, little enough to watch."""


@dataclass(frozen=True, slots=True)
class Scene:
    """How far the play has come."""

    at: datetime
    counts: Counts


def play(scenario: Scenario, pipeline: Pipeline, pseudonymiser: Pseudonymiser) -> Iterator[Scene]:
    """Play every page, some hours at a time; when it ends, everything is decided and checkpointed."""
    edge = Edge(SOURCE, pseudonymiser, pipeline.settings.lateness_s)
    total = Counts()
    mentions: list[Mention] = []
    retractions: list[Retraction] = []
    gaps: list[Gap] = []
    for number, page in enumerate(scenario.pages(), start=1):
        for item in page.items:
            if isinstance(item, Gap):
                gaps.append(item)
                continue
            admitted = edge.admit(item)
            if isinstance(admitted, Mention):
                mentions.append(admitted)
            else:
                retractions.append(admitted)
        if page.covers is not None:
            edge.advance(page.covers[1])
        if number % PAGES_TOGETHER == 0:
            total += _feed(pipeline, edge, mentions, retractions, gaps)
            mentions, retractions, gaps = [], [], []
            assert edge.watermark is not None
            yield Scene(edge.watermark, total)
    total += _feed(pipeline, edge, mentions, retractions, gaps)
    final = edge.final_tick(STEP_S)
    assert final is not None
    total += pipeline.feed(Batch(ticks=[final]))
    pipeline.checkpoint()
    yield Scene(final.at, total)


def _feed(
    pipeline: Pipeline, edge: Edge, mentions: list[Mention], retractions: list[Retraction], gaps: list[Gap]
) -> Counts:
    tick = edge.tick()
    ticks = () if tick is None else (tick,)
    return pipeline.feed(Batch(mentions=mentions, retractions=retractions, gaps=gaps, ticks=ticks))


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of something that was planted: the first incident that speaks of it, if any."""

    planted: Planted
    incident: Incident | None
    told_at: datetime | None

    @property
    def delay(self) -> timedelta | None:
        return None if self.told_at is None else self.told_at - self.planted.starts_at


ALLOWED_DELAY: Final = {
    PlantedKind.FLOOD: timedelta(minutes=30),
    PlantedKind.RUMOUR: timedelta(minutes=30),
    PlantedKind.SLOW_BURN: timedelta(hours=18),
}
"""Within which the demo's crises are told at `balanced`: see docs/demo.md."""


def seen(planted: Planted, told: list[Incident]) -> Seen:
    """The first thing told of a planted event's watch while it lasted; `told` is every state, in order.

    A VIP's word is told whenever it comes and is no sign of a crisis. Of what is no crisis only that
    counts which wakes somebody: an incident that opens as a warning or worse.
    """
    for incident in told:
        if (
            planted.watch in (None, incident.watch)
            and incident.signal is not Signal.VIP
            and (
                incident.event is not IncidentEvent.RESOLVED
                if planted.is_crisis
                else incident.event is IncidentEvent.OPENED and incident.severity is not Severity.INFO
            )
            and planted.starts_at <= incident.updated_at <= planted.ends_at + timedelta(hours=1)
        ):
            return Seen(planted, incident, incident.updated_at)
    return Seen(planted, None, None)
