"""Records that never were, for the tests of the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.mention import Engagement, Mention, Retraction
from models.spike import Sensitivity
from streams.records import (
    Enriched,
    Evidence,
    Incident,
    IncidentEvent,
    IncidentState,
    Mark,
    Reason,
    Severity,
    ShadowIncident,
    Signal,
    Verdict,
    WatchHit,
)

T0 = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
STORED = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
AUTHOR = "~" + "a1" * 16
OTHER_AUTHOR = "~" + "b2" * 16


def minutes(count: float) -> datetime:
    return T0 + timedelta(minutes=count)


def mention(number: int = 1, **changes: Any) -> Mention:
    at = changes.pop("at", minutes(number))
    return replace(
        Mention(
            platform="x",
            native_id=str(number),
            text=f"post {number}",
            created_at=at,
            observed_at=at,
            counted_at=at,
            author_id=AUTHOR,
        ),
        **changes,
    )


def enriched(number: int = 1, **changes: Any) -> Enriched:
    """Changes that the enriched record does not know are the mention's."""
    own = {name: changes.pop(name) for name in tuple(changes) if name in Enriched.__dataclass_fields__}
    record = Enriched(
        mention=mention(number, **changes),
        lang="fr",
        sentiment="negative",
        sentiment_score=-0.5,
        sentiment_unsure=False,
        misinformation=False,
        misinformation_score=0.0,
        misinformation_reasons=(),
        signature=(1, 2**64 - 1),
        narrative="n1",
        hashtags=(),
        domains=(),
        hits=(WatchHit(watch="flood"),),
        models="m1",
    )
    return replace(record, **own)


def full(number: int = 7) -> Enriched:
    """One with something in every field, and with what breaks careless formats."""
    return enriched(
        number,
        text='l\'eau « monte » \\ "vite"\t\n\0 😱 ; DROP TABLE mentions_raw',
        kind="quote",
        url="https://example.org/é?a=1&b='2'",
        author_handle=OTHER_AUTHOR,
        author_followers=2**53,
        author_verified=True,
        parent_id="p'1",
        repost_of="r1",
        engagement=Engagement(likes=0, reposts=2, replies=None),
        edited_at=minutes(99),
        media=("https://example.org/1.jpg",),
        late=True,
        sentiment_unsure=True,
        misinformation=True,
        misinformation_score=0.75,
        misinformation_reasons=(
            Reason(kind="phrase", value="le barrage a cédé"),
            Reason(kind="claim", id="dam-1", answer="non"),
            Reason(kind="classifier"),
        ),
        hashtags=("crue", "34"),
        domains=("example.org",),
        hits=(
            WatchHit(watch="flood", urgent=("rupture de digue", "l'eau monte"), vip=True),
            WatchHit(watch="school", urgent=("rupture de digue",), misinformation=True),
        ),
    )


def incident(number: int = 1, revision: int = 1, **changes: Any) -> Incident:
    event = (
        IncidentEvent.OPENED
        if revision == 1
        else IncidentEvent.RESOLVED
        if changes.get("state") is IncidentState.RESOLVED
        else IncidentEvent.UPDATED
    )
    record = Incident(
        id=f"i{number}",
        watch="flood",
        signal=Signal.VOLUME,
        event=event,
        revision=revision,
        state=IncidentState.OPEN,
        severity=Severity.WARNING,
        opened_at=minutes(number),
        updated_at=minutes(number + 5 * revision),
        resolved_at=None,
        observed=40.0 + revision,
        expected=10.1,
        limit=21.7,
        summary="l'eau : 41 mentions\nau lieu de 10",
        evidence=Evidence(
            since_at=minutes(number),
            window_s=3600,
            mentions=41,
            originals=30,
            reposts=11,
            near_duplicate_share=0.1,
            authors=12,
            narratives=(("n1", 20), ("n'2", 3)),
            posts=("x:1",),
        ),
        config_hash="c0ffee",
        model_versions="m1",
    )
    return replace(record, **changes)


def gone(number: int = 1) -> Retraction:
    return Retraction(platform="x", native_id=str(number), observed_at=minutes(500))


def account_gone(author: str = AUTHOR) -> Retraction:
    return Retraction(platform="x", author_id=author, observed_at=minutes(500))


def shadow(**changes: Any) -> ShadowIncident:
    told = incident(**changes)
    return ShadowIncident(sensitivity=Sensitivity.MORE, incident=replace(told, id=f"{told.id}-shadow-more"))


def mark(**changes: Any) -> Mark:
    return replace(
        Mark(
            incident="i1",
            at=T0,
            verdict=Verdict.TRUE,
            why="houses were flooded",
            by="duty",
            began_at=T0 - timedelta(hours=1),
        ),
        **changes,
    )
