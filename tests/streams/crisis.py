"""A small crisis in a store: four days of a watch, an incident, a gap, who was told, and a hostile post."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from connectors.mention import Gap
from streams.records import (
    Evidence,
    Expectation,
    Incident,
    IncidentEvent,
    IncidentState,
    Notification,
    Planned,
    Reason,
    Severity,
    WatchHit,
)
from streams.store.base import Store
from tests.streams.store.examples import enriched, gone, incident

START: Final = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
OPENED: Final = START + timedelta(hours=50)
RESOLVED: Final = OPENED + timedelta(hours=10)
INCIDENT: Final = "flood-volume-20260304T0200Z"
WORD: Final = "w" * 100_000
# What would end a tag, run, load, turn the line around, or break a page's width.
HOSTILE: Final = (
    "</p></bdi><script>document.title='owned'</script><img src=x onerror=alert(1)>"
    f"\u202egnp.exe\u202c \x1b[31m \u2066x\u2069 &lt;b&gt; {WORD}"
)


def fill(store: Store) -> None:
    store.migrate()
    number = 0
    mentions = []
    for hour in range(96):
        at = START + timedelta(hours=hour)
        busy = OPENED <= at < RESOLVED
        for _ in range(30 if busy else 3):
            number += 1
            mentions.append(
                enriched(
                    number,
                    at=at + timedelta(minutes=number % 60),
                    text=f"The river is over the bank at gate {number % 5 if busy else number}",
                    url=f"https://posts.example/{number}",
                    author_id=f"~{number % 40:032x}",
                    kind="repost" if busy and number % 3 == 0 else "post",
                    sentiment="negative" if busy else "neutral",
                    narrative=f"n{number % 5}" if busy else f"calm{number}",
                    misinformation=busy and number % 10 == 0,
                    misinformation_reasons=(Reason(kind="phrase", value="dam"),) if number % 10 == 0 else (),
                    hits=(WatchHit(watch="flood"),),
                    hashtags=("flood",),
                    domains=("posts.example",),
                )
            )
    mentions += [
        enriched(9_001, at=OPENED, text=HOSTILE, url="javascript:alert(1)", hits=(WatchHit(watch="flood"),)),
        enriched(9_002, at=OPENED, text="=cmd|' /C calc'!A0", hits=(WatchHit(watch="flood"),)),
        enriched(9_003, at=OPENED, text="gone since", hits=(WatchHit(watch="flood"),)),
    ]
    store.insert_mentions(mentions, {})
    store.retract([gone(9_003)])
    store.insert_expectations(
        [
            Expectation(watch="flood", hour=START + timedelta(hours=hour), expected=3.2, limit=11.0)
            for hour in range(24, 96)
        ]
    )
    store.insert_incidents(states())
    store.insert_gaps(
        [
            Gap(
                connector="bluesky",
                platform="bluesky",
                from_at=OPENED + timedelta(minutes=15 * part),
                until_at=OPENED + timedelta(minutes=15 * (part + 1)),
                reason="connection lost <b>",
            )
            for part in range(4)
        ]
    )
    race = Planned(
        name="Sailing <race>",
        from_at=OPENED - timedelta(hours=20),
        until_at=OPENED - timedelta(hours=14),
        watches=("flood",),
        expect=2.5,
    )
    elsewhere = replace(race, name="school fair", watches=("school",))
    long_ago = replace(
        race, name="long ago", from_at=START - timedelta(days=99), until_at=START - timedelta(days=98)
    )
    store.set_calendar([race, elsewhere, long_ago])
    store.insert_notifications(
        [
            Notification(
                incident=INCIDENT,
                channel="duty",
                event=event,
                revision=revision,
                at=OPENED + timedelta(hours=hour),
                outcome=outcome,
                detail=detail,
            )
            for event, revision, hour, outcome, detail in (
                ("opened", 1, 0, "retry", "421 <try later>"),
                ("opened", 1, 1, "delivered", ""),
                ("resolved", 3, 10, "delivered", ""),
            )
        ]
    )


def states() -> list[Incident]:
    evidence = Evidence(
        since_at=OPENED,
        window_s=3_600,
        mentions=300,
        originals=200,
        reposts=100,
        near_duplicate_share=0.5,
        authors=40,
        posts=("x:9001", "x:9002", "x:9003"),
        signs=("volume", "negative"),
        reasons=("size:+3", "anger:+1"),
    )
    first = incident(
        1, 1, id=INCIDENT, opened_at=OPENED, updated_at=OPENED, observed=30.0, expected=3.2, limit=11.0,
        evidence=replace(evidence, mentions=30, posts=("x:160",)),
    )  # fmt: skip
    worse = replace(
        first, event=IncidentEvent.UPDATED, revision=2, severity=Severity.CRITICAL, observed=1_234.0,
        updated_at=OPENED + timedelta(hours=5), evidence=evidence,
    )  # fmt: skip
    over = replace(
        worse, event=IncidentEvent.RESOLVED, revision=3, state=IncidentState.RESOLVED, observed=3.0,
        updated_at=RESOLVED, resolved_at=RESOLVED,
    )  # fmt: skip
    return [first, worse, over]
