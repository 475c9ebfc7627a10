"""The `fast` engine: one hashed linear head a language, taught by sentence encoders, calibrated.

A head reads the shared feature pass; the English one reads VADER's scores beside it. What its logits mean is
fitted once a language on rows the head had not seen: probabilities are softmax(logits / temperature).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from models.feature_pass import BATCH, features_of
from models.features import LONGEST_CHARS, FeatureBatch
from models.hashed_head import Artefact, Floats, HashedHead, read_artefact, softmax
from models.tone import LABELS, UNSUPPORTED, Sentiment
from models.vader import shared_vader

LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "pt")

UNSURE_BELOW = 0.5
"""A best guess with less than this probability is marked unsure; the model card says how often it is
right.
"""


@dataclass(frozen=True, slots=True)
class CalibratedHead:
    """One language's head and the temperature of its logits."""

    head: HashedHead
    temperature: float

    def logits(self, batch: FeatureBatch, rows: npt.NDArray[np.int64], texts: Sequence[str]) -> Floats:
        """Before the temperature, shape (len(rows), 3); `texts` are those rows' own."""
        width = len(self.head.cues) - batch.cues.shape[1]
        return self.head.logits(batch, rows, vader_cues(texts) if width else None)


class FastEngine:
    """Scores batches; holds no state but the weights, so threads may share it."""

    name = "fast"
    languages = frozenset(LANGUAGES)

    def __init__(self, heads: Mapping[str, CalibratedHead], version: str) -> None:
        self.heads = heads
        self.version = version

    def score(self, texts: Sequence[str], langs: Sequence[str]) -> list[Sentiment]:
        """One judgement a text; `UNSUPPORTED` where its language is none of `languages`."""
        shares, known = self.probabilities(texts, langs)
        return judgements(shares, known)

    def probabilities(
        self, texts: Sequence[str], langs: Sequence[str]
    ) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Shape (n, 3) in the order of `LABELS`, and which rows have a supported language."""
        if len(texts) != len(langs):
            raise ValueError(f"{len(texts)} texts but {len(langs)} languages")
        shares = np.full((len(texts), len(LABELS)), 1 / len(LABELS), dtype=np.float32)
        known = np.array([lang in self.languages for lang in langs], dtype=np.bool_)
        for start in range(0, len(texts), BATCH):
            part = slice(start, start + BATCH)
            for lang, rows, logits in self.logits(texts[part], langs[part]):
                shares[start + rows] = softmax(logits / self.heads[lang].temperature)
        return shares, known

    def logits(
        self, texts: Sequence[str], langs: Sequence[str]
    ) -> list[tuple[str, npt.NDArray[np.int64], Floats]]:
        """Of each supported language in the batch: its rows and their logits."""
        batch = features_of(texts)
        found = []
        for lang in sorted(self.languages.intersection(langs)):
            rows = np.array([row for row, other in enumerate(langs) if other == lang], dtype=np.int64)
            found.append((lang, rows, self.heads[lang].logits(batch, rows, [texts[row] for row in rows])))
        return found


def judgements(shares: Floats, known: npt.NDArray[np.bool_]) -> list[Sentiment]:
    """Probabilities as judgements; scores are rounded to three places, beyond which nothing is known."""
    best = shares.argmax(axis=1).tolist()
    unsure = (shares.max(axis=1) < UNSURE_BELOW).tolist()
    scores = np.round(shares[:, 2].astype(np.float64) - shares[:, 0], 3).tolist()
    return [
        Sentiment(LABELS[label], score, doubtful) if supported else UNSUPPORTED
        for label, score, doubtful, supported in zip(best, scores, unsure, known.tolist(), strict=True)
    ]


def vader_cues(texts: Sequence[str]) -> Floats:
    """Shape (n, 2): VADER's compound score, and its size whatever the sign; of what the pass reads."""
    read = [text[:LONGEST_CHARS] for text in texts]
    compounds = np.array(shared_vader().compounds(read), dtype=np.float32).reshape(-1, 1)
    return np.hstack([compounds, np.abs(compounds)])


def unpack(artefact: Artefact) -> dict[str, CalibratedHead]:
    """The heads that `models/train/sentiment.py` packed, a language each."""
    arrays = artefact.arrays
    return {
        lang: CalibratedHead(HashedHead.unpacked(arrays, lang), float(arrays[f"{lang}.temperature"]))
        for lang in LANGUAGES
    }


@cache
def load_fast() -> FastEngine:
    """The engine that ships with Vigie, loaded once a process."""
    artefact = read_artefact("sentiment")
    return FastEngine(unpack(artefact), artefact.version)
