"""Our regression against scikit-learn's, and what soft targets add."""

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from models.hashed_head import softmax
from models.train import softmax as regression

RNG = np.random.default_rng(11)
X = sparse.csr_matrix(RNG.normal(size=(240, 12)).astype(np.float32))
TRUTH = RNG.normal(size=(12, 3))
Y = (X @ TRUTH + RNG.gumbel(size=(240, 3))).argmax(axis=1)


def test_hard_targets_agree_with_scikit_learn() -> None:
    weights, bias = regression.fit(X, np.eye(3)[Y], np.ones(240), l2=2.0, iterations=500)
    theirs = LogisticRegression(C=0.5, tol=1e-8, max_iter=2000).fit(X, Y)
    ours = softmax((X @ weights + bias).astype(np.float32))
    np.testing.assert_allclose(ours, theirs.predict_proba(X), atol=5e-3)


def test_sample_weights_count_as_repeats() -> None:
    repeats = np.arange(240) % 3 + 1
    rows = np.repeat(np.arange(240), repeats)
    weighted, _ = regression.fit(X, np.eye(3)[Y], repeats / repeats.mean(), l2=1.0, iterations=500)
    repeated, _ = regression.fit(
        X[rows], np.eye(3)[Y[rows]], np.ones(len(rows)), l2=repeats.mean(), iterations=500
    )
    np.testing.assert_allclose(weighted, repeated, atol=5e-3)


def test_soft_targets_are_matched_and_not_rounded() -> None:
    targets = np.tile([0.2, 0.3, 0.5], (240, 1))
    weights, bias = regression.fit(X, targets, np.ones(240), l2=1.0, iterations=500)
    np.testing.assert_allclose(softmax(bias[None, :])[0], [0.2, 0.3, 0.5], atol=1e-3)
    assert np.abs(weights).max() < 1e-2


def test_unseen_columns_weigh_nothing_and_a_second_fit_is_equal() -> None:
    wide = sparse.hstack([X, sparse.csr_matrix((240, 5))]).tocsr()
    first = regression.fit(wide, np.eye(3)[Y], np.ones(240), l2=1.0)
    second = regression.fit(wide, np.eye(3)[Y], np.ones(240), l2=1.0)
    assert not first[0][12:].any()
    assert first[0].tobytes() == second[0].tobytes()
