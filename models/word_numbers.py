"""The words of a post as numbers: what detection keeps for weeks is no text."""

from __future__ import annotations

import zlib
from typing import Final

from models.text import NormalText, words_of

SHORTEST: Final = 4
"""Letters of a word that counts: shorter ones are hardly ever new to a watch."""
FIRST_WORDS: Final = 32
"""Words read of a post, all of most; an article's news is in its title."""
_REMEMBERED: Final = 1 << 17


class _Numbers(dict[str, int]):
    """Word to its number, 0 for one that does not count; remembered, since words are met again."""

    def __missing__(self, word: str) -> int:
        if len(self) >= _REMEMBERED:
            self.clear()
        counts = len(word) >= SHORTEST and not word.isdigit()
        number = self[word] = zlib.crc32(word.encode("utf-8", "surrogatepass")) if counts else 0
        return number


_NUMBERS: Final = _Numbers()


def word_numbers(text: NormalText) -> tuple[int, ...]:
    """The words of a post as numbers below 2**32, each once, in order; no numerals, no accounts' names.

    Part of what travels and is kept, so that which number a word has may not change.

    >>> from models.text import normalise
    >>> word_numbers(normalise("La digue a cédé !")) == word_numbers(normalise("cede, DIGUE 2026 @la"))
    True
    """
    numbers = set(map(_NUMBERS.__getitem__, text.tokens[:FIRST_WORDS]))
    numbers.discard(0)
    if text.mentions:
        numbers.difference_update(_NUMBERS[word] for name in text.mentions for word in words_of(name))
    return tuple(sorted(numbers))
