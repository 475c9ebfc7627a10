"""Who is told of which watch, and in which words: what a watches file says of its channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from streams.incidents.words import Tongue
from streams.notifiers.base import Background, Kind, Message
from streams.notifiers.config import AnyChannel
from streams.records import Incident
from streams.watches import Watches


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """`routes` has the names of a watch's channels."""

    channels: Mapping[str, AnyChannel]
    routes: Mapping[str, Sequence[str]]
    titles: Mapping[str, str]
    language: Tongue
    zone: ZoneInfo

    @classmethod
    def of(cls, watches: Watches) -> Desk:
        return cls(
            channels=watches.channels,
            routes={watch.name: watch.notify for watch in watches.watches},
            titles={watch.name: watch.label for watch in watches.watches},
            language=watches.language,
            zone=watches.zone,
        )

    def message(
        self,
        channel: str,
        incident: Incident,
        *,
        kind: Kind,
        at: datetime,
        first: bool,
        background: Background,
    ) -> Message:
        settings = self.channels[channel]
        link = settings.link
        return Message(
            incident=incident,
            kind=kind,
            channel=channel,
            title=self.titles.get(incident.watch, incident.watch),
            language=settings.language or self.language,
            zone=self.zone,
            at=at,
            first=first,
            link=None if link is None else board_link(link, incident),
            background=background,
        )


def board_link(link: str, incident: Incident) -> str:
    """Leads to a board at the right time: `from_ms` and `to_ms` leave room on both sides of the rise."""
    since, until = incident.evidence.since_at - timedelta(days=1), incident.updated_at + timedelta(hours=6)
    return link.format(
        incident=incident.id,
        watch=incident.watch,
        from_ms=int(since.timestamp() * 1000),
        to_ms=int(until.timestamp() * 1000),
    )
