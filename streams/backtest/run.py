"""A backtest from its source to its cases: a store that is only asked, or files that are only read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Final

from models.spike import Sensitivity
from streams.backtest import past
from streams.backtest.case import Case, Found
from streams.backtest.past import Piece
from streams.backtest.trial import Trial
from streams.endpoint.client import Asker
from streams.errors import UsageError
from streams.records import Incident, Mark
from streams.report.data import Blind
from streams.review import opened as known
from streams.review.opened import Opened
from streams.watches import Watches

LEARNING: Final = timedelta(days=28)
"""Read before the time that is looked at, where it is there: limits follow the last four weeks."""
MODELS: Final = "backtest"

Since = Callable[[datetime], datetime]
"""From where on to look, given where the past ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`names` are the watches to try, `rules` the sensitivities beside their own; `until` None is the end."""

    watches: Watches
    names: Sequence[str]
    rules: Sequence[Sensitivity]
    since: Since
    until: datetime | None = None


def over_store(asker: Asker, plan: Plan, progress: Callable[[int], None] = lambda _: None) -> list[Case]:
    """Nothing is written and nobody is told: the store is asked, as a person asks it.

    Raises:
        UsageError: there is nothing of these watches, or not at that time.
        StoreError: the store cannot be asked.
    """
    there = past.extent(asker, plan.names)
    if there is None:
        raise UsageError(f"the store has no mention of {', '.join(plan.names)}: replay some first")
    until = min(there.until, plan.until or there.until)
    since = max(there.since, plan.since(until))
    if since >= until:
        raise UsageError(
            f"the store has nothing there: its mentions are from {there.since:%Y-%m-%d %H:%M} to "
            f"{there.until:%Y-%m-%d %H:%M} UTC"
        )
    learnt_from = max(there.since, since - LEARNING)
    blind = past.gaps(asker, plan.names, learnt_from, until)
    trial = Trial(plan.watches, plan.names, plan.rules, models=MODELS)
    for piece in past.pieces(asker, plan.names, learnt_from, until, blind):
        trial.feed(piece)
        progress(len(piece.enriched))
    cases = trial.cases(since, until, blind, learnt_from=learnt_from)
    opened, marks = known.everything(asker), known.marks(asker)
    deleted = past.deletions(asker, learnt_from, until)
    return [replace(_beside_what_was(case, asker, opened, marks), deleted=deleted) for case in cases]


def _beside_what_was(case: Case, asker: Asker, opened: Sequence[Opened], marks: Mapping[str, Mark]) -> Case:
    """With what really was opened, and what people said of it and of what a shadow opened.

    Of one matter the mark on the incident of the rule in force counts, not the shadow's own beside it.
    """
    in_force = [each for each in opened if each.shadow is None and each.incident.id in marks]
    there = [
        each
        for each in opened
        if each.incident.watch == case.watch
        and not each.incident.drill
        and case.since <= each.incident.opened_at < case.until
    ]
    return replace(
        case,
        recorded=tuple(
            _found(known.history(asker, each.incident.id)) for each in there if each.shadow is None
        ),
        marked=tuple(
            (each.incident, marks[each.incident.id])
            for each in there
            if each.incident.id in marks
            and (each.shadow is None or not any(each.meets(other) for other in in_force))
        ),
    )


def _found(history: Sequence[Incident]) -> Found:
    first, *later = history
    return reduce(Found.then, later, Found.opened(first))


def over_pieces(pieces: Iterable[Piece], plan: Plan, progress: Callable[[int], None]) -> list[Case]:
    """Files: nothing was recorded, and all of it may be learnt from.

    Raises:
        UsageError: there is no post in them, or none at that time.
    """
    trial = Trial(plan.watches, plan.names, plan.rules, models=MODELS)
    blind: list[Blind] = []
    first: datetime | None = None
    for piece in pieces:
        trial.feed(piece)
        progress(len(piece.enriched))
        first = first or min((tick.begun_at for tick in piece.ticks), default=None)
        blind += [
            Blind(
                connector=gap.connector, platform=gap.platform, from_at=gap.from_at, until_at=gap.until_at,
                reason=gap.reason,
            )
            for gap in piece.gaps
        ]  # fmt: skip
    if first is None:
        raise UsageError("there is no post in these files that could be read")
    end = datetime.fromtimestamp(trial.decided_until_s, UTC)
    until = min(end, plan.until or end)
    since = max(first, plan.since(until))
    if since >= until:
        raise UsageError(
            f"these files have nothing there: their posts are from {first:%Y-%m-%d %H:%M} to "
            f"{end:%Y-%m-%d %H:%M} UTC"
        )
    return trial.cases(since, until, blind, learnt_from=first)
