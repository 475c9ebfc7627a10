"""Macro scores with bootstrap intervals, and the calibration error."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.int64]
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


def calibration_error(truth: Labels, shares: npt.NDArray[np.float32], bins: int = 10) -> float:
    """Expected calibration error of the best guess, equal-width bins (Guo et al., ICML 2017).

    Few posts raise it: within a bin the hit rate is itself uncertain. See `calibration_floor`.
    """
    confidence, right = shares.max(axis=1), shares.argmax(axis=1) == truth
    place = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    gaps = [
        abs(confidence[place == each].sum() - right[place == each].sum())
        for each in range(bins)
        if (place == each).any()
    ]
    return float(sum(gaps) / len(truth))


def calibration_floor(shares: npt.NDArray[np.float32]) -> float:
    """What a perfectly calibrated model with these confidences would score on so few posts, on average."""
    rng = np.random.default_rng(0)
    confidence = shares.max(axis=1)
    best = shares.argmax(axis=1)
    draws = [np.where(rng.random(len(best)) < confidence, best, (best + 1) % 3) for _ in range(100)]
    return float(np.mean([calibration_error(truth, shares) for truth in draws]))


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
