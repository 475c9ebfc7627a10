"""What the words of a step say: which word is suddenly new, and who shares it.

Found by `models.novelty`, weighed by `models.corroboration`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest word of a window. `height` is 1 where an ordinary day's newest is; 0 for none.

    `beyond` are those of its voices that are not of the platform that has most of them.
    """

    height: float = 0.0
    voices: int = 0
    beyond: int = 0
    window_s: int = 0
    word: int = 0


@dataclass(frozen=True, slots=True)
class News:
    """The newest word of each window, of a watch on one or on several platforms.

    `known` that most of what is said has an author and words, and that enough was heard to call one new.
    """

    newest: tuple[Newest, ...] = ()
    known: bool = False
    several_platforms: bool = False


UNKNOWN: Final = News()
