"""A small store with a crisis in it: every panel that must show something finds it here.

Two days: an ordinary day, then a flood from 14:00 on with a rumour in it, ten minutes that nobody heard,
somebody who was told, something that could not be read, and posts that are hostile.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from connectors.mention import Engagement, Gap
from streams.records import (
    DeadLetter,
    Decision,
    Enriched,
    Expectation,
    IncidentState,
    Notification,
    Planned,
    Reason,
    Severity,
    Signal,
    WatchHit,
)
from streams.store.base import Store
from tests.streams.store.examples import enriched, incident

START: Final = datetime(2026, 3, 2, tzinfo=UTC)
FLOOD: Final = START + timedelta(days=1, hours=14)
END: Final = START + timedelta(days=1, hours=18)
WATCHES: Final = ("flood", "school")
HOSTILE: Final = "<script>alert(1)</script> \u202egnp.exe\u202c \x1b[31mred\x00 " + "w" * 100_000


def fill(store: Store) -> None:
    store.insert_mentions([*_talk(), *_flood(), *_rumour(), *_outside()], {})
    store.insert_expectations(
        [
            Expectation(watch=watch, hour=START + timedelta(hours=hour), expected=1.5, limit=6.0)
            for watch in WATCHES
            for hour in range(43)
        ]
    )
    store.insert_incidents(
        [
            incident(1, opened_at=FLOOD, updated_at=FLOOD, severity=Severity.WARNING),
            incident(
                1, 2, opened_at=FLOOD, updated_at=FLOOD + timedelta(hours=1), severity=Severity.CRITICAL
            ),
            incident(2, watch="school", opened_at=START, updated_at=START),
            incident(
                2,
                2,
                watch="school",
                opened_at=START,
                updated_at=START + timedelta(hours=2),
                state=IncidentState.RESOLVED,
                resolved_at=START + timedelta(hours=2),
            ),
        ]
    )
    gap = FLOOD + timedelta(hours=2)
    store.insert_gaps(
        [
            Gap(
                connector=name,
                platform=name,
                from_at=gap,
                until_at=gap + timedelta(minutes=10),
                reason="lost",
            )
            for name in ("mastodon", "bluesky")
        ]
    )
    store.set_calendar(
        [
            _planned("open day", START + timedelta(hours=30), ()),
            _planned("sailing race", END - timedelta(hours=2), ("flood",)),
            _planned("school fair", START + timedelta(hours=8), ("school",)),
            _planned("outside", END + timedelta(days=7), ()),
        ]
    )
    store.insert_decisions(
        [
            Decision(
                watch="flood", signal=Signal.VOLUME, at=FLOOD, verdict="open", reason="rise", incident="i1"
            )
        ]
    )
    store.insert_dead_letters(
        [DeadLetter(at=FLOOD, origin="mentions", position="0:17", reason="no JSON", raw=b"\xff{")]
    )
    store.insert_notifications([_told("delivered", 1), _told("retry", 1), _told("failed", 2)])


def _planned(name: str, from_at: datetime, watches: tuple[str, ...]) -> Planned:
    return Planned(
        name=name, from_at=from_at, until_at=from_at + timedelta(hours=4), watches=watches, expect=3.0
    )


def _told(outcome: str, attempt: int) -> Notification:
    return Notification(
        incident="i1",
        channel="duty",
        event="opened",
        at=FLOOD + timedelta(minutes=attempt),
        outcome=outcome,
        detail="",
        revision=1,
        attempt=attempt,
    )


def _talk() -> Iterator[Enriched]:
    """One post an hour in each watch, all over the two days."""
    for hour in range(42):
        for number, watch in enumerate(WATCHES):
            yield _post(
                hour * 10 + number, START + timedelta(hours=hour, minutes=7), watch, sentiment="neutral"
            )


def _flood() -> Iterator[Enriched]:
    for number in range(120):
        at = FLOOD + timedelta(minutes=2 * number)
        repost = number % 3 == 0
        yield _post(
            1_000 + number,
            at,
            "flood",
            kind="repost" if repost else "post",
            platform=("x", "mastodon", "bluesky")[number % 3],
            text=HOSTILE if number == 1 else f"water {number}",
            url="javascript:alert(1)" if number == 1 else f"https://example.org/{number}",
            engagement=Engagement(likes=500 if number == 1 else number),
            hashtags=("flood",),
            domains=("example.org",),
            narrative=f"n{number % 5}",
        )


def _rumour() -> Iterator[Enriched]:
    for number in range(20):
        denied = number % 5 == 4
        yield _post(
            2_000 + number,
            FLOOD + timedelta(minutes=10 * number),
            "flood",
            text="the dam has burst",
            misinformation=not denied,
            misinformation_reasons=(
                Reason(kind="claim", id="dam"),
                *((Reason(kind="correction", value="false"),) if denied else ()),
            ),
            hits=(WatchHit(watch="flood", misinformation=not denied),),
        )


def _outside() -> Iterator[Enriched]:
    """What must never be seen: a week before and a week after."""
    for number, at in enumerate((START - timedelta(days=7), END + timedelta(days=7))):
        yield _post(3_000 + number, at, "flood", text="outside", hashtags=("outside",))


def _post(number: int, at: datetime, watch: str, **changes: object) -> Enriched:
    changes.setdefault("author_id", f"~{number % 40:032x}")
    changes.setdefault("hits", (WatchHit(watch=watch),))
    return enriched(number, at=at, **changes)
