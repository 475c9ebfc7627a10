"""Two languages that matter equally: every text of a board is written in both, side by side."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Tongue(StrEnum):
    EN = "en"
    FR = "fr"


class Text(NamedTuple):
    en: str
    fr: str

    def to(self, tongue: Tongue) -> str:
        return self.fr if tongue is Tongue.FR else self.en


def same(text: str) -> Text:
    """What needs no translation, such as a name."""
    return Text(text, text)
