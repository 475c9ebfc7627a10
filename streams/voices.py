"""Which authors a watch has heard before: exact, bounded, part of the detector's state."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

MEMORY_DAYS: Final = 30
MAX_AUTHORS: Final = 20_000


@dataclass(slots=True)
class KnownVoices:
    """Author numbers with the seconds each was first and last heard, in the order of the latter.

    Exact rather than a sketch: a sketch's errors would depend on the pseudonym key, and incidents may
    not. Who was silent for `MEMORY_DAYS` is new again; of more than `MAX_AUTHORS` those go first that
    were heard longest ago.
    """

    _heard: dict[int, tuple[int, int]] = field(default_factory=dict)

    def __contains__(self, author: int) -> bool:
        return author in self._heard

    def __len__(self) -> int:
        return len(self._heard)

    def last_s(self, author: int) -> int:
        """When the author was last heard, 0 for never."""
        return self._heard.get(author, (0, 0))[1]

    def heard_since(self, since_s: int) -> tuple[int, int]:
        """(authors heard since then, those of them never heard before), up to `MAX_AUTHORS`."""
        heard = new = 0
        for first_s, last_s in reversed(self._heard.values()):
            if last_s < since_s:
                break
            heard += 1
            new += first_s >= since_s
        return heard, new

    def hear(self, authors: Iterable[int], at_s: int) -> None:
        for author in authors:
            if author:
                first_s, _ = self._heard.pop(author, (at_s, at_s))
                self._heard[author] = (first_s, at_s)

    def forget(self, at_s: int) -> None:
        oldest_s = at_s - MEMORY_DAYS * 86_400
        surplus = len(self._heard) - MAX_AUTHORS
        gone: list[int] = []
        for author, (_, last_s) in self._heard.items():
            if last_s >= oldest_s and len(gone) >= surplus:
                break
            gone.append(author)
        for author in gone:
            del self._heard[author]

    def to_json(self) -> dict[str, Any]:
        return {
            "authors": _pack(list(self._heard), "<u8"),
            "first_s": _pack([first_s for first_s, _ in self._heard.values()], "<u4"),
            "last_s": _pack([last_s for _, last_s in self._heard.values()], "<u4"),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> KnownVoices:
        times = zip(_unpack(value["first_s"], "<u4"), _unpack(value["last_s"], "<u4"), strict=True)
        return cls(dict(zip(_unpack(value["authors"], "<u8"), times, strict=True)))


def _pack(numbers: list[int], dtype: str) -> str:
    return base64.b64encode(np.array(numbers, dtype=dtype).tobytes()).decode("ascii")


def _unpack(text: str, dtype: str) -> list[int]:
    return [int(number) for number in np.frombuffer(base64.b64decode(text), dtype=dtype)]
