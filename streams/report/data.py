"""What a report tells: times, counts, incidents as stories, who was told, and when nobody listened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from streams.incidents.life import SEVERITIES
from streams.records import Incident, Planned


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What is reported on; either an incident, or a time [since, until) of one watch or of all."""

    since: datetime
    until: datetime
    incident: str | None = None
    watch: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    at: datetime
    mentions: int
    negative: int
    misinformation: int
    expected: float | None
    limit: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    incident: str
    channel: str
    event: str
    at: datetime
    outcome: str
    detail: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind:
    """An interval that nobody listened to; neighbouring gaps of one cause are one."""

    connector: str
    platform: str
    from_at: datetime
    until_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A representative post, as its author wrote it: hostile until shown otherwise."""

    id: str
    platform: str
    at: datetime
    link: str | None
    text: str
    lang: str
    sentiment: str | None
    unsure: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """All that its watch stored from an incident's opening to its end; `scored` have a sentiment."""

    mentions: int
    originals: int
    authors: int
    scored: int
    negative: int
    flagged: int
    platforms: tuple[tuple[str, int], ...]
    languages: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    mentions: int
    authors: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """An incident: its states in order, and what is still in the store of its posts.

    `gone` counts representative posts that were deleted at the source since.
    """

    history: tuple[Incident, ...]
    sums: Sums | None = None
    quotes: tuple[Quote, ...] = ()
    gone: int = 0
    repeated: tuple[Repeated, ...] = ()

    @property
    def last(self) -> Incident:
        return self.history[-1]

    @property
    def height(self) -> Incident:
        """The state in which it was gravest, and of those the one with the most mentions."""
        told = [state for state in self.history if state.resolved_at is None] or list(self.history)
        return max(told, key=lambda state: (SEVERITIES[state.severity], state.evidence.mentions))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportData:
    span: Span
    hours: Mapping[str, tuple[Hour, ...]]
    stories: tuple[Story, ...]
    told: tuple[Told, ...]
    blind: tuple[Blind, ...]
    planned: tuple[Planned, ...] = ()

    def planned_for(self, watch: str) -> list[Planned]:
        return [event for event in self.planned if not event.watches or watch in event.watches]


def merged(gaps: Iterable[Blind]) -> list[Blind]:
    """Neighbours of one connector, platform and reason as one; `gaps` come sorted by those and time."""
    out: list[Blind] = []
    for gap in gaps:
        before = out[-1] if out else None
        if (
            before is not None
            and (before.connector, before.platform, before.reason)
            == (gap.connector, gap.platform, gap.reason)
            and gap.from_at <= before.until_at
        ):
            out[-1] = Blind(
                connector=gap.connector,
                platform=gap.platform,
                from_at=before.from_at,
                until_at=max(before.until_at, gap.until_at),
                reason=gap.reason,
            )
        else:
            out.append(gap)
    return sorted(out, key=lambda gap: (gap.from_at, gap.connector, gap.platform))
