"""How far the data has come: the minimum over all live sources and the partitions they travel through."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.mention import Gap, Tick


@dataclass(slots=True)
class Watermark:
    """Takes ticks, says up to when every live source has spoken; None before the first word.

    A source counts as soon as it ticked once, and on all of its `parts`: until a tick came through
    each of them, nothing can be decided. A source that is down (`gap`) stops holding the others back
    until its next tick: part by part, since what it said before it fell silent may still be on its
    way through a slower one.
    """

    _ticks: dict[str, dict[int, datetime]] = field(default_factory=dict)
    _parts: dict[str, int] = field(default_factory=dict)
    _down: set[tuple[str, int]] = field(default_factory=set)

    def tick(self, tick: Tick) -> None:
        """Ticks never go back: an older one, as after a restart, changes nothing."""
        parts = self._ticks.setdefault(tick.source, {})
        if tick.part not in parts or parts[tick.part] < tick.at:
            parts[tick.part] = tick.at
        self._parts[tick.source] = tick.parts
        self._down.discard((tick.source, tick.part))

    def gap(self, gap: Gap) -> None:
        """A gap that names no part speaks for them all.

        One that ends before what its source has said since is an old one, told again after a restart
        somewhere: the source is up.
        """
        ticks = self._ticks.get(gap.connector)
        if ticks is None:
            return
        parts = range(self._parts[gap.connector]) if gap.parts == 1 else (gap.part,)
        self._down.update(
            (gap.connector, part) for part in parts if part not in ticks or gap.until_at > ticks[part]
        )

    @property
    def sources(self) -> set[str]:
        """Sources that spoke and are not down."""
        return {source for source in self._ticks if not self._is_down(source)}

    @property
    def at(self) -> datetime | None:
        live = self.sources
        if not live or any(len(self._ticks[source]) < self._parts[source] for source in live):
            return None
        return min(
            at
            for source in live
            for part, at in self._ticks[source].items()
            if (source, part) not in self._down
        )

    def _is_down(self, source: str) -> bool:
        return all((source, part) in self._down for part in range(self._parts[source]))

    def to_json(self) -> dict[str, Any]:
        return {
            source: {
                "parts": self._parts[source],
                "down": sorted(part for name, part in self._down if name == source),
                "ticks": {str(part): at.isoformat() for part, at in sorted(ticks.items())},
            }
            for source, ticks in sorted(self._ticks.items())
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Watermark:
        self = cls()
        for source, state in value.items():
            self._parts[source] = state["parts"]
            self._ticks[source] = {
                int(part): datetime.fromisoformat(at) for part, at in state["ticks"].items()
            }
            self._down.update((source, part) for part in state["down"])
        return self
