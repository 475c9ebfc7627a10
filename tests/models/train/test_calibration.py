"""The temperature: found again where it is known, on labels drawn from the probabilities themselves."""

import numpy as np
import pytest

from models.hashed_head import softmax
from models.train.calibration import calibration_error, temperature


@pytest.mark.parametrize("heat", [0.5, 1.0, 2.5])
def test_the_temperature_that_made_the_labels_is_found(heat: float) -> None:
    rng = np.random.default_rng(3)
    logits = rng.normal(scale=2, size=(8_000, 3)).astype(np.float32)
    shares = softmax(logits / np.float32(heat))
    labels = (shares.cumsum(axis=1) < rng.random((8_000, 1))).sum(axis=1).clip(0, 2)
    found = temperature(logits, labels, np.ones(8_000))
    assert found == pytest.approx(heat, rel=0.1)
    right = calibration_error(softmax(logits / np.float32(found)), labels)
    assert right < 0.02
    assert calibration_error(softmax(logits / np.float32(heat * 4)), labels) > 0.1


def test_rows_of_no_weight_do_not_count() -> None:
    logits = np.array([[2, 0, 0]] * 100 + [[0, 9, 0]] * 100, dtype=np.float32)
    labels = np.array([0, 0, 0, 1] * 25 + [2] * 100)
    weights = np.repeat([1.0, 0.0], 100)
    # Three in four are right: the temperature at which the best class has that share.
    shares = softmax(logits[:1] / np.float32(temperature(logits, labels, weights)))
    assert shares.max() == pytest.approx(0.72, abs=0.05)
