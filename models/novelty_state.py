"""What is kept of the words of one watch, and how it is written: columns of numbers, packed."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.platform_voices import PLACES
from models.wordings import Wordings


@dataclass(slots=True)
class NoveltyState:
    """Plain data, bounded, exact through JSON.

    `platforms` are the places of platforms in `said`, which counts what was said on each, faded, and
    `unsigned` the posts of nobody in particular. `past` is of words; `uses` are their
    voices (as in `models.platform_voices`) in the steps of the last hours, by the steps' ends, oldest first.
    `today` has the maximum of each window so far, `days` those of the days before.
    """

    age_steps: int = 0
    weekday: int = -1
    platforms: dict[str, int] = field(default_factory=dict)
    said: list[int] = field(default_factory=lambda: [0] * PLACES)
    unsigned: int = 0
    past: dict[int, int] = field(default_factory=dict)
    uses: dict[int, dict[int, int]] = field(default_factory=dict)
    wordings: Wordings = field(default_factory=dict)
    today: list[float] = field(default_factory=list)
    today_steps: int = 0
    days: list[list[float]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        past = sorted(self.past.items())
        uses = [(at_s, *use) for at_s, step in self.uses.items() for use in sorted(step.items())]
        return {
            "age_steps": self.age_steps,
            "weekday": self.weekday,
            "past": [_pack(column) for column in zip(*past, strict=True)],
            "platforms": self.platforms,
            "said": self.said,
            "unsigned": self.unsigned,
            "uses": [_pack(column, "<u8") for column in zip(*uses, strict=True)],
            "wordings": [_pack(self.wordings, "<u8"), _pack(self.wordings.values())],
            "today": self.today,
            "today_steps": self.today_steps,
            "days": self.days,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> NoveltyState:
        uses: dict[int, dict[int, int]] = {}
        bands, met_s = data["wordings"]
        for at_s, word, voices in zip(*(_unpack(column, "<u8") for column in data["uses"]), strict=True):
            uses.setdefault(at_s, {})[word] = voices
        return cls(
            age_steps=data["age_steps"],
            weekday=data["weekday"],
            platforms=dict(data["platforms"]),
            said=list(data["said"]),
            unsigned=data["unsigned"],
            past=dict(zip(*map(_unpack, data["past"]), strict=True)),
            uses=uses,
            wordings=dict(zip(_unpack(bands, "<u8"), _unpack(met_s), strict=True)),
            today=list(data["today"]),
            today_steps=data["today_steps"],
            days=[list(day) for day in data["days"]],
        )


def _pack(numbers: Iterable[int], dtype: str = "<u4") -> str:
    return base64.b64encode(np.fromiter(numbers, dtype=dtype).tobytes()).decode("ascii")


def _unpack(text: str, dtype: str = "<u4") -> list[int]:
    unpacked: list[int] = np.frombuffer(base64.b64decode(text), dtype=dtype).tolist()
    return unpacked
