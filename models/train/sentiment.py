"""The sentiment heads: labelled posts and two teachers flow in, heads of both engines flow out.

For one language: the teachers (logistic regression on sentence embeddings) learn from its labelled
posts, and from those of the other languages at a lower weight. They then label its unlabelled pool,
and, out of fold, the labelled posts themselves. The hashed head learns from all of it: half label, half
teacher on labelled posts, the teacher alone on the pool, and a little from the labelled posts of the
other languages, whose emoji, punctuation and names it shares. Temperatures come from out-of-fold
logits. Validation rows are never read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler

from models.encoders import EncoderName
from models.features import Idf
from models.hashed_head import Floats, HashedHead, softmax
from models.sentiment_fast import LANGUAGES, vader_cues
from models.train import design
from models.train import softmax as regression
from models.train.calibration import calibration_error, temperature
from models.train.corpus import Row, shuffled
from models.train.teacher import embeddings

TEACHER_C: dict[EncoderName, float] = {"use": 0.003, "e5": 0.03}
TEACHER_OTHERS = 0.2
HARD = 0.5
ENGLISH_HARD = 0.75
POOL_WEIGHT = 0.5
OTHERS_WEIGHT = 0.1
L2 = 0.3
ENGLISH_L2 = 2.0
FOLDS = 3
HASHED_WEIGHT = 1.5
SECOND_LOOK = 0.3
"""The share of posts, least sure first, that `ask_below` is set to send to the second encoder."""

# The slow encoder reads these many; the rest of the pool is the fast one's.
SUBTITLES = {"ar": 1_000, "de": 1_000, "en": 4_000, "es": 2_000, "fr": 4_000, "it": 2_000, "pt": 2_000}
CRISIS = {"en": 4_000, "es": 800, "fr": 300, "it": 500, "pt": 500}
ENGLISH_POSTS = 47_000
ENGLISH_USE, ENGLISH_E5 = 20_000, 2_500

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Taught:
    """A teacher of one language: its folded weights, and log-probabilities of the rows that it was shown."""

    weights: Floats
    bias: Floats
    out_of_fold: Floats
    pool: Floats


def train(rows: Sequence[Row], idf: Idf, cache: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arrays of `sentiment.npz` and of `accurate.npz`."""
    fast: dict[str, Any] = {}
    accurate: dict[str, Any] = {}
    for lang in LANGUAGES:
        click.echo(f"sentiment: {lang}", err=True)
        one_fast, one_accurate = _language(lang, rows, idf, cache)
        fast |= one_fast
        accurate |= one_accurate
    return fast, accurate


def _language(lang: str, rows: Sequence[Row], idf: Idf, cache: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    own, others, pool = _rows(lang, rows)
    labels = _labels(own)
    # English has labels enough of its own.
    shared = others if lang != "en" else []
    balance = len(labels) / 3 / np.bincount(labels, minlength=3)[labels]
    read = {"use": len(own), "e5": len(own)}
    if lang == "en":
        small = sum(row.source == "umsab" for row in own)
        read = {"use": small + ENGLISH_USE, "e5": small + ENGLISH_E5}
    use = _teach("use", own[: read["use"]], others, pool, cache)
    e5 = _teach("e5", own[: read["e5"]], [], pool if lang != "en" else [], cache)

    targets = np.eye(3)[labels]
    taught = _both(use.out_of_fold, e5.out_of_fold)
    hard = ENGLISH_HARD if lang == "en" else HARD
    targets[: len(taught)] = hard * targets[: len(taught)] + (1 - hard) * taught
    x_own, x_shared, x_pool = (_matrix(lang, part, idf) for part in (own, shared, pool))
    pool_targets = _both(use.pool, e5.pool)
    shared_targets = np.eye(3)[_labels(shared)]
    l2 = ENGLISH_L2 if lang == "en" else L2

    def student(chosen: npt.NDArray[np.int64]) -> HashedHead:
        x = sparse.vstack([x_own[chosen], x_shared, x_pool]).tocsr()
        weights = np.concatenate(
            [balance[chosen], np.full(len(shared), OTHERS_WEIGHT), np.full(len(pool), POOL_WEIGHT)]
        )
        return design.head(
            *regression.fit(x, np.vstack([targets[chosen], shared_targets, pool_targets]), weights, l2)
        )

    # English has rows enough to hold one part out once; elsewhere every row is held out in turn.
    parts = list(_folds(labels, 8 if lang == "en" else FOLDS))[: 1 if lang == "en" else FOLDS]
    hashed = np.full((len(own), 3), np.nan, dtype=np.float32)
    for chosen, held in parts:
        head = student(chosen)
        columns = np.vstack([head.chars, head.words, head.cues / np.float32(design.CUE_SCALE)])
        hashed[held] = x_own[held] @ columns + head.bias
    seen = np.flatnonzero(~np.isnan(hashed[:, 0]))
    heat = temperature(hashed[seen], labels[seen], balance[seen])
    final = student(np.arange(len(own)))
    fast = {**final.packed(lang), f"{lang}.temperature": np.float32(heat)}

    # The blend is fitted on rows that student and teachers were both held out of.
    both = seen[seen < len(use.out_of_fold)]
    first = HASHED_WEIGHT * hashed[both] + use.out_of_fold[both]
    first_heat = temperature(first, labels[both], balance[both])
    confidence = softmax(first / np.float32(first_heat)).max(axis=1)
    ask_below = np.quantile(confidence, SECOND_LOOK)
    read_twice = both < len(e5.out_of_fold)
    again = both[read_twice]
    second = first[read_twice] + e5.out_of_fold[again]
    second_heat = temperature(second, labels[again], balance[again])
    accurate = {
        f"{lang}.use.weights": use.weights,
        f"{lang}.use.bias": use.bias,
        f"{lang}.e5.weights": e5.weights,
        f"{lang}.e5.bias": e5.bias,
        f"{lang}.hashed_weight": np.float32(HASHED_WEIGHT),
        f"{lang}.first_temperature": np.float32(first_heat),
        f"{lang}.second_temperature": np.float32(second_heat),
        f"{lang}.ask_below": np.float32(ask_below),
    }
    shares = {
        "fast": softmax(hashed[seen] / np.float32(heat)),
        "accurate": np.where(
            (confidence[read_twice] < ask_below)[:, None],
            softmax(second / np.float32(second_heat)),
            softmax(first[read_twice] / np.float32(first_heat)),
        ),
    }
    for name, of in (("fast", seen), ("accurate", again)):
        error = calibration_error(shares[name], labels[of])
        click.echo(f"  {name}: {len(of)} rows out of fold, calibration error {error:.3f}", err=True)
    return fast, accurate


def _rows(lang: str, rows: Sequence[Row]) -> tuple[list[Row], list[Row], list[Row]]:
    """Labelled rows of the language, labelled rows of the six others, its unlabelled pool."""
    train_rows = [row for row in rows if row.split == "train"]
    labelled = [row for row in train_rows if row.source == "umsab" and row.lang in LANGUAGES]
    own = [row for row in labelled if row.lang == lang]
    if lang == "en":
        own += shuffled(row for row in train_rows if row.source == "semeval")[:ENGLISH_POSTS]
    pool = shuffled(row for row in rows if row.source == "xed" and row.lang == lang)[: SUBTITLES[lang]]
    crisis = shuffled(row for row in rows if row.source == "crisis" and row.lang == lang)
    return own, [row for row in labelled if row.lang != lang], pool + crisis[: CRISIS.get(lang, 0)]


def _teach(
    name: EncoderName, own: Sequence[Row], others: Sequence[Row], pool: Sequence[Row], cache: Path
) -> Taught:
    own_x, others_x, pool_x = (
        embeddings(name, [row.text for row in part], cache / f"{name}.sqlite") for part in (own, others, pool)
    )
    labels, other_labels = _labels(own), _labels(others)

    def learn(chosen: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
        """The scaler folded into the weights: log-probabilities are those of softmax(x @ weights + bias)."""
        scaler = StandardScaler().fit(own_x[chosen])
        x = scaler.transform(np.vstack([own_x[chosen], others_x]))
        balance = len(chosen) / 3 / np.bincount(labels[chosen], minlength=3)
        weights = np.concatenate([balance[labels[chosen]], np.full(len(others), TEACHER_OTHERS)])
        model = LogisticRegression(C=TEACHER_C[name], max_iter=200)
        model.fit(x, np.concatenate([labels[chosen], other_labels]), sample_weight=weights)
        folded = model.coef_.T / scaler.scale_[:, None]
        return folded.astype(np.float32), (model.intercept_ - scaler.mean_ @ folded).astype(np.float32)

    out_of_fold = np.zeros((len(own), 3), dtype=np.float32)
    for chosen, held in _folds(labels, 5):
        weights, bias = learn(chosen)
        out_of_fold[held] = _log_shares(own_x[held] @ weights + bias)
    weights, bias = learn(np.arange(len(own)))
    return Taught(weights, bias, out_of_fold, _log_shares(pool_x @ weights + bias))


def _both(use: Floats, e5: Floats) -> Doubles:
    """The teachers' joint opinion as probabilities; where e5 has read nothing, USE's alone.

    Their log-probabilities are added; they err together, so the sum is taken at 0.7.
    """
    logits = use.astype(np.float64)
    logits[: len(e5)] = 0.7 * (logits[: len(e5)] + e5)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Doubles = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _labels(rows: Sequence[Row]) -> npt.NDArray[np.int64]:
    return np.array([row.label for row in rows], dtype=np.int64)


def _matrix(lang: str, rows: Sequence[Row], idf: Idf) -> sparse.csr_matrix:
    texts = [row.text for row in rows]
    return design.matrix(texts, idf, vader_cues(texts) if lang == "en" else None)


def _folds(
    labels: npt.NDArray[np.int64], count: int
) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    return list(StratifiedKFold(count, shuffle=True, random_state=0).split(labels, labels))


def _log_shares(logits: Floats) -> Floats:
    shares: Floats = np.log(softmax(logits) + np.float32(1e-9))
    return shares
