"""Lists of words that ship with Vigie: phrases that often mark rumours, and signs of a correction.

Each file was written for this project, in French and in English, as a start that a watch completes with
phrases of its own. What is on a list is a reason to look at a post, and says nothing about its truth.
A `*` stands for any end of a word, as in `models.phrases`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain
from types import MappingProxyType
from typing import Any, Final, cast

import yaml

GENERAL: Final = "general"
"""Part of every lexicon: distrust sounds the same whatever it is about."""

LEXICONS: Final = MappingProxyType(
    {
        "elections": "elections.yaml",
        "fires": "fires.yaml",
        "floods": "floods.yaml",
        "general": "general.yaml",
        "health": "health.yaml",
        "infrastructure": "infrastructure.yaml",
    }
)


def lexicon_names() -> frozenset[str]:
    """The names that a watches file may use."""
    return frozenset(LEXICONS)


@cache
def lexicon(name: str) -> tuple[str, ...]:
    """The phrases of a lexicon, those of `general` after its own, each once.

    Raises KeyError where there is no lexicon of that name.
    """
    names = dict.fromkeys((name, GENERAL))
    by_language = (_content(LEXICONS[each]).values() for each in names)
    return tuple(dict.fromkeys(chain.from_iterable(chain.from_iterable(by_language))))


@dataclass(frozen=True, slots=True)
class CorrectionSigns:
    """By what a post denies what it repeats: `openers` as its first word only, `taken_back` undo a cue."""

    cues: tuple[str, ...]
    openers: tuple[str, ...]
    taken_back: tuple[str, ...]


@cache
def correction_signs() -> CorrectionSigns:
    content = _content("corrections.yaml")
    return CorrectionSigns(
        **{key: tuple(dict.fromkeys(chain.from_iterable(content[key].values()))) for key in content}
    )


def _content(name: str) -> dict[str, Any]:
    return cast("dict[str, Any]", yaml.safe_load(files(__name__).joinpath(name).read_text(encoding="utf-8")))
