"""A marked test through each channel of a watch: does it arrive, and what did the server answer?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from streams.background import no_background
from streams.desk import Desk
from streams.incidents.wording import summarise
from streams.notifiers.base import Delivered, GiveUp, Kind, Notifier, Outcome, Retry
from streams.records import Evidence, Incident, IncidentEvent, IncidentState, Severity, Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one channel said to the test."""

    channel: str
    type: str
    outcome: Outcome

    @property
    def arrived(self) -> bool:
        return isinstance(self.outcome, Delivered)

    @property
    def said(self) -> str:
        match self.outcome:
            case Delivered(detail):
                return detail
            case Retry(reason) | GiveUp(reason):
                return reason


async def test_channels(
    watch: str, desk: Desk, notifiers: Mapping[str, Notifier], *, at: datetime
) -> list[Answer]:
    """Send one test through each channel of `watch`, in the file's order. Each is tried once.

    Severity, cooldown and quiet hours do not hold a test back: somebody asked for it.
    """
    answers = []
    for name in desk.routes[watch]:
        message = desk.message(
            name,
            sample(watch, desk, at),
            kind=Kind.TEST,
            at=at,
            first=True,
            background=no_background(sample(watch, desk, at), False),
        )
        limit_s = 3 * desk.channels[name].timeout.total_seconds()
        try:
            async with asyncio.timeout(limit_s):
                outcome = await notifiers[name].deliver(message)
        except TimeoutError:
            outcome = Retry(f"no end after {limit_s:g} s")
        answers.append(Answer(channel=name, type=desk.channels[name].type, outcome=outcome))
    return answers


# The name says what it does to the channels; pytest is not to take it for one of its own.
test_channels.__test__ = False  # type: ignore[attr-defined]


def sample(watch: str, desk: Desk, at: datetime) -> Incident:
    """An incident that never was, with a new id each second, so that no server takes it for a repeat."""
    evidence = Evidence(
        since_at=at - timedelta(minutes=50),
        window_s=3_600,
        mentions=2_140,
        originals=321,
        reposts=1_819,
        near_duplicate_share=0.78,
        authors=512,
        new_authors=256,
        top_authors_share=0.44,
        narratives=(("0" * 16, 1_519),),
        top_narrative_authors=12,
        signs=(Signal.VOLUME,),
    )
    summary = summarise(
        signal=Signal.VOLUME,
        event=IncidentEvent.OPENED,
        observed=2_140,
        expected=190,
        limit=420,
        evidence=evidence,
        title=desk.titles.get(watch, watch),
        language=desk.language,
    )
    return Incident(
        id=f"{watch}-{at:%Y%m%dT%H%M%SZ}",
        watch=watch,
        signal=Signal.VOLUME,
        event=IncidentEvent.OPENED,
        revision=1,
        state=IncidentState.OPEN,
        severity=Severity.INFO,
        opened_at=at,
        updated_at=at,
        resolved_at=None,
        observed=2_140,
        expected=190,
        limit=420,
        summary=summary,
        evidence=evidence,
        config_hash="",
        model_versions="",
        drill=True,
    )
