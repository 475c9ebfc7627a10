"""Incidents and messages for the tests of telling people."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from streams.incidents.words import Tongue
from streams.notifiers.base import Background, Bar, Kind, Message, Post
from streams.records import Evidence, Incident, IncidentEvent, IncidentState, Severity, Signal

PARIS = ZoneInfo("Europe/Paris")
OPENED = datetime(2026, 3, 10, 13, 5, tzinfo=UTC)
ID = "crue-herault-volume-20260310T1305Z"

EVIDENCE = Evidence(
    since_at=OPENED - timedelta(minutes=55),
    window_s=3_600,
    mentions=2_140,
    originals=321,
    reposts=1_819,
    near_duplicate_share=0.78,
    authors=512,
    new_authors=256,
    top_authors_share=0.44,
    narratives=(("a1b2c3d4a1b2c3d4", 1_519),),
    top_narrative_authors=12,
    platforms=(("bluesky", 1_500), ("x", 640)),
    languages=(("fr", 2_000), ("en", 140)),
    negative_share=0.64,
    negative_share_usual=0.22,
    misinformation=85,
    posts=("bluesky:1", "x:2"),
    signs=("volume", "misinformation"),
    reasons=("size:+2", "speed:+1", "anger:+1", "signs:+1"),
)


def incident(
    event: str = "opened",
    revision: int = 1,
    *,
    severity: str = "critical",
    at: datetime = OPENED,
    id: str = ID,  # noqa: A002
    **changes: Any,
) -> Incident:
    over = event == "resolved"
    made = Incident(
        id=id,
        watch="crue-herault",
        signal=Signal.VOLUME,
        event=IncidentEvent(event),
        revision=revision,
        state=IncidentState.RESOLVED if over else IncidentState.OPEN,
        severity=Severity(severity),
        opened_at=OPENED,
        updated_at=at,
        resolved_at=at if over else None,
        observed=180.0 if over else 2_140.0,
        expected=190.0,
        limit=420.0,
        summary="",
        evidence=EVIDENCE,
        config_hash="c",
        model_versions="m",
    )
    return replace(made, **changes)


def life(severity: str = "critical", id: str = ID) -> list[Incident]:  # noqa: A002
    """Opened, updated half an hour later, resolved after two hours."""
    return [
        incident("opened", 1, severity=severity, id=id),
        incident("updated", 2, severity=severity, at=OPENED + timedelta(minutes=30), id=id),
        incident("resolved", 3, severity=severity, at=OPENED + timedelta(hours=2), id=id),
    ]


def background(*, text: str | None = None, url: str = "https://example.org/p/1") -> Background:
    bars = tuple(
        Bar(at=OPENED - timedelta(hours=23 - i), mentions=120 + 8 * i if i < 23 else 2_140, expected=190.0)
        for i in range(24)
    )
    return Background(bars=bars, posts=(Post(id="bluesky:1", url=url, text=text), Post(id="x:2")))


def message(
    told: Incident | None = None,
    *,
    language: Tongue = "en",
    title: str = "Crue de l’Hérault",
    kind: Kind | None = None,
    **changes: Any,
) -> Message:
    told = told or incident()
    made = Message(
        incident=told,
        kind=kind or Kind(told.event),
        channel="duty",
        title=title,
        language=language,
        zone=PARIS,
        at=told.updated_at + timedelta(seconds=3),
        link="https://grafana.example.org/d/incident?id=" + told.id,
        background=background(),
    )
    return replace(made, **changes)
