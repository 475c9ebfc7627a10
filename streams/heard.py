"""What a watch has heard: its open rows, the last hours, the voices it knows, and when nobody listened.

Shared by every rule of the watch: a second sensitivity costs its own detectors and not the rows again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from streams.records import STEP_S
from streams.signals import StepTime
from streams.voices import KnownVoices
from streams.window import LONGEST_S, Row, Window


@dataclass(slots=True)
class Gaps:
    """Seconds of recent steps in which somebody did not listen."""

    spans: dict[int, int] = field(default_factory=dict)

    def add(self, start_s: int) -> None:
        self.spans[start_s] = STEP_S
        while (first := next(iter(self.spans))) < start_s - LONGEST_S:
            del self.spans[first]

    def since(self, since_s: int) -> int:
        return sum(seconds for start_s, seconds in self.spans.items() if start_s >= since_s)


@dataclass(slots=True)
class Heard:
    """`close` a step, let every rule read its rows, then `hear` who spoke in it.

    `drill` once a post of an exercise was heard, which a demo's own store alone lets in.
    """

    window: Window = field(default_factory=Window)
    voices: KnownVoices = field(default_factory=KnownVoices)
    gaps: Gaps = field(default_factory=Gaps)
    drill: bool = False

    def close(self, step: StepTime) -> tuple[Row, ...]:
        """The rows of the step, which is decided herewith."""
        rows = self.window.close(step.start_s, heard=not step.gap)
        if step.gap or step.partial_gap:
            self.gaps.add(step.start_s)
        return rows

    def hear(self, rows: Sequence[Row], step: StepTime) -> None:
        self.voices.hear((row.author for row in rows), step.start_s)
        self.voices.forget(step.start_s)

    def to_json(self) -> dict[str, Any]:
        return {
            "window": self.window.to_json(),
            "voices": self.voices.to_json(),
            "gaps": [list(item) for item in self.gaps.spans.items()],
            "drill": self.drill,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Heard:
        return cls(
            Window.from_json(value["window"]),
            KnownVoices.from_json(value["voices"]),
            Gaps({int(start): span for start, span in value.get("gaps", [])}),
            value.get("drill", False),
        )
