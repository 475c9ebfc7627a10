"""VADER's scores, to the last digit, at less than half of its cost.

The lexicon, the emoji table and every constant come from the installed `vaderSentiment` package;
only the control flow is ours. What is different: a token is analysed once and remembered, emoji are
looked for with one set test, a text without any lexicon word leaves early, and nothing is quadratic
in the length of the text (the original's negation and "but" rules are). The tests hold both to
equality on thousands of generated texts.

Hutto, C.J. & Gilbert, E.E. (2014). VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social
Media Text. ICWSM.
"""

import heapq
import math
import string
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from vaderSentiment.vaderSentiment import (
    BOOSTER_DICT,
    C_INCR,
    N_SCALAR,
    NEGATE,
    SPECIAL_CASES,
    SentimentIntensityAnalyzer,
)

TOKENS_REMEMBERED = 200_000
"""The memo is emptied when it is this full: about 60 MB at worst."""

LONGEST_REMEMBERED = 48
"""Longer tokens are links or noise; remembering them would let one post fill the memo."""


class Token(NamedTuple):
    """What VADER's rules ask of one white-space token, whatever stands around it."""

    lower: str
    upper: bool
    lexicon: float | None
    booster: float | None
    negates: bool
    idiomatic: bool


class _Memo(dict[str, Token]):
    """Raw token to `Token`, computed on first sight."""

    def __init__(self, lexicon: dict[str, float]) -> None:
        super().__init__()
        self._lexicon = lexicon
        phrases = [*SPECIAL_CASES, *BOOSTER_DICT]
        self._idiomatic = {word for phrase in phrases if " " in phrase for word in phrase.split()}
        self._negations = frozenset(NEGATE)

    def __missing__(self, raw: str) -> Token:
        stripped = raw.strip(string.punctuation)
        word = raw if len(stripped) <= 2 else stripped
        lower = word.lower()
        again = lower.lower()
        token = Token(
            lower=lower,
            upper=word.isupper(),
            lexicon=self._lexicon.get(lower),
            booster=BOOSTER_DICT.get(lower),
            negates=again in self._negations or "n't" in again,
            idiomatic=lower in self._idiomatic,
        )
        if len(raw) <= LONGEST_REMEMBERED:
            if len(self) >= TOKENS_REMEMBERED:
                self.clear()
            self[raw] = token
        return token


class Vader:
    """Scores English texts; one instance may be shared, and threads at worst analyse a token twice."""

    def __init__(self) -> None:
        analyzer = SentimentIntensityAnalyzer()
        self._lexicon: dict[str, float] = analyzer.lexicon
        # The original looks one character at a time, so longer keys never match there either.
        self.emoji: dict[str, str] = {key: text for key, text in analyzer.emojis.items() if len(key) == 1}
        self._emoji_set = frozenset(self.emoji)
        self._ascii_emoji = any(key.isascii() for key in self.emoji)
        self._tokens = _Memo(self._lexicon)

    def compounds(self, texts: Sequence[str]) -> list[float]:
        """The compound score of each text, -1 to 1, rounded to four places as the original does."""
        return [self._compound(text) for text in texts]

    def polarity_scores(self, text: str) -> dict[str, float]:
        """The original's four numbers: `neg`, `neu`, `pos` (shares) and `compound`."""
        text, valences = self._valences(text)
        if valences is None:
            return {"neg": 0.0, "neu": 1.0 if text else 0.0, "pos": 0.0, "compound": 0.0}
        scores: dict[str, float] = _score_valence(valences, text)
        return scores

    def _compound(self, text: str) -> float:
        text, valences = self._valences(text)
        if valences is None:
            return 0.0
        total = float(sum(valences))
        if total > 0:
            total += _emphasis(text)
        elif total < 0:
            total -= _emphasis(text)
        return round(_normalize(total), 4)

    def _valences(self, text: str) -> tuple[str, list[float] | None]:
        """The text as the rules see it, and a valence a token; None where no token is in the lexicon."""
        if (self._ascii_emoji or not text.isascii()) and not self._emoji_set.isdisjoint(text):
            text = self._describe_emoji(text)
        else:
            text = text.strip()
        tokens = list(map(self._tokens.__getitem__, text.split()))
        hits = [index for index, token in enumerate(tokens) if token[2] is not None and token[3] is None]
        if not hits:
            return text, None
        shouted = sum([token[1] for token in tokens])
        mixed_case = 0 < len(tokens) - shouted < len(tokens)
        valences: list[float] = [0] * len(tokens)
        last = len(tokens) - 1
        for index in hits:
            if index < last and tokens[index].lower == "kind" and tokens[index + 1].lower == "of":
                continue
            valences[index] = self._valence(tokens, index, mixed_case)
        _weigh_but(tokens, valences)
        return text, valences

    def _describe_emoji(self, text: str) -> str:
        """Each emoji replaced by its description, a space put before it where there was none."""
        parts: list[str] = []
        after_space = True
        emoji = self.emoji
        for character in text:
            description = emoji.get(character)
            if description is None:
                parts.append(character)
                after_space = character == " "
            else:
                parts.append(description if after_space else " " + description)
                after_space = False
        return "".join(parts).strip()

    def _valence(self, tokens: list[Token], index: int, mixed_case: bool) -> float:
        """The lexicon's valence of one token after its three predecessors and its neighbours have spoken."""
        token = tokens[index]
        lexicon = token.lexicon
        assert lexicon is not None
        valence = lexicon
        if token.lower == "no" and index != len(tokens) - 1 and tokens[index + 1].lexicon is not None:
            valence = 0.0
        if (
            (index > 0 and tokens[index - 1].lower == "no")
            or (index > 1 and tokens[index - 2].lower == "no")
            or (index > 2 and tokens[index - 3].lower == "no" and tokens[index - 1].lower in {"or", "nor"})
        ):
            valence = lexicon * N_SCALAR
        if token.upper and mixed_case:
            valence += C_INCR if valence > 0 else -C_INCR
        for back in (1, 2, 3):
            if index < back:
                break
            before = tokens[index - back]
            if before.lexicon is not None:
                continue
            if before.booster is not None:
                valence = valence + _boost(before, valence, mixed_case) * _FADE[back]
            valence = _negate(valence, tokens, index, back)
            if back == 3:
                valence = _idioms(valence, tokens, index)
        least = index > 0 and tokens[index - 1].lower == "least" and tokens[index - 1].lexicon is None
        if least and (index == 1 or tokens[index - 2].lower not in {"at", "very"}):
            valence = valence * N_SCALAR
        return valence


_FADE = {1: 1.0, 2: 0.95, 3: 0.9}


def _boost(before: Token, valence: float, mixed_case: bool) -> float:
    assert before.booster is not None
    scalar = -before.booster if valence < 0 else before.booster
    if before.upper and mixed_case:
        scalar += C_INCR if valence > 0 else -C_INCR
    return scalar


def _negate(valence: float, tokens: list[Token], index: int, back: int) -> float:
    if back == 1:
        return valence * N_SCALAR if tokens[index - 1].negates else valence
    nearest = tokens[index - 1].lower
    if back == 2:
        farthest = tokens[index - 2]
        if farthest.lower == "never" and nearest in {"so", "this"}:
            return valence * 1.25
        if farthest.lower == "without" and nearest == "doubt":
            return valence
        return valence * N_SCALAR if farthest.negates else valence
    middle, farthest = tokens[index - 2].lower, tokens[index - 3]
    # The original's missing brackets are kept: "so" or "this" just before amplifies with no "never" at all.
    if (farthest.lower == "never" and middle in {"so", "this"}) or nearest in {"so", "this"}:
        return valence * 1.25
    if farthest.lower == "without" and "doubt" in {middle, nearest}:
        return valence
    return valence * N_SCALAR if farthest.negates else valence


def _idioms(valence: float, tokens: list[Token], index: int) -> float:
    """Fixed phrases around the token; reached only with three tokens before it, as in the original."""
    if sum([token[5] for token in tokens[index - 3 : index + 3]]) < 2:
        return valence
    three, two, one, zero = (token.lower for token in tokens[index - 3 : index + 1])
    after = [token.lower for token in tokens[index + 1 : index + 3]]
    phrases = (
        f"{one} {zero}",
        f"{two} {one} {zero}",
        f"{two} {one}",
        f"{three} {two} {one}",
        f"{three} {two}",
    )
    for phrase in phrases:
        if phrase in SPECIAL_CASES:
            valence = SPECIAL_CASES[phrase]
            break
    for length in range(1, len(after) + 1):
        phrase = " ".join([zero, *after[:length]])
        if phrase in SPECIAL_CASES:
            valence = SPECIAL_CASES[phrase]
    for phrase in (f"{three} {two} {one}", f"{three} {two}", f"{two} {one}"):
        if phrase in BOOSTER_DICT:
            valence = valence + BOOSTER_DICT[phrase]
    return valence


def _weigh_but(tokens: list[Token], valences: list[float]) -> None:
    """Halve what stands before the first "but", raise what follows by half; in place.

    The original walks the list and rescales the *first* entry equal to the current one, so equal valences are
    not treated alike. A heap of positions a value gives the same result without its quadratic search.
    """
    pivot = next((index for index, token in enumerate(tokens) if token.lower == "but"), None)
    if pivot is None:
        return
    positions: dict[float, list[int]] = {}
    for index, valence in enumerate(valences):
        positions.setdefault(valence, []).append(index)
    for index in range(len(valences)):
        value = valences[index]
        first = positions[value][0]
        if first == pivot or not value:
            continue
        heapq.heappop(positions[value])
        changed = value * (0.5 if first < pivot else 1.5)
        valences[first] = changed
        heapq.heappush(positions.setdefault(changed, []), first)


def _normalize(score: float, alpha: float = 15) -> float:
    normalized = score / math.sqrt((score * score) + alpha)
    return max(-1.0, min(1.0, normalized))


def _emphasis(text: str) -> float:
    exclamations = min(text.count("!"), 4)
    questions = text.count("?")
    amplifier: float = 0
    if questions > 1:
        amplifier = questions * 0.18 if questions <= 3 else 0.96
    return exclamations * 0.292 + amplifier


_score_valence = SentimentIntensityAnalyzer.score_valence.__get__(
    # `score_valence` reads no attribute of the lexicon, so an instance that never loaded one will do.
    SentimentIntensityAnalyzer.__new__(SentimentIntensityAnalyzer)
)


@cache
def shared_vader() -> Vader:
    """The process's one instance: loading the lexicon takes some 30 ms and the memo is worth sharing."""
    return Vader()
