"""One watch under observation: what it has heard, decided under its sensitivity and in its shadow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from models.spike import Sensitivity
from streams.heard import Heard
from streams.present import HOUR_S
from streams.records import (
    Decision,
    DetectorState,
    Expectation,
    Flag,
    Incident,
    ShadowIncident,
    Signal,
    Tally,
)
from streams.rule import Rule
from streams.signals import StepTime
from streams.watches import PlannedEvent, Watch, Watches
from streams.window import rows_of

STATE_VERSION: Final = 1
SHADOW_BEGINS: Final = "shadow begins"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What deciding one step of one watch brought, if anything; of `shadows` nobody is ever told."""

    incidents: tuple[Incident, ...] = ()
    decisions: tuple[Decision, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    shadows: tuple[ShadowIncident, ...] = ()


class Lookout:
    """Decides a watch's steps one after the other; everything it knows is in `to_json`."""

    def __init__(
        self,
        watch: Watch,
        watches: Watches,
        *,
        models: str,
        state: DetectorState | None = None,
        count_drills: bool = False,
    ) -> None:
        self._watch = watch
        self._count_drills = count_drills
        self._calendar = [event for event in watches.calendar if event.concerns(watch.name)]
        held: Mapping[str, Any] = {} if state is None else state.state
        if held.get("version") != STATE_VERSION:
            held = {}
        self._heard = Heard.from_json(held) if held else Heard()
        self._rule = Rule(watch, watches, watch.sensitivity, models=models, held=held)
        self._shadow: Rule | None = None
        self._shadow_is_new = False
        if watch.shadow is not None:
            # Another sensitivity than before begins without what went on, and with what is usual.
            before = held.get("shadow") or {}
            own = before if before.get("sensitivity") == watch.shadow else None
            self._shadow = Rule(watch, watches, watch.shadow, models=models, held=own, learnt=held)
            self._shadow_is_new = own is None

    @property
    def decided_until_s(self) -> int:
        return self._heard.window.decided_until_s

    def begin(self, start_s: int) -> None:
        """Where a watch without a past begins to be decided."""
        self._heard.window.decided_until_s = start_s

    def add(self, tally: Tally) -> None:
        for row in rows_of(tally):
            if self._count_drills or not row.flags & Flag.DRILL:
                self._heard.window.add(row)
                self._heard.drill |= bool(row.flags & Flag.DRILL)

    def to_json(self) -> dict[str, Any]:
        state = {"version": STATE_VERSION, **self._heard.to_json(), **self._rule.to_json()}
        if self._shadow is not None:
            state["shadow"] = {
                "sensitivity": self._shadow.sensitivity.value,
                **self._shadow.to_json(),
            }
        return state

    def decide(self, step: StepTime) -> Outcome | None:
        """Decide the step. None where there is nothing to tell, which is nearly always."""
        rows = self._heard.close(step)
        if planned := self._planned(step):
            step = replace(step, factor=planned.expect, planned=planned.name)
        readings = self._rule.read(step, rows, self._heard)
        shadowed = None if self._shadow is None else self._shadow.read(step, rows, self._heard)
        self._heard.hear(rows, step)
        incidents, decisions = self._rule.decide(step, readings, self._heard)
        shadows: tuple[ShadowIncident, ...] = ()
        if self._shadow is not None and shadowed is not None:
            in_shadow, _ = self._shadow.decide(step, shadowed, self._heard)
            shadows = tuple(shadow_of(incident, self._shadow.sensitivity) for incident in in_shadow)
            if self._shadow_is_new:
                decisions.append(self._begins(self._shadow, step))
                self._shadow_is_new = False
        expectations = self._expect(step)
        if not incidents and not decisions and not expectations and not shadows:
            return None
        return Outcome(tuple(incidents), tuple(decisions), expectations, shadows)

    def _begins(self, shadow: Rule, step: StepTime) -> Decision:
        """From here on, what the shadow did not open it did not see."""
        return Decision(
            watch=self._watch.name,
            signal=Signal.VOLUME,
            at=datetime.fromtimestamp(step.end_s, UTC),
            verdict=SHADOW_BEGINS,
            reason=shadow.sensitivity,
        )

    def _planned(self, step: StepTime) -> PlannedEvent | None:
        """Of the calendar's events of this step the one that raises the expectation most."""
        return max(
            (
                event
                for event in self._calendar
                if event.from_at.timestamp() < step.end_s and event.until_at.timestamp() > step.start_s
            ),
            key=lambda event: event.expect,
            default=None,
        )

    def _expect(self, step: StepTime) -> tuple[Expectation, ...]:
        """At the end of each hour: what was usual in it, and where the limit lay."""
        if step.end_s % HOUR_S or step.gap:
            return ()
        expected, limit = self._rule.band(HOUR_S)
        return (
            Expectation(
                watch=self._watch.name,
                hour=datetime.fromtimestamp(step.end_s - HOUR_S, UTC),
                expected=round(expected, 3),
                limit=round(limit, 3),
            ),
        )


def shadow_of(incident: Incident, sensitivity: Sensitivity) -> ShadowIncident:
    """Under an id of its own: the rule in force may open one at the very same step."""
    return ShadowIncident(
        sensitivity=sensitivity, incident=replace(incident, id=f"{incident.id}-shadow-{sensitivity}")
    )
