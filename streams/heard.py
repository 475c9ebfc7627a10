"""What a watch has heard: its open rows, the last hours, the voices it knows, and when nobody listened.

Shared by every rule of the watch: a second sensitivity costs its own detectors and not the rows again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from models.news import UNKNOWN, News
from models.novelty import Novelty, NoveltyPolicy
from models.novelty_state import NoveltyState
from streams.records import STEP_S
from streams.sayings import sayings
from streams.signals import StepTime
from streams.voices import KnownVoices
from streams.window import LONGEST_S, Row, Window

WORDS: Final = NoveltyPolicy(step_s=STEP_S)


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

    `news` is what the words of the step that was closed last say.
    `drill` once a post of an exercise was heard, which a demo's own store alone lets in.
    """

    window: Window = field(default_factory=Window)
    voices: KnownVoices = field(default_factory=KnownVoices)
    gaps: Gaps = field(default_factory=Gaps)
    words: Novelty = field(default_factory=lambda: Novelty(WORDS))
    news: News = UNKNOWN
    drill: bool = False

    def close(self, step: StepTime) -> tuple[Row, ...]:
        """The rows of the step, which is decided herewith."""
        rows = self.window.close(step.start_s, heard=not step.gap)
        if step.gap or step.partial_gap:
            self.gaps.add(step.start_s)
        self.news = self.words.step(
            step.end_s,
            step.local_weekday,
            sayings(rows, self.voices, step.start_s),
            unsigned=sum(1 for row in rows if not row.author),
            listened=not step.gap,
        )
        return rows

    def hear(self, rows: Sequence[Row], step: StepTime) -> None:
        self.voices.hear((row.author for row in rows), step.start_s)
        self.voices.forget(step.start_s)

    def to_json(self) -> dict[str, Any]:
        return {
            "window": self.window.to_json(),
            "voices": self.voices.to_json(),
            "gaps": [list(item) for item in self.gaps.spans.items()],
            "words": self.words.state.to_json(),
            "drill": self.drill,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Heard:
        """A state kept before words were read goes on, and learns them from here on."""
        words = NoveltyState.from_json(value["words"]) if "words" in value else None
        return cls(
            Window.from_json(value["window"]),
            KnownVoices.from_json(value["voices"]),
            Gaps({int(start): span for start, span in value.get("gaps", [])}),
            Novelty(WORDS, words),
            drill=value.get("drill", False),
        )
