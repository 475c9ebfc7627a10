"""Which authors a watch has heard before: exact, bounded, part of the detector's state."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

MEMORY_DAYS: Final = 30
MAX_AUTHORS: Final = 20_000


@dataclass(slots=True)
class KnownVoices:
    """Author numbers with the day each was last heard, in the order in which they were.

    Exact rather than a sketch: a sketch's errors would depend on the pseudonym key, and incidents may
    not. Who was silent for `MEMORY_DAYS` is new again; of more than `MAX_AUTHORS` those go first that
    were heard longest ago.
    """

    _last_day: dict[int, int] = field(default_factory=dict)

    def __contains__(self, author: int) -> bool:
        return author in self._last_day

    def __len__(self) -> int:
        return len(self._last_day)

    def hear(self, authors: Iterable[int], at_s: int) -> None:
        day = at_s // 86_400
        for author in authors:
            if author:
                self._last_day.pop(author, None)
                self._last_day[author] = day

    def forget(self, at_s: int) -> None:
        oldest = at_s // 86_400 - MEMORY_DAYS
        surplus = len(self._last_day) - MAX_AUTHORS
        gone: list[int] = []
        for author, day in self._last_day.items():
            if day >= oldest and len(gone) >= surplus:
                break
            gone.append(author)
        for author in gone:
            del self._last_day[author]

    def to_json(self) -> dict[str, Any]:
        return {
            "authors": _pack(list(self._last_day), "<u8"),
            "days": _pack(list(self._last_day.values()), "<u4"),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> KnownVoices:
        authors = _unpack(value["authors"], "<u8")
        return cls(dict(zip(authors, _unpack(value["days"], "<u4"), strict=True)))


def _pack(numbers: list[int], dtype: str) -> str:
    return base64.b64encode(np.array(numbers, dtype=dtype).tobytes()).decode("ascii")


def _unpack(text: str, dtype: str) -> list[int]:
    return [int(number) for number in np.frombuffer(base64.b64decode(text), dtype=dtype)]
