"""Weeks in an invented valley, page by page: the same seed gives the same bytes, in every process."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from connectors.mention import Arrival, Gap, Mention, Page, Retraction, Tick
from connectors.simulated import plot as plots
from connectors.simulated import setting
from connectors.simulated.authoring import Author, utc
from connectors.simulated.people import Crowd
from connectors.simulated.plot import OUTAGE_PLATFORM, ZONE, Planted, Plot, Surge
from connectors.simulated.rhythm import Wander, along, poisson, usual

SOURCE: Final = "simulated"
DEFAULT_START: Final = datetime(2025, 10, 6, tzinfo=ZONE)
"""A Monday; four weeks from here cross the change to winter time."""

PAGE: Final = timedelta(minutes=15)
PAGE_MS: Final = 15 * 60_000
MIN_WEEKS: Final = 2
MAX_WEEKS: Final = 52
_REPOSTS: Final = 0.12
_ARTICLES: Final = 0.05
_SKEWED: Final = 0.004
"""Share of posts whose client's clock is wrong."""
_DELETED: Final = 0.003
_EDITED: Final = 0.002
_GAP_REASON: Final = "connexion perdue, rattrapage ensuite / connection lost, backfilled later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Some weeks of ordinary talk with everything of `truth()` in them.

    The last week brings the slow burn, the flood and the rumour; what must not be taken for a crisis
    comes in the weeks before. `flood_scale` is the size of the flood alone, 1.0 being 15 to 30 times the
    usual. With `drill` every mention says that it is one. `start` is cut to its local midnight.
    """

    seed: int = 1
    weeks: int = 4
    flood_scale: float = 1.0
    drill: bool = False
    start: datetime = DEFAULT_START
    _plot: Plot = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Raises ValueError for a number out of bounds, or a start without a time zone."""
        if not MIN_WEEKS <= self.weeks <= MAX_WEEKS:
            raise ValueError(f"weeks is {self.weeks}: from {MIN_WEEKS} to {MAX_WEEKS} can be played")
        if not 0.1 <= self.flood_scale <= 10:
            raise ValueError(f"flood_scale is {self.flood_scale}: it must lie between 0.1 and 10")
        if self.start.tzinfo is None:
            raise ValueError("start must have a time zone")
        midnight = self.start.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
        object.__setattr__(self, "start", midnight)
        draw = random.Random(f"plot {self.seed}").random
        object.__setattr__(self, "_plot", plots.write(midnight, self.weeks, self.flood_scale, draw))

    @property
    def ends_at(self) -> datetime:
        return self.start + timedelta(weeks=self.weeks)

    def truth(self) -> tuple[Planted, ...]:
        """What was planted, in the order of time."""
        return self._plot.planted

    def watches_yaml(self, language: str = "fr", *, claims: str | None = None) -> str:
        """The watches file of the valley's prefecture; `claims` names the file of known claims beside it."""
        return setting.watches_yaml(language, self._plot.press, claims)

    def claims_yaml(self, language: str = "fr") -> str:
        """The known claims, for the file that `watches_yaml` names."""
        return setting.claims_yaml(language)

    def pages(self) -> Iterator[Page]:
        """Every page in the order of its time; of a page without `covers` nothing is new but its edits."""
        return _Play(self).pages()

    def arrivals(self) -> Iterator[Arrival]:
        """The items of all pages with a tick after each interval that was covered."""
        for page in self.pages():
            yield from page.items
            if page.cursor is not None and page.covers is not None:
                yield Tick(source=SOURCE, at=page.covers[1], begun_at=self.start)


class _Play:
    """One run of a scenario. Holds what was said lately and what the outage keeps back."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._plot = scenario._plot
        self._draw = random.Random(f"play {scenario.seed}").random
        crowd = Crowd(random.Random(f"crowd {scenario.seed}").random)
        prefix = f"{'drill' if scenario.drill else 'sim'}{scenario.seed}"
        self._author = Author(crowd, self._draw, prefix, drill=scenario.drill)
        self._wander = [Wander(self._draw) for _ in setting.ORDINARY]
        self._rates = {watch: rate for watch, _, rate in setting.ORDINARY}
        self._held_back: list[Mention] = []
        self._leaving: list[tuple[datetime, Retraction]] = []
        self._edits: list[tuple[datetime, Mention]] = []
        self._prefect_said = 0

    def pages(self) -> Iterator[Page]:
        first = self._scenario.start.astimezone(utc(0).tzinfo)
        pages = int((self._scenario.ends_at.astimezone(utc(0).tzinfo) - first) / PAGE)
        for number in range(pages):
            start = first + number * PAGE
            end = start + PAGE
            yield from self._backfill(start, end)
            yield self._page(start, end)
            edits = tuple(mention for at, mention in self._edits if at < end)
            if edits:
                self._edits = [item for item in self._edits if item[0] >= end]
                yield Page(items=edits)

    def _page(self, start: datetime, end: datetime) -> Page:
        mentions = self._said(start, end)
        out_from, out_until = self._plot.outage
        items: list[Mention | Retraction | Gap]
        if start < out_until and end > out_from:
            self._held_back += [each for each in mentions if self._is_out(each)]
            mentions = [each for each in mentions if not self._is_out(each)]
            gap = Gap(
                connector=OUTAGE_PLATFORM,
                platform=OUTAGE_PLATFORM,
                from_at=max(start, out_from.astimezone(start.tzinfo)),
                until_at=min(end, out_until.astimezone(start.tzinfo)),
                reason=_GAP_REASON,
            )
            items = [*mentions, gap]
        else:
            items = [*mentions]
        items += [gone for at, gone in self._leaving if at < end]
        self._leaving = [item for item in self._leaving if item[0] >= end]
        return Page(items=tuple(items), covers=(start, end), cursor=end.isoformat())

    def _backfill(self, start: datetime, end: datetime) -> Iterator[Page]:
        """What was said during the outage, once the connection is back: counted in the gap, seen now."""
        if not self._held_back or not start <= self._plot.backfill_at < end:
            return
        out_from, out_until = (each.astimezone(start.tzinfo) for each in self._plot.outage)
        last = out_until - timedelta(milliseconds=1)
        yield Page(
            items=tuple(
                replace(
                    mention,
                    counted_at=min(max(mention.created_at, out_from), last),
                    observed_at=self._plot.backfill_at.astimezone(start.tzinfo),
                )
                for mention in self._held_back
            ),
            covers=(out_from, out_until),
        )
        self._held_back = []

    def _is_out(self, mention: Mention) -> bool:
        out_from, out_until = self._plot.outage
        return mention.platform == OUTAGE_PLATFORM and out_from <= mention.counted_at < out_until

    def _said(self, start: datetime, end: datetime) -> list[Mention]:
        """Everything said between `start` and `end`, in order."""
        hours = PAGE / timedelta(hours=1)
        lively = usual((start + PAGE / 2).astimezone(ZONE))
        mentions: list[Mention] = []
        for (_, topic, rate), wander in zip(setting.ORDINARY, self._wander, strict=True):
            count = poisson(rate * lively * wander.after(hours) * hours, self._draw)
            mentions += self._speak(topic, start, count)
        for surge in self._plot.surges:
            if surge.starts_at < end and start < surge.ends_at:
                mentions += self._rise(surge, start, lively)
        while (
            self._prefect_said < len(self._plot.prefect_at)
            and self._plot.prefect_at[self._prefect_said] < end
        ):
            at = self._plot.prefect_at[self._prefect_said].astimezone(start.tzinfo)
            mentions.append(self._author.prefect(self._prefect_said, max(at, start)))
            self._prefect_said += 1
        mentions = [self._with_accidents(mention, start, end) for mention in mentions]
        return sorted(mentions, key=lambda each: (each.counted_at, each.native_id))

    def _speak(self, topic: str, start: datetime, count: int) -> list[Mention]:
        return [
            self._author.mention(
                topic,
                self._moment(start, PAGE_MS),
                voices="anyone",
                french=0.65,
                reposts=_REPOSTS,
                articles=_ARTICLES,
            )
            for _ in range(count)
        ]

    def _rise(self, surge: Surge, start: datetime, lively: float) -> list[Mention]:
        """A surge's part of a page, minute by minute: it begins on its minute, not with the page."""
        minute = timedelta(minutes=1)
        level = 1.0 if surge.watch is None else self._rates[surge.watch] * lively
        mentions: list[Mention] = []
        for number in range(int(PAGE / minute)):
            at = start + number * minute
            rate = level * along(surge.points, (at - surge.starts_at) / timedelta(hours=1))
            mentions += [
                self._author.mention(
                    surge.topic,
                    self._moment(at, 60_000),
                    voices=surge.voices,
                    french=surge.french,
                    reposts=surge.reposts,
                    articles=surge.articles,
                )
                for _ in range(poisson(rate / 60, self._draw))
            ]
        return mentions

    def _moment(self, start: datetime, length_ms: int) -> datetime:
        return start + timedelta(milliseconds=int(length_ms * self._draw()))

    def _with_accidents(self, mention: Mention, start: datetime, end: datetime) -> Mention:
        """Now and then a clock is wrong, and a post is edited or deleted later."""
        chance = self._draw()
        if chance < _SKEWED:
            created_at = mention.created_at + timedelta(seconds=int(2_400 * (self._draw() - 0.8)))
            last = end - timedelta(milliseconds=1)
            return replace(mention, created_at=created_at, counted_at=min(max(created_at, start), last))
        if mention.kind in {"repost", "article"}:
            return mention
        later = mention.observed_at + timedelta(minutes=int(5 + 900 * self._draw()))
        if chance < _SKEWED + _DELETED:
            gone = Retraction(platform=mention.platform, native_id=mention.native_id, observed_at=later)
            self._leaving.append((later, gone))
        elif chance < _SKEWED + _DELETED + _EDITED and mention.platform == "mastodon":
            self._edits.append((later, self._author.edited(mention, later)))
        return mention
