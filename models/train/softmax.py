"""Multinomial logistic regression with soft targets, which scikit-learn does not fit.

Minimises sum_i w_i H(y_i, softmax(x_i W + b)) + l2/2 |W|^2 by L-BFGS, with the gradient in closed form. Given
hard targets it agrees with scikit-learn's LogisticRegression(C=1/l2); `tests/models/train` holds it to that.
"""

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import minimize

from models.hashed_head import Floats

Doubles = npt.NDArray[np.float64]


def fit(
    x: sparse.csr_matrix, targets: Doubles, weights: Doubles, l2: float, iterations: int = 40
) -> tuple[Floats, Floats]:
    """(W, b) of shapes (columns, k) and (k,). Each row of `targets` sums to 1. Columns never seen get 0."""
    used = np.unique(x.indices)
    narrow = x[:, used].astype(np.float64)
    back = narrow.T.tocsr()
    size, classes = len(used), targets.shape[1]
    share = weights / weights.mean()

    def loss(flat: Doubles) -> tuple[float, Doubles]:
        w, b = flat[: size * classes].reshape(size, classes), flat[size * classes :]
        logits = narrow @ w + b
        logits -= logits.max(axis=1, keepdims=True)
        log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        gap = (np.exp(log_p) - targets) * share[:, None]
        value = -(share[:, None] * targets * log_p).sum() + l2 / 2 * (w * w).sum()
        gradient = np.concatenate([(back @ gap + l2 * w).ravel(), gap.sum(axis=0)])
        return value / len(share), gradient / len(share)

    start = np.zeros(size * classes + classes)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": iterations, "maxcor": 10})
    w = np.zeros((x.shape[1], classes), dtype=np.float32)
    w[used] = found.x[: size * classes].reshape(size, classes)
    return w, found.x[size * classes :].astype(np.float32)
