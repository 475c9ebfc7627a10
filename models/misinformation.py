"""What in a text is a reason to look at it: phrases that mark rumours, and claims known to be false.

A flag says *review*, never *false*. Reasons come in this order:

    phrase       a phrase of a lexicon or of the watch stands in the text; `value` is the phrase
    claim        the text tells a known claim; `id` and `answer` say which, and what to reply
    classifier   a model finds that it resembles texts once labelled false (`score` says how much)
    correction   the text denies what it repeats ("c'est faux", "debunked"); `value` is how it says so

Who corrects a rumour repeats it. So the reasons of such a text are listed like any other's, a
`correction` follows them, and the text is not flagged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol, Self

from models.claim_match import MIN_CONTENT_WORDS, Telling, Wording, content_stems, find_wording
from models.claims import Claim, ClaimsError, load_claims
from models.lexicons import LEXICONS, correction_signs, lexicon, lexicon_names
from models.phrases import PhraseIndex, phrase_words
from models.text import NormalText

__all__ = [
    "Abstaining",
    "Checker",
    "Claim",
    "ClaimsError",
    "Classifier",
    "Finding",
    "Reason",
    "lexicon_names",
    "load_claims",
]

NEAR_WORDS: Final = 25
"""A denial concerns what stands within this many words of it."""

# Words known to be of no claim. A post is written by anybody, so both limits are for memory only.
_REMEMBERED: Final = 1 << 17
_LONGEST_REMEMBERED: Final = 40

_BUT: Final = frozenset({"mais", "but", "pourtant", "however", "yet", "sauf"})

Kind = Literal["phrase", "claim", "classifier", "correction"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why to look at a text, or for `correction` why not; see the head of this module."""

    kind: Kind
    value: str | None = None
    id: str | None = None
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """`score` is the classifier's, 0.0 where it abstains."""

    flagged: bool
    score: float
    reasons: tuple[Reason, ...] = ()


NOTHING: Final = Finding(flagged=False, score=0.0)


class Classifier(Protocol):
    """Scores how much a text resembles texts that were labelled false, 0..1; None where it abstains.

    What it scores becomes a reason and a flag: an implementation abstains unless it is sure.
    """

    @property
    def version(self) -> str: ...
    def score(self, text: NormalText) -> float | None: ...


class Abstaining:
    """No classifier: one trained on a topic's past knows a style, not the truth."""

    version = "none"

    def score(self, text: NormalText) -> float | None:  # noqa: ARG002
        return None


@dataclass(frozen=True, slots=True)
class _Hit:
    """Something found, and where: tokens `first` to `last`, or None for the parts of a hashtag."""

    reason: Reason
    place: tuple[int, int] | None
    denial: str | None = None


class Checker:
    """What one watch holds to be worth a look, compiled once and used for every text."""

    version: Final = "lexicons-1"

    def __init__(
        self,
        *,
        lexicons: Iterable[str] = (),
        phrases: Iterable[str] = (),
        claims: Iterable[Claim] = (),
        classifier: Classifier | None = None,
    ) -> None:
        """`phrases` are the watch's own; the order of phrases is the order of reasons.

        Raises KeyError for a lexicon that there is not, ValueError for a phrase without a word or a
        claim whose wording has too few.
        """
        wanted = dict.fromkeys(phrases)
        for name in lexicons:
            wanted.update(dict.fromkeys(lexicon(name)))
        self._phrases = tuple(wanted)
        self._index = PhraseIndex(self._phrases)
        self._claims = tuple((claim, tuple(map(Wording.of, claim.texts))) for claim in claims)
        self._wanted_stems = frozenset(
            each for _, wordings in self._claims for wording in wordings for each in wording.stems
        )
        self._misses: set[str] = set()
        self._classifier: Classifier = Abstaining() if classifier is None else classifier

    @classmethod
    def shipped(cls) -> Self:
        """Everything that ships, for texts of no watch."""
        return cls(lexicons=sorted(LEXICONS))

    @property
    def phrases(self) -> tuple[str, ...]:
        """The phrases it looks for; without one of them and with `phrases_only` there is nothing to find."""
        return self._phrases

    @property
    def phrases_only(self) -> bool:
        return not self._claims and isinstance(self._classifier, Abstaining)

    def check(self, text: NormalText, at: datetime | None = None) -> Finding:
        """Look at one text. `at` is when it was written: claims are looked for on their days alone.

        Without `at`, on any day.
        """
        hits = [*self._phrase_hits(text), *self._claim_hits(text, at)]
        score = self._classifier.score(text)
        if not hits and score is None:
            return NOTHING
        reasons = [hit.reason for hit in hits]
        denials = [_denial(text, hit) for hit in hits]
        standing = len(hits) == 0 or any(denial is None for denial in denials)
        if score is not None:
            reasons.append(Reason(kind="classifier"))
        reasons += [
            Reason(kind="correction", value=said) for said in dict.fromkeys(denials) if said is not None
        ]
        return Finding(flagged=standing, score=score or 0.0, reasons=tuple(reasons))

    def _phrase_hits(self, text: NormalText) -> list[_Hit]:
        return [
            _Hit(
                Reason(kind="phrase", value=self._phrases[number]),
                _place(text.tokens, self._index.phrases[number]),
            )
            for number in sorted(self._index.find(text))
        ]

    def _claim_hits(self, text: NormalText, at: datetime | None) -> list[_Hit]:
        if not self._claims:
            return []
        stems = self._stems(text)
        if len(stems) < MIN_CONTENT_WORDS:
            return []
        hits = []
        for claim, wordings in self._claims:
            if at is not None and not claim.valid_on(at.date()):
                continue
            tellings = [
                found
                for wording in wordings
                if len(stems & wording.stems) >= wording.needed
                and (found := find_wording(wording, text.tokens))
            ]
            if tellings:
                # One wording told without a "not" is enough.
                told = min(tellings, key=_how_clear)
                reason = Reason(kind="claim", id=claim.id, answer=claim.full_answer)
                hits.append(_Hit(reason, (told.first, told.last), told.denial))
        return hits

    def _stems(self, text: NormalText) -> frozenset[str]:
        """The stems in `text` that any claim wants. Most words are wanted by none: these are remembered."""
        words = text.words.difference(self._misses)
        stems = content_stems(words) & self._wanted_stems
        if len(words) > len(stems):
            if len(self._misses) >= _REMEMBERED:
                self._misses.clear()
            self._misses.update(
                word
                for word in words
                if len(word) <= _LONGEST_REMEMBERED and self._wanted_stems.isdisjoint(content_stems((word,)))
            )
        return stems


def _how_clear(telling: Telling) -> tuple[bool, int, int]:
    return telling.denial is not None, telling.last - telling.first, telling.first


def _place(tokens: Sequence[str], words: Sequence[str]) -> tuple[int, int] | None:
    """Where in `tokens` the words of a phrase stand first."""
    wanted = [word.lstrip("#@") for word in words]
    for first in range(len(tokens) - len(wanted) + 1):
        if all(_is(tokens[first + offset], word) for offset, word in enumerate(wanted)):
            return first, first + len(wanted) - 1
    return None


def _is(token: str, word: str) -> bool:
    return token.startswith(word[:-1]) if word.endswith("*") else token == word


class _Signs:
    """The signs of a correction, compiled."""

    def __init__(self) -> None:
        signs = correction_signs()
        self.cues = PhraseIndex(signs.cues)
        self.names = signs.cues
        self.openers = {words: name for name in signs.openers for words in phrase_words(name)}
        self.taken_back = PhraseIndex(signs.taken_back)


_SIGNS: Final = _Signs()


def _denial(text: NormalText, hit: _Hit) -> str | None:
    """How the text denies what was hit; None where it does not.

    A cue inside the phrase itself says nothing, one that is taken back ("they say it is false") neither,
    nor one that is followed by "but" before the phrase comes.
    """
    if hit.denial is not None:
        return hit.denial
    tokens = text.tokens
    if _SIGNS.taken_back.find(text):
        return None
    opener = _SIGNS.openers.get(tokens[0]) if tokens else None
    if opener is not None and (hit.place is None or hit.place[0] > 0) and not _but(tokens, 0, hit.place):
        return opener
    for number in sorted(_SIGNS.cues.find(text)):
        place = _place(tokens, _SIGNS.cues.phrases[number])
        if place is None or hit.place is None:
            return _SIGNS.names[number]
        inside = hit.place[0] <= place[0] and place[1] <= hit.place[1]
        near = place[0] - hit.place[1] <= NEAR_WORDS and hit.place[0] - place[1] <= NEAR_WORDS
        if near and not inside and not _but(tokens, place[1], hit.place):
            return _SIGNS.names[number]
    return None


def _but(tokens: Sequence[str], cue_end: int, place: tuple[int, int] | None) -> bool:
    """Whether a "but" stands between a cue and the phrase after it."""
    return place is not None and not _BUT.isdisjoint(tokens[cue_end + 1 : place[0]])
