"""Macro scores with bootstrap intervals, and calibration errors with what luck alone would make of them."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from models.train.calibration import error_of

Labels = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float32]
RESAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A score in percent and the middle 95% of its bootstrap distribution."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.1f} [{self.low:.1f}, {self.high:.1f}]"


def macro_f1(truth: Labels, guess: Labels) -> Interval:
    """Mean F1 of the three classes; a class neither present nor guessed counts 0."""
    return _bootstrap(truth, guess, recall_only=False)


def macro_recall(truth: Labels, guess: Labels) -> Interval:
    """Mean recall of the three classes: TweetEval's measure of sentiment."""
    return _bootstrap(truth, guess, recall_only=True)


def accuracy(right: npt.NDArray[np.bool_]) -> Interval:
    """Share of true entries."""
    rng = np.random.default_rng(0)
    draws = rng.binomial(len(right), right.mean(), RESAMPLES) / max(len(right), 1)
    return Interval(100 * float(right.mean()), *(100 * float(q) for q in np.quantile(draws, [0.025, 0.975])))


def swept_calibration_error(truth: Labels, shares: Shares) -> float:
    """Calibration error with bins of equal mass, as many as keep the hit rate rising from bin to bin.

    Roelofs et al., Mitigating Bias in Calibration Error Estimation (AISTATS 2022): the estimator that they
    found the least biased on few samples.
    """
    confidence, right = _confidence(truth, shares)
    order = np.argsort(confidence, kind="stable")
    confidence, right = confidence[order], right[order]
    error = abs(float(confidence.mean() - right.mean()))
    for bins in range(2, len(right) + 1):
        parts = np.array_split(np.arange(len(right)), bins)
        rates = [right[part].mean() for part in parts]
        if any(before > after for before, after in pairwise(rates)):
            break
        error = sum(abs(confidence[part].sum() - right[part].sum()) for part in parts) / len(right)
    return float(error)


@dataclass(frozen=True, slots=True)
class Luck:
    """What a perfectly calibrated model with the same confidences would score on so few posts.

    `usual` and `most` are the mean and the 95th percentile of its calibration error; `chance` is how often
    it would do no better than the model at hand (consistency resampling: Bröcker and Smith, 2007).
    """

    usual: float
    most: float
    chance: float


def calibrated_by_luck(truth: Labels, shares: Shares, draws: int = RESAMPLES) -> Luck:
    """Below 5% of `chance` the model at hand is not calibrated; above, nobody can tell on these posts."""
    rng = np.random.default_rng(0)
    confidence, right = _confidence(truth, shares)
    errors = np.array([error_of(confidence, rng.random(len(truth)) < confidence) for _ in range(draws)])
    worse = (errors >= error_of(confidence, right)).mean()
    return Luck(float(errors.mean()), float(np.quantile(errors, 0.95)), float(worse))


def _confidence(truth: Labels, shares: Shares) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    return shares.max(axis=1).astype(np.float64), shares.argmax(axis=1) == truth


def _bootstrap(truth: Labels, guess: Labels, *, recall_only: bool) -> Interval:
    cells = truth * 3 + guess
    rng = np.random.default_rng(0)
    counts = rng.multinomial(len(cells), np.bincount(cells, minlength=9) / len(cells), RESAMPLES)
    drawn = _macro(counts.reshape(-1, 3, 3), recall_only=recall_only)
    exact = _macro(np.bincount(cells, minlength=9).reshape(1, 3, 3), recall_only=recall_only)[0]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Interval(100 * float(exact), 100 * float(low), 100 * float(high))


def _macro(confusion: npt.NDArray[np.int64], *, recall_only: bool) -> npt.NDArray[np.float64]:
    """Of a stack of confusion matrices (n, truth, guess)."""
    hits = np.diagonal(confusion, axis1=1, axis2=2).astype(np.float64)
    truths, guesses = confusion.sum(axis=2), confusion.sum(axis=1)
    bottom = truths if recall_only else (truths + guesses) / 2
    means: npt.NDArray[np.float64] = (hits / np.maximum(bottom, 0.5)).mean(axis=1)
    return means
