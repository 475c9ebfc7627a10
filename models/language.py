"""Which language a post is written in: texts and the platforms' claims flow in, ISO 639-1 codes flow out.

A linear head knows seven languages and "none of them". It is an open set: Dutch, Tagalog or Latin-
script Hindi are `und`, as is every text mostly in a script other than Latin or Arabic, and a text
without letters about which the platform claims nothing. A claim weighs as much as a few characters of
evidence: it decides "ok merci", not a paragraph.
"""

from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np

from models.feature_pass import BATCH, features_of
from models.features import FeatureBatch
from models.hashed_head import HashedHead, read_artefact

UNKNOWN = "und"
LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "pt")
CLASSES = (*LANGUAGES, UNKNOWN)

CLAIM_LOGITS = 12.0
"""What a platform's claim adds to its language, divided by the number of words."""

CLAIM_AT_MOST = 6.0

UNKNOWN_LOGITS = -0.5
"""Added to "none of them": training saw sixty such languages, a public body sees its own far more often."""

_NO_CLAIM = frozenset({"", "und", "zxx", "mul", "mis", "qme", "qst", "qht", "qam", "qct", "art"})
"""Codes by which platforms say that they do not know (the q-codes are X's own)."""


class LanguageDetector:
    """Batches in, codes out; holds no state, so threads may share it."""

    def __init__(self, head: HashedHead, version: str) -> None:
        self._head = head
        self.version = version

    def detect(self, texts: Sequence[str], claims: Sequence[str | None]) -> list[str]:
        """A code a text, `und` where unknown or none of ours.

        `claims` are the platforms', None for no claim.
        """
        if len(texts) != len(claims):
            raise ValueError(f"{len(texts)} texts but {len(claims)} claims")
        found: list[str] = []
        for start in range(0, len(texts), BATCH):
            batch = features_of(texts[start : start + BATCH])
            found += self._detect(batch, claims[start : start + BATCH])
        return found

    def _detect(self, batch: FeatureBatch, claims: Sequence[str | None]) -> list[str]:
        logits = self._head.logits(batch)
        logits[:, -1] += UNKNOWN_LOGITS
        claimed = np.array([_claimed_class(claim) for claim in claims], dtype=np.int64)
        rows = np.flatnonzero(claimed >= 0)
        bonus = np.minimum(CLAIM_AT_MOST, CLAIM_LOGITS / np.maximum(batch.word_count[rows], 1))
        logits[rows, claimed[rows]] += bonus.astype(np.float32)
        best = logits.argmax(axis=1)
        ours = batch.latin + batch.arabic
        best[batch.other > ours] = len(LANGUAGES)
        silent = np.flatnonzero(ours + batch.other == 0)
        best[silent] = np.where(claimed[silent] >= 0, claimed[silent], len(LANGUAGES))
        return [CLASSES[index] for index in best]


@lru_cache(maxsize=4_096)
def _claimed_class(claim: str | None) -> int:
    """-1 without a claim; a language that is none of ours speaks for `und`."""
    primary = (claim or "").strip().lower().replace("_", "-").partition("-")[0]
    if primary in _NO_CLAIM:
        return -1
    return LANGUAGES.index(primary) if primary in LANGUAGES else len(LANGUAGES)


@cache
def load_language_detector() -> LanguageDetector:
    """The detector that ships with Vigie, loaded once a process."""
    artefact = read_artefact("language")
    return LanguageDetector(HashedHead.unpacked(artefact.arrays, "language"), artefact.version)
