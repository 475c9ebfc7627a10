"""What was opened, by the rule in force and by shadows, and what people said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from models.spike import Sensitivity
from streams import codec
from streams.endpoint.client import Asker
from streams.incidents.life import LANES
from streams.lookout import SHADOW_BEGINS
from streams.plain import plain
from streams.records import Incident, Mark, ShadowIncident, Verdict
from streams.store import rows, values
from streams.store.statements import statement

# Reading an incident back needs no clock; reading a post would.
_UNUSED: Final = rows.from_unix_ms(0)
_FIRST_MS: Final = rows.unix_ms(datetime(1900, 1, 1, tzinfo=UTC))
_LAST_MS: Final = rows.unix_ms(datetime(2299, 1, 1, tzinfo=UTC))
_HISTORIES: Final = ("incident_history", "shadow_history")
_MARKS: Final = """
SELECT incident, verdict, why, marked_by, toUnixTimestamp64Milli(marked_at), toUnixTimestamp64Milli(began_at)
FROM incident_marks
"""
_BEGUN: Final = """
SELECT watch, reason, toUnixTimestamp64Milli(max(at)) FROM decisions WHERE verdict = {verdict:String}
GROUP BY watch, reason
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An incident in its newest state, or what a shadow held to be one.

    `shadow` is the shadow's sensitivity, None for the rule in force.
    """

    incident: Incident
    shadow: Sensitivity | None = None

    def meets(self, other: Opened) -> bool:
        """Whether both are about the same matter: one watch, one lane, at one time."""
        mine, theirs = self.incident, other.incident
        return (
            mine.watch == theirs.watch
            and LANES[mine.signal] is LANES[theirs.signal]
            and (theirs.resolved_at is None or mine.opened_at < theirs.resolved_at)
            and (mine.resolved_at is None or theirs.opened_at < mine.resolved_at)
        )


def everything(asker: Asker) -> list[Opened]:
    """Of the rule in force and of every shadow, each oldest first, drills among them."""
    found: list[Opened] = []
    for name in ("incidents", "shadow_incidents"):
        params = {"all": 1, "ids": "[]", "open": 0, "since_ms": _FIRST_MS, "until_ms": _LAST_MS}
        for (record,) in ask(asker, statement(name), params if name == "incidents" else {}):
            match codec.decode(record.encode("utf-8"), now=_UNUSED):
                case Incident() as incident:
                    found.append(Opened(incident=incident))
                case ShadowIncident(sensitivity=sensitivity, incident=incident):
                    found.append(Opened(incident=incident, shadow=sensitivity))
                case _:
                    pass
    return found


def history(asker: Asker, incident: str) -> list[Incident]:
    """Every state of an incident, or of what a shadow opened, in the order in which they happened."""
    own, shadows = (ask(asker, statement(name), {"id": incident}) for name in _HISTORIES)
    states = (codec.decode(record.encode("utf-8"), now=_UNUSED) for (record,) in own or shadows)
    return [
        state.incident if isinstance(state, ShadowIncident) else state
        for state in states
        if isinstance(state, Incident | ShadowIncident)
    ]


def marks(asker: Asker) -> dict[str, Mark]:
    """The newest verdict on each incident that has one, its words fit to be shown."""
    return {
        incident: Mark(
            incident=incident,
            verdict=Verdict(verdict),
            why=plain(why),
            by=plain(by),
            at=rows.from_unix_ms(at_ms),
            began_at=None if began_ms is None else rows.from_unix_ms(began_ms),
        )
        for incident, verdict, why, by, at_ms, began_ms in ask(asker, _MARKS, {})
    }


def shadows_begun(asker: Asker) -> dict[tuple[str, Sensitivity], datetime]:
    """Since when each watch has had its shadow: what that did not open before, it could not."""
    return {
        (watch, Sensitivity(reason)): rows.from_unix_ms(at_ms)
        for watch, reason, at_ms in ask(asker, _BEGUN, {"verdict": SHADOW_BEGINS})
    }


def ask(asker: Asker, sql: str, params: Mapping[str, object]) -> list[tuple[Any, ...]]:
    return values.table(asker.select(sql, format=values.TYPED_JSON, params=params))
