"""What is planted in the weeks, and when: the truth that tests compare with.

Every start is drawn from the seed within a few hours; the order of things is always the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal
from zoneinfo import ZoneInfo

from connectors.simulated.grammar import Draw

ZONE: Final = ZoneInfo("Europe/Paris")
OUTAGE_PLATFORM: Final = "bluesky"
PRESS_TIMES_USUAL: Final = 3.0


class PlantedKind(StrEnum):
    FLOOD = "flood"
    RUMOUR = "rumour"
    SLOW_BURN = "slow-burn"
    FINAL = "final"
    PRESS_CONFERENCE = "press-conference"
    OUTAGE = "outage"
    BACKFILL = "backfill"


CRISES: Final = frozenset({PlantedKind.FLOOD, PlantedKind.RUMOUR, PlantedKind.SLOW_BURN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """Something that was put there. `watch` is the one it concerns, None for all or none of them.

    `is_crisis`: an incident must open. Otherwise none may.
    """

    kind: PlantedKind
    watch: str | None
    starts_at: datetime
    ends_at: datetime

    @property
    def is_crisis(self) -> bool:
        return self.kind in CRISES


Voices = Literal["anyone", "residents", "ring"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surge:
    """Talk beside the usual: `points` are (hours since the start, mentions an hour).

    With `watch` the second numbers are times that watch's usual at that moment.
    """

    topic: str
    starts_at: datetime
    points: Sequence[tuple[float, float]]
    watch: str | None = None
    voices: Voices = "anyone"
    french: float = 0.65
    reposts: float = 0.2
    articles: float = 0.02

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(hours=self.points[-1][0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    planted: tuple[Planted, ...]
    surges: tuple[Surge, ...]
    outage: tuple[datetime, datetime]
    backfill_at: datetime
    press: tuple[datetime, datetime]
    """For how long the calendar says that the press conference lasts."""
    prefect_at: tuple[datetime, ...]


# A flood with the night in it: it comes within an hour in the afternoon and is the talk for two days.
_FLOOD: Final = (
    (0.0, 20.0), (0.3, 200.0), (0.75, 400.0), (6.0, 420.0), (9.0, 200.0), (11.0, 70.0), (15.0, 50.0),
    (18.0, 110.0), (26.0, 90.0), (32.0, 45.0), (36.0, 12.0), (44.0, 20.0), (56.0, 5.0), (68.0, 0.0),
)  # fmt: skip
_RUMOUR: Final = ((0.0, 40.0), (0.25, 200.0), (1.5, 220.0), (2.5, 60.0), (4.0, 8.0), (5.0, 0.0))
_DOUBT: Final = ((0.3, 0.0), (0.8, 30.0), (2.0, 20.0), (4.0, 0.0))
_DENIAL: Final = ((1.0, 0.0), (1.6, 35.0), (3.0, 18.0), (12.0, 1.0), (16.0, 0.0))
_SLOW_BURN: Final = ((0.0, 0.05), (6.0, 0.9), (12.0, 1.15), (20.0, 1.25), (38.0, 1.35), (46.0, 0.0))
_PRESS: Final = (
    (0.0, 0.6),
    (0.3, PRESS_TIMES_USUAL - 1),
    (2.2, PRESS_TIMES_USUAL - 1),
    (3.0, 0.5),
    (4.0, 0.0),
)
_FINAL: Final = (
    (0.0, 0.0), (1.5, 250.0), (2.0, 700.0), (2.7, 450.0), (2.9, 900.0), (3.2, 600.0), (3.8, 1_000.0),
    (4.1, 1_500.0), (4.8, 500.0), (6.0, 120.0), (8.0, 10.0), (14.0, 30.0), (20.0, 0.0),
)  # fmt: skip


def write(start: datetime, weeks: int, flood_scale: float, draw: Draw) -> Plot:
    """The plot of `weeks` that begin at `start`, a local Monday midnight or not: days count from it."""
    week = timedelta(weeks=1)
    first = start.astimezone(ZONE)

    def moment(week_number: int, day: int, hour: float, spread_h: float) -> datetime:
        """Local wall time, so that the change to winter time moves nothing; on a whole minute."""
        when = first + week * week_number + timedelta(days=day, hours=hour)
        return when + timedelta(minutes=int(60 * spread_h * draw()))

    last = weeks - 1
    out_from = moment(max(0, last - 2), 1, 9.0, 3.0)
    out_until = out_from + timedelta(minutes=240 + int(90 * draw()))
    backfill_at = out_until + timedelta(minutes=25)
    press_at = moment(last - 1, 3, 10.0, 4.0)
    final_at = moment(last - 1, 5, 18.75, 0.5)
    burn_at = moment(last, 0, 4.0, 4.0)
    flood_at = moment(last, 2, 13.0, 4.0)
    rumour_at = flood_at + timedelta(minutes=240 + int(90 * draw()))

    flood = Surge(
        topic="flood",
        starts_at=flood_at,
        points=tuple((hours, rate * flood_scale) for hours, rate in _FLOOD),
        voices="residents",
        french=0.7,
        reposts=0.3,
        articles=0.03,
    )
    rumour = Surge(
        topic="rumour",
        starts_at=rumour_at,
        points=_RUMOUR,
        voices="ring",
        french=0.82,
        reposts=0.55,
        articles=0.0,
    )
    burn = Surge(topic="taste", starts_at=burn_at, points=_SLOW_BURN, watch="eau-potable", voices="residents")
    press = Surge(topic="announcement", starts_at=press_at, points=_PRESS, watch="hopital", articles=0.12)
    final = Surge(topic="final", starts_at=final_at, points=_FINAL, voices="residents", articles=0.005)
    doubt = Surge(topic="doubt", starts_at=rumour_at, points=_DOUBT, voices="residents", french=0.75)
    denial = Surge(topic="denial", starts_at=rumour_at, points=_DENIAL, french=0.75, articles=0.08)

    def planted(kind: PlantedKind, surge: Surge, watch: str | None) -> Planted:
        return Planted(kind=kind, watch=watch, starts_at=surge.starts_at, ends_at=surge.ends_at)

    return Plot(
        planted=(
            Planted(kind=PlantedKind.OUTAGE, watch=None, starts_at=out_from, ends_at=out_until),
            Planted(
                kind=PlantedKind.BACKFILL,
                watch=None,
                starts_at=backfill_at,
                ends_at=backfill_at + timedelta(minutes=15),
            ),
            planted(PlantedKind.PRESS_CONFERENCE, press, "hopital"),
            planted(PlantedKind.FINAL, final, None),
            planted(PlantedKind.SLOW_BURN, burn, "eau-potable"),
            planted(PlantedKind.FLOOD, flood, "crue"),
            planted(PlantedKind.RUMOUR, rumour, "barrage"),
        ),
        surges=(press, final, burn, flood, rumour, doubt, denial),
        outage=(out_from, out_until),
        backfill_at=backfill_at,
        press=(press_at - timedelta(minutes=15), press_at + timedelta(hours=4)),
        prefect_at=tuple(flood_at + timedelta(minutes=minutes) for minutes in (50, 170, 420)),
    )
