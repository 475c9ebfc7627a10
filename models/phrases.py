"""Finding many phrases in many texts in one pass.

A phrase is one or more words in a row, matched at word boundaries as `models.text` reads words; any of
its words may end in `*` and then stands for every word that begins so. Each phrase waits under one of
its words: a text pays for its own words, whatever the number of phrases, and only a phrase whose word
was seen is compared. `#tag` and `@name` are found as hashtags and mentions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from models.text import NormalText, fold_name, words_of

WILD: Final = "*"

# Words whose entries are remembered. A post is written by anybody, so both limits are for memory only.
_REMEMBERED: Final = 1 << 17
_LONGEST_REMEMBERED: Final = 40

# A word wanted by phrases: (number of the phrase, what must also stand in the padded text).
_Entry = tuple[int, str | re.Pattern[str] | None]

_PIECE = re.compile(r"([^\s*]+)(\*?)")


def phrase_words(phrase: str) -> tuple[str, ...]:
    """The folded words of `phrase`, `*` kept at the end of a word: `Crue* de l'Hérault`.

    `#tag` and `@name` stay one word with their mark. Empty when nothing in it is a word.
    """
    bare = phrase.strip()
    if bare[:1] in {"#", "@"} and not any(map(str.isspace, bare)):
        name, star = (bare[1:-1], WILD) if bare.endswith(WILD) else (bare[1:], "")
        key = fold_name(name)
        return (bare[0] + key + star,) if key else ()
    words: list[str] = []
    for piece, star in _PIECE.findall(phrase):
        found = words_of(piece)
        words += found
        if star and found:
            words[-1] += WILD
    return tuple(words)


class PhraseIndex:
    """Phrases by number: the position of each in the sequence given.

    A phrase without any word is refused with ValueError, since it would never be found.
    """

    def __init__(self, phrases: Iterable[str | Sequence[str]]) -> None:
        """`phrases` are texts, or words already folded (as `phrase_words` gives them)."""
        self.phrases: Final = tuple(
            phrase_words(phrase) if isinstance(phrase, str) else tuple(phrase) for phrase in phrases
        )
        self._exact: dict[str, list[_Entry]] = {}
        self._prefixes: dict[str, list[_Entry]] = {}
        for number, words in enumerate(self.phrases):
            if not words or WILD in words:
                raise ValueError(f"phrase {number + 1} holds no word to look for")
            self._add(number, words)
        self._prefix_lengths = tuple(sorted({len(prefix) for prefix in self._prefixes}))
        self._hits: dict[str, tuple[_Entry, ...]] = {}
        self._misses: set[str] = set()

    def __len__(self) -> int:
        return len(self.phrases)

    def _add(self, number: int, words: tuple[str, ...]) -> None:
        needle = None if len(words) == 1 else _needle(words)
        # The longest word is the rarest, as a rule; a whole word is rarer than a beginning.
        anchor = max(words, key=lambda word: (not word.endswith(WILD), len(word)))
        if anchor.endswith(WILD):
            self._prefixes.setdefault(anchor[:-1], []).append((number, needle))
        else:
            self._exact.setdefault(anchor, []).append((number, needle))

    def find(self, text: NormalText) -> set[int]:
        """The numbers of all phrases that stand in `text`."""
        found: set[int] = set()
        hits = self._hits
        for word in text.words.difference(self._misses):
            entries = hits.get(word)
            if entries is None:
                entries = self._look_up(word)
            for number, needle in entries:
                if needle is None or (
                    needle in text.padded if isinstance(needle, str) else needle.search(text.padded)
                ):
                    found.add(number)
        return found

    def _look_up(self, word: str) -> tuple[_Entry, ...]:
        """What waits for `word`, remembered: most words of a language come again and want nothing."""
        entries = list(self._exact.get(word, ()))
        for length in self._prefix_lengths:
            if length > len(word):
                break
            entries += self._prefixes.get(word[:length], ())
        if len(word) <= _LONGEST_REMEMBERED:
            if entries:
                if len(self._hits) >= _REMEMBERED:
                    self._hits.clear()
                self._hits[word] = tuple(entries)
            else:
                if len(self._misses) >= _REMEMBERED:
                    self._misses.clear()
                self._misses.add(word)
        return tuple(entries)


def _needle(words: tuple[str, ...]) -> str | re.Pattern[str]:
    """What to look for in a padded text."""
    if not any(word.endswith(WILD) for word in words[:-1]):
        joined = " ".join(words)
        return f" {joined[:-1]}" if joined.endswith(WILD) else f" {joined} "
    patterns = (re.escape(word[:-1]) + "[^ ]*" if word.endswith(WILD) else re.escape(word) for word in words)
    return re.compile(f" {' '.join(patterns)} ")
