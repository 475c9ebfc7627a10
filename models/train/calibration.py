"""What logits mean: a temperature fitted on rows that the model had not seen, and how far off it leaves them.

A bias a class beside the temperature was tried: cross-validated, the cross-entropy of French rows stayed the
same to the third digit, and that of German ones fell by 0.003; so one number a language it is.
"""

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from models.hashed_head import Floats, softmax

Labels = npt.NDArray[np.int64]
BINS = 10


def temperature(logits: Floats, labels: Labels, weights: npt.NDArray[np.float64]) -> float:
    """The one number that minimises the cross-entropy of softmax(logits / t) (Guo et al., ICML 2017)."""
    rows = np.arange(len(labels))

    def loss(log_t: float) -> float:
        shares = softmax(logits / np.float32(np.exp(log_t))) + np.float32(1e-9)
        return -float(np.average(np.log(shares)[rows, labels], weights=weights))

    return float(np.exp(minimize_scalar(loss, bounds=(-2, 2), method="bounded").x))


def calibration_error(shares: Floats, labels: Labels) -> float:
    """Expected calibration error of the best guess, ten bins of equal width (Guo et al., ICML 2017)."""
    return error_of(shares.max(axis=1).astype(np.float64), shares.argmax(axis=1) == labels)


def error_of(confidence: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> float:
    """The same from how sure each guess was and whether it was right."""
    place = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
    gaps = np.bincount(place, weights=confidence - right, minlength=BINS)
    return float(np.abs(gaps).sum() / len(right))
