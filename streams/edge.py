"""The edge of the house: whatever comes in passes here once, in the order its source sent it.

Authors become pseudonyms, and a mention that comes later than its source's own watermark allows is
marked late. Lateness is judged here and nowhere else: only the source's order is the same for one
process and for many, so that both take the same decisions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.mention import Mention, Retraction, Tick
from streams.pseudonym import Pseudonymiser


class Edge:
    """One source's way in."""

    def __init__(self, source: str, pseudonymiser: Pseudonymiser, lateness_s: int) -> None:
        self.source = source
        self.watermark: datetime | None = None
        self._begun_at: datetime | None = None
        self._pseudonymiser = pseudonymiser
        self._lateness = timedelta(seconds=lateness_s)

    def admit(self, item: Mention | Retraction) -> Mention | Retraction:
        """The record as the inside may see it; a mention moves the source's watermark."""
        if isinstance(item, Retraction):
            return self._pseudonymiser.retraction(item)
        mention = self._pseudonymiser.mention(item)
        if self.watermark is None or mention.counted_at > self.watermark:
            self.watermark = mention.counted_at
        elif mention.counted_at < self.watermark - self._lateness:
            return replace(mention, late=True)
        # Only as long as no tick has promised more than the beginning: later, what lies before it is late.
        if self._begun_at is None or mention.counted_at < self._begun_at:
            self._begun_at = mention.counted_at
        return mention

    def advance(self, at: datetime) -> None:
        """The source says how far it has come, also when it has nothing to say."""
        if self._begun_at is None:
            self._begun_at = at
        if self.watermark is None or at > self.watermark:
            self.watermark = at

    def tick(self) -> Tick | None:
        """What can be promised: all that counts before this was said, but for what is marked late."""
        return None if self.watermark is None else self._tick(self.watermark - self._lateness)

    def final_tick(self, step_s: int) -> Tick | None:
        """Nothing more will come: the step that the newest mention lies in can be decided."""
        if self.watermark is None:
            return None
        end_s = (int(self.watermark.timestamp()) // step_s + 1) * step_s
        return self._tick(datetime.fromtimestamp(end_s, UTC))

    def to_json(self) -> dict[str, Any]:
        """What goes with a cursor: whoever goes on from there judges lateness as this one would have."""
        return {
            "watermark": None if self.watermark is None else self.watermark.isoformat(),
            "begun_at": None if self._begun_at is None else self._begun_at.isoformat(),
        }

    def go_on(self, state: Mapping[str, Any]) -> None:
        """Go on from another's `to_json`."""
        self.watermark, self._begun_at = (
            None if state[name] is None else datetime.fromisoformat(state[name])
            for name in ("watermark", "begun_at")
        )

    def _tick(self, at: datetime) -> Tick:
        assert self._begun_at is not None
        return Tick(source=self.source, at=at, begun_at=self._begun_at)
