"""Three days with quiet nights are one crisis, its tail opens nothing, two a day apart are two."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from connectors.mention import Tick
from streams.detect import Detection
from streams.records import Incident, IncidentEvent, Tally
from streams.watches_file import parse_watches

START = datetime(2026, 3, 2, tzinfo=UTC)
WATCHES = parse_watches("version: 1\ntimezone: UTC\nlanguage: en\nwatches: [{name: flood, query: flood}]")


def told(days: int, times_usual: Callable[[float], float], *, seed: int) -> list[Incident]:
    """Every state of every incident of `days` whose rate is `times_usual` (of hours since the start)."""
    draw = random.Random(seed)
    detection = Detection(WATCHES, models="none")
    states: list[Incident] = []
    number = 0
    for step in range(days * 288):
        hour = step / 12
        at = START + timedelta(minutes=5 * step)
        usual = 20 if 7 <= at.hour < 23 else 5
        count = sum(draw.random() < usual / 12 * times_usual(hour) / 60 for _ in range(60))
        ids = tuple(f"x:{number + each}" for each in range(count))
        number += count
        if ids:
            detection.add(
                Tally(
                    watch="flood",
                    ids=ids,
                    counted_ms=(int(at.timestamp() * 1000),) * count,
                    versions_ms=(0,) * count,
                    flags=(0,) * count,
                    authors=tuple(draw.randrange(1, 10**9) for _ in ids),
                    langs=("en",) * count,
                    signatures=((),) * count,
                    urgent=((),) * count,
                )
            )
        detection.tick(Tick(source="test", at=at + timedelta(minutes=5), begun_at=START))
        states += [incident for outcome in detection.decide() for incident in outcome.incidents]
    return states


def opened(states: list[Incident], from_day: float) -> list[Incident]:
    """Incidents that opened once everything was learnt, ordinary false alarms of the first days aside."""
    since = START + timedelta(days=from_day)
    return [each for each in states if each.event is IncidentEvent.OPENED and each.opened_at >= since]


def test_three_days_with_quiet_nights_are_one_incident_and_the_tail_opens_nothing() -> None:
    def rate(hour: float) -> float:
        since = hour - 14 * 24 - 9
        if since < 0:
            return 1.0
        day, of_day = divmod(since, 24)
        if day < 3:
            return 8.0 if of_day < 13 else 1.0
        return 1.0 + max(0.0, 1.2 - (since - 72) / 24)

    states = told(21, rate, seed=4)
    found = opened(states, 13.5)
    assert len(found) == 1, [each.id for each in found]
    assert found[0].opened_at <= START + timedelta(days=14, hours=9, minutes=30)
    last = [each for each in states if each.id == found[0].id][-1]
    assert last.event is IncidentEvent.RESOLVED
    assert last.resolved_at is not None
    assert last.resolved_at >= START + timedelta(days=16, hours=22)


def test_two_crises_a_day_apart_are_two() -> None:
    def rate(hour: float) -> float:
        since = hour - 14 * 24 - 10
        return 10.0 if 0 <= since < 2 or 24 <= since < 26 else 1.0

    found = opened(told(17, rate, seed=5), 13.5)
    assert len(found) == 2, [each.id for each in found]


def test_what_goes_on_is_told_seldom() -> None:
    def rate(hour: float) -> float:
        return 6.0 if 14 * 24 + 8 <= hour < 16 * 24 else 1.0

    states = told(17, rate, seed=6)
    (crisis,) = opened(states, 13.5)
    updates = [each for each in states if each.id == crisis.id and each.event is IncidentEvent.UPDATED]
    assert len(updates) <= 8, [each.summary for each in updates]
