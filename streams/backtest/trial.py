"""Rules tried side by side on the same past, each by a `Detection` of its own: the one that runs live."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from models.spike import Sensitivity
from streams.backtest.case import Case, Counted, Found, Tried
from streams.backtest.past import Piece
from streams.detect import Detection
from streams.lookout import Outcome
from streams.records import Flag, Tally
from streams.report.data import Blind
from streams.tally import tally
from streams.watches import Watches

HOUR: Final = timedelta(hours=1)
_HOUR_MS: Final = 3_600_000


def under(watches: Watches, sensitivity: Sensitivity | None) -> Watches:
    """The file with every watch at this sensitivity, or at its own; in any case without shadows."""
    return watches.model_copy(
        update={
            "watches": tuple(
                watch.model_copy(
                    update={"shadow": None} | ({} if sensitivity is None else {"sensitivity": sensitivity})
                )
                for watch in watches.watches
            )
        }
    )


@dataclass(slots=True)
class _Run:
    """What one rule has brought so far, by watch."""

    detection: Detection
    opened: dict[str, Found] = field(default_factory=dict)
    bands: dict[str, dict[datetime, tuple[float, float]]] = field(default_factory=dict)

    def take(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            for incident in outcome.incidents:
                known = self.opened.get(incident.id)
                self.opened[incident.id] = known.then(incident) if known else Found.opened(incident)
            for each in outcome.expectations:
                self.bands.setdefault(each.watch, {})[each.hour] = (each.expected, each.limit)

    def found(self, watch: str, since: datetime, until: datetime) -> tuple[Found, ...]:
        return tuple(
            found
            for found in self.opened.values()
            if found.first.watch == watch and since <= found.first.opened_at < until
        )


@dataclass(slots=True)
class _Counts:
    """On-time mentions of each watch and hour, each id once: a repeat comes soon, or is late."""

    whole: dict[tuple[str, int], int] = field(default_factory=dict)
    _open: dict[tuple[str, int], set[str]] = field(default_factory=dict)

    def add(self, tallied: Tally) -> None:
        for mention, counted_ms, flags in zip(tallied.ids, tallied.counted_ms, tallied.flags, strict=True):
            hour_ms = counted_ms // _HOUR_MS * _HOUR_MS
            if not flags & Flag.LATE:
                self._open.setdefault((tallied.watch, hour_ms), set()).add(mention)

    def close(self, until_ms: int) -> None:
        """Hours before this are whole."""
        for key in [key for key in self._open if key[1] + _HOUR_MS <= until_ms]:
            self.whole[key] = self.whole.get(key, 0) + len(self._open.pop(key))


class Trial:
    """Feed it pieces in the order of time; then ask for the cases."""

    def __init__(
        self,
        watches: Watches,
        names: Sequence[str],
        rules: Sequence[Sensitivity],
        *,
        models: str,
    ) -> None:
        self._calendar = watches.calendar
        self._own = {watch.name: watch.sensitivity for watch in watches.watches if watch.name in names}
        self._rules = rules
        self._runs: dict[Sensitivity | None, _Run] = {}
        for rule in (None, *rules):
            # A watch's own sensitivity is in force: it is tried once.
            tried = [name for name, own in self._own.items() if own is not rule]
            if tried:
                detection = Detection(under(watches, rule), models=models, names=tried, count_drills=True)
                self._runs[rule] = _Run(detection)
        self._counts = _Counts()
        self._deaf: list[tuple[datetime, datetime]] = []

    def feed(self, piece: Piece) -> None:
        for each in tally(piece.enriched):
            if each.watch in self._own:
                self._counts.add(each)
                for run in self._runs.values():
                    run.detection.add(each)
        for run in self._runs.values():
            for gap in piece.gaps:
                run.detection.gap(gap)
            for tick in piece.ticks:
                run.detection.tick(tick)
            run.take(run.detection.decide())
        self._deaf += piece.deaf
        self._counts.close(self.decided_until_s * 1000)

    @property
    def decided_until_s(self) -> int:
        return self._runs[None].detection.decided_until_s

    def cases(
        self, since: datetime, until: datetime, blind: Sequence[Blind], *, learnt_from: datetime
    ) -> list[Case]:
        """A case a watch, as in the file, of what opened in [since, until). Nothing may be fed any more."""
        self._counts.close(int((until + HOUR).timestamp() * 1000))
        heard = until - since - _length(self._deaf, since, until)
        return [
            Case(
                watch=watch,
                learnt_from=learnt_from,
                since=since,
                until=until,
                heard=max(heard, timedelta()),
                counted=self._counted(watch, since, until),
                blind=tuple(gap for gap in blind if gap.until_at > since and gap.from_at < until),
                planned=tuple(
                    event.stored
                    for event in self._calendar
                    if event.concerns(watch) and event.until_at > since and event.from_at < until
                ),
                tried=tuple(self._tried(watch, own, since, until)),
            )
            for watch, own in self._own.items()
        ]

    def _tried(self, watch: str, own: Sensitivity, since: datetime, until: datetime) -> Iterable[Tried]:
        for rule in Sensitivity:
            if rule is own or rule in self._rules:
                run = self._runs[None if rule is own else rule]
                bands = run.bands.get(watch, {})
                yield Tried(
                    rule=rule,
                    in_force=rule is own,
                    found=run.found(watch, since, until),
                    limits={
                        at: limit for at, (_, limit) in bands.items() if since < at + HOUR and at < until
                    },
                )

    def _counted(self, watch: str, since: datetime, until: datetime) -> tuple[Counted, ...]:
        bands: Mapping[datetime, tuple[float, float]] = self._runs[None].bands.get(watch, {})
        at = since.replace(minute=0, second=0, microsecond=0)
        out: list[Counted] = []
        while at < until:
            expected, limit = bands.get(at, (None, None))
            count = self._counts.whole.get((watch, int(at.timestamp() * 1000)), 0)
            out.append(Counted(at=at, mentions=count, expected=expected, limit=limit))
            at += HOUR
        return tuple(out)


def _length(spans: Iterable[tuple[datetime, datetime]], since: datetime, until: datetime) -> timedelta:
    """Of what the spans cover in [since, until), which overlap as they like."""
    total, reached = timedelta(), since
    for from_at, until_at in sorted(spans):
        begins, ends = max(from_at, reached), min(until_at, until)
        if ends > begins:
            total += ends - begins
            reached = ends
    return total
