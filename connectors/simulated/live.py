"""The simulated valley as a source like any other: its past at once, then its present as it comes.

So that somebody who has just started an installation sees a crisis: the first scenario is placed so that
its flood began during the last day. When its weeks are over the next seed's follow, without end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Final

from connectors.base import Clock
from connectors.errors import Refused
from connectors.mention import Page
from connectors.simulated.plot import PlantedKind
from connectors.simulated.scenario import Scenario

PLATFORM: Final = "simulated"
_AFTER_THE_FLOOD: Final = timedelta(hours=2)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Place:
    """In the cursor: which scenario, where it starts, and how many of its pages were read."""

    seed: int
    start: datetime
    pages: int = 0

    def __str__(self) -> str:
        return f"{self.seed} {self.start.isoformat()} {self.pages}"

    @classmethod
    def read(cls, cursor: str) -> _Place:
        try:
            seed, start, pages = cursor.split(" ")
            return cls(int(seed), datetime.fromisoformat(start), int(pages))
        except ValueError:
            raise Refused(f"simulated: the cursor {cursor!r} is not one of ours: remove its file") from None


class Simulated:
    """Pages of scenarios, each when its time has come."""

    name: Final = "simulated"
    platform: Final = PLATFORM
    advice: ClassVar[Mapping[int, str]] = {}

    def __init__(self, seed: int, *, clock: Clock) -> None:
        self._seed = seed
        self._clock = clock
        self._place: _Place | None = None
        self._pages: Iterator[Page] = iter(())
        self._held: Page | None = None

    async def fetch(self, cursor: str | None) -> Page:
        """The next page that is over; before its time an empty one, to be asked again then."""
        place = _first(self._seed, self._clock.now()) if cursor is None else _Place.read(cursor)
        if place != self._place or self._held is None:
            # Weeks of pages are made again to come to where it stood: seconds, so not in the loop's thread.
            place = await asyncio.to_thread(self._go_to, place)
        page = self._held
        assert page is not None
        until = page.covers[1] if page.covers is not None else None
        wait_s = 0.0 if until is None else (until - self._clock.now()).total_seconds()
        if wait_s > 0:
            return Page(cursor=str(place), next_after_s=min(wait_s, 60.0))
        place = replace(place, pages=place.pages + 1)
        await asyncio.to_thread(self._turn, place)
        return replace(page, cursor=str(self._place), next_after_s=0.0)

    async def close(self) -> None:
        self._pages = iter(())

    def _go_to(self, place: _Place) -> _Place:
        if self._place is None or (place.seed, place.start) != (self._place.seed, self._place.start):
            self._pages = Scenario(seed=place.seed, start=place.start).pages()
            read = 0
        elif place.pages >= self._place.pages:
            read = self._place.pages
        else:
            self._pages, read = Scenario(seed=place.seed, start=place.start).pages(), 0
        self._held = None
        for _ in range(place.pages - read):
            next(self._pages, None)
        return self._turn(place)

    def _turn(self, place: _Place) -> _Place:
        """Hold the page after `place`; after a scenario's last one, the next scenario's first."""
        self._place, self._held = place, next(self._pages, None)
        if self._held is None:
            over = Scenario(seed=place.seed, start=place.start)
            self._place = _Place(place.seed + 1, over.ends_at)
            self._pages = Scenario(seed=place.seed + 1, start=over.ends_at).pages()
            self._held = next(self._pages)
        return self._place


def _first(seed: int, now: datetime) -> _Place:
    """Where the flood began two hours ago, or as little longer as whole days allow."""
    start = Scenario(seed=seed, start=now - timedelta(weeks=5)).start
    while _flood(seed, start + _DAY) <= now - _AFTER_THE_FLOOD:
        start += _DAY
    return _Place(seed, Scenario(seed=seed, start=start).start)


def _flood(seed: int, start: datetime) -> datetime:
    truth = Scenario(seed=seed, start=start).truth()
    return next(each.starts_at for each in truth if each.kind is PlantedKind.FLOOD)
