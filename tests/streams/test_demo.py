"""The scenario, held to its truth: what must be told is told in time, and nobody is woken for the rest.

No store: the same edge, enrichment, tallies and detection as `vigie demo`, which is what decides.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import pytest

from connectors.mention import Gap, Mention
from connectors.simulated import SOURCE, Planted, PlantedKind, Scenario
from streams.demo import ALLOWED_DELAY
from streams.detect import Detection
from streams.edge import Edge
from streams.enrich import build_enricher
from streams.pseudonym import Pseudonymiser
from streams.records import STEP_S, Incident, IncidentEvent, Severity, Signal
from streams.tally import tally
from streams.watches_file import parse_watches

KEY: Final = b"a key for the tests of the demo"


def told(scenario: Scenario) -> Iterator[Incident]:
    """Every state of every incident, in the order in which it is decided."""
    watches = parse_watches(scenario.watches_yaml("en"))
    pseudonymiser = Pseudonymiser(KEY)
    enricher = build_enricher(watches, pseudonymiser)
    detection = Detection(watches, models=enricher.models)
    edge = Edge(SOURCE, pseudonymiser, 120)
    for page in scenario.pages():
        mentions = []
        for item in page.items:
            if isinstance(item, Gap):
                detection.gap(item)
            else:
                admitted = edge.admit(item)
                if isinstance(admitted, Mention):
                    mentions.append(admitted)
        if page.covers is not None:
            edge.advance(page.covers[1])
        for each in tally([enriched for enriched in enricher.enrich(mentions) if enriched is not None]):
            detection.add(each)
        tick = edge.tick()
        if tick is not None:
            detection.tick(tick)
        for outcome in detection.decide():
            yield from outcome.incidents
    final = edge.final_tick(STEP_S)
    assert final is not None
    detection.tick(final)
    for outcome in detection.decide():
        yield from outcome.incidents


@dataclass(frozen=True, slots=True)
class Played:
    """What one play showed: sentences of what is wrong, and how many pages there were."""

    name: str
    wrong: tuple[str, ...]
    pages: int


def play(seed: int, flood_scale: float) -> Played:
    scenario = Scenario(seed=seed, flood_scale=flood_scale)
    states = [state for state in told(scenario) if state.signal is not Signal.VIP]
    wrong = [sentence for planted in scenario.truth() for sentence in judged(planted, states)]
    opened = [state for state in states if state.event is IncidentEvent.OPENED]
    return Played(f"seed {seed}, flood x{flood_scale:g}", tuple(wrong), len(opened))


def judged(planted: Planted, states: list[Incident]) -> Iterator[str]:
    """What is wrong with how this was told, if anything."""
    if planted.is_crisis:
        limit = ALLOWED_DELAY[planted.kind]
        in_time = [
            state
            for state in states
            if state.watch == planted.watch
            and state.event is not IncidentEvent.RESOLVED
            and timedelta() <= state.updated_at - planted.starts_at <= limit
        ]
        if not in_time:
            yield f"{planted.kind} at {planted.starts_at:%d %b %H:%M} was not told within {limit}"
        return
    for state in states:
        if (
            state.event is IncidentEvent.OPENED
            and state.severity is not Severity.INFO
            and planted.watch in {None, state.watch}
            and planted.starts_at <= state.opened_at <= planted.ends_at
        ):
            yield f"{planted.kind} woke somebody: {state.id}: {state.summary}"


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_any_seed_and_any_size_of_the_flood() -> None:
    """Three plays every time; with VIGIE_SOAK_SEEDS=10 (`make soak`) ten more, of seeds drawn anew."""
    plays = [(3, 1.0), (11, 1.0), (12, 0.5)]
    drawn = int(os.environ.get("VIGIE_SOAK_SEEDS", "0"))
    if drawn:
        seeds = [random.SystemRandom().randrange(10_000) for _ in range(drawn)]
        print("seeds", *seeds, file=sys.stderr)
        plays += [(seed, 1.0) for seed in seeds] + [(seeds[0], 0.5), (seeds[0], 2.0)]
    with ProcessPoolExecutor(max_workers=2) as pool:
        results = list(pool.map(play, *zip(*plays, strict=True)))
    wrong = [f"{result.name}: {sentence}" for result in results for sentence in result.wrong]
    assert not wrong, "\n".join(wrong)


def test_the_truth_has_each_kind_once() -> None:
    kinds = [planted.kind for planted in Scenario(seed=3).truth()]
    assert sorted(kinds) == sorted(PlantedKind)
