"""What a detector keeps between two steps: plain data, exact through JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self


class Kept:
    """Base of a slotted dataclass whose fields are numbers, texts and lists of them."""

    __slots__: ClassVar[tuple[str, ...]] = ()

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(**data)


def short(value: float) -> float:
    """To two digits after the point, one from ten on: a daily maximum is no more exact, and JSON is short."""
    return round(value, 2 if value < 10.0 else 1)
