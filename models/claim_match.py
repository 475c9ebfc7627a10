"""Whether a text tells a known claim, in its own words.

Both are read as the stems of their words that carry meaning. A wording of a claim is found where at
least four fifths of its stems stand close together in the text: within twice as many words as the
wording has, and four. People copy a rumour nearly word for word, leave out a word, turn "has burst"
into "burst", and put "breaking" in front; that is found. Another sentence on the same dam is not.

A text that puts "not" among these words, where the wording has none, tells the opposite.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from models.text import words_of

COVERAGE: Final = 0.8
"""Share of a wording's stems that must be there."""

MIN_CONTENT_WORDS: Final = 3
"""Fewer stems than this are in too many texts to say anything."""

# Words that carry no meaning of their own, folded; those of negation are apart.
_EMPTY_WORDS_TEXT: Final = """
a ai aie ait all alors an and are as at au aura aux avait avec avoir be been being but by c ca ce ceci cela
ces cet cette ceux chez comme d dans de des donc du elle elles en encore est et etait etaient ete etre eu eux
fait for from had has have he her his i il ils in into is it its j je just l la le les leur leurs lui m ma
maintenant mais me mes moi mon my nos notre nous now of on ont or ou our par plus pour qu que qui s sa se ses
she si so son sont sous sur t ta te tes that the their them there they this to ton tous tout toute toutes
tres tu un une us va vers vient vont vos votre vous was we were which who will with y you your
"""
_NEGATIONS_TEXT: Final = """
pas jamais aucun aucune nullement sans non not never no none neither without didn hasn isn wasn doesn don
haven cannot
"""
_EMPTY_WORDS: Final = frozenset(_EMPTY_WORDS_TEXT.split())
NEGATIONS: Final = frozenset(_NEGATIONS_TEXT.split())

_MIN_STEM: Final = 3
_ENDINGS: Final = ("ing", "ent", "ant", "ees", "ed", "er", "ez", "ee", "en", "es", "e")


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """What is left of a folded word without the commonest endings of French and English.

    Rough on purpose: both sides of a comparison are cut alike, and four fifths must agree.
    """
    if len(word) > _MIN_STEM and word[-1] in "sx":
        word = word[:-1]
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _MIN_STEM:
            return word[: -len(ending)]
    return word


@lru_cache(maxsize=1 << 16)
def _content_stem(word: str) -> str | None:
    return None if word in _EMPTY_WORDS or word in NEGATIONS else stem(word)


def content_stems(words: Iterable[str]) -> frozenset[str]:
    """The distinct stems of the words that carry meaning."""
    return frozenset(found for word in words if (found := _content_stem(word)) is not None)


@dataclass(frozen=True, slots=True)
class Wording:
    """One way to tell a claim."""

    stems: frozenset[str]
    needed: int
    """How many of them a text must have."""
    span: int
    """Within how many words they must stand."""
    negated: bool

    @classmethod
    def of(cls, text: str) -> Wording:
        """Raises ValueError where `text` has fewer than `MIN_CONTENT_WORDS` stems."""
        words = words_of(text)
        stems = content_stems(words)
        if len(stems) < MIN_CONTENT_WORDS:
            raise ValueError(f"{text!r} has too few words that carry meaning")
        needed = -int(-COVERAGE * len(stems) // 1)
        return cls(stems, needed, 2 * len(words) + 4, not NEGATIONS.isdisjoint(words))


@dataclass(frozen=True, slots=True)
class Telling:
    """Where a wording was found: tokens `first` to `last`; `denial` is the word that turns it round."""

    first: int
    last: int
    denial: str | None


def find_wording(wording: Wording, tokens: Sequence[str]) -> Telling | None:
    """The tightest place in `tokens` that tells the wording; the first of equals."""
    places = [
        (at, found)
        for at, token in enumerate(tokens)
        if (found := _content_stem(token)) is not None and found in wording.stems
    ]
    best: tuple[int, int] | None = None
    counts: dict[str, int] = {}
    start = 0
    for at, found in places:
        counts[found] = counts.get(found, 0) + 1
        while len(counts) >= wording.needed:
            first, leaving = places[start]
            if at - first < wording.span and (best is None or at - first < best[1] - best[0]):
                best = (first, at)
            counts[leaving] -= 1
            if not counts[leaving]:
                del counts[leaving]
            start += 1
    if best is None:
        return None
    first, last = best
    denial = None
    if not wording.negated:
        # "not" may stand right before ("it is not true that the dam has burst") or right after the verb.
        near = tokens[max(0, first - 1) : last + 2]
        denial = next((token for token in near if token in NEGATIONS), None)
    return Telling(first, last, denial)
