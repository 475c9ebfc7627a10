"""The measures of the text benchmark, and the invented posts that it reads."""

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import f1_score, recall_score

from benchmarks.text.posts import city_posts, other_languages
from benchmarks.text.scores import (
    accuracy,
    calibrated_by_luck,
    macro_f1,
    macro_recall,
    swept_calibration_error,
)
from models.language import LANGUAGES
from models.train.calibration import calibration_error

Labels = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float32]

RNG = np.random.default_rng(1)
TRUTH = RNG.integers(0, 3, 400)
GUESS = np.where(RNG.random(400) < 0.6, TRUTH, RNG.integers(0, 3, 400))


def test_macro_scores_agree_with_scikit_learn() -> None:
    assert macro_f1(TRUTH, GUESS).value == pytest.approx(100 * f1_score(TRUTH, GUESS, average="macro"))
    assert macro_recall(TRUTH, GUESS).value == pytest.approx(
        100 * recall_score(TRUTH, GUESS, average="macro")
    )


def test_intervals_hold_the_value_and_narrow_with_more_posts() -> None:
    few, many = macro_f1(TRUTH[:100], GUESS[:100]), macro_f1(np.tile(TRUTH, 10), np.tile(GUESS, 10))
    assert few.low < few.value < few.high
    assert many.high - many.low < (few.high - few.low) / 3
    right = accuracy(TRUTH == GUESS)
    assert right.low < right.value < right.high


def test_calibration_error_of_the_sure_and_wrong_is_one() -> None:
    wrong = np.eye(3, dtype=np.float32)[(TRUTH + 1) % 3]
    assert calibration_error(wrong, TRUTH) == pytest.approx(1)
    assert calibration_error(np.eye(3, dtype=np.float32)[TRUTH], TRUTH) == 0
    half = np.full((1000, 3), 0.25, dtype=np.float32)
    half[:, 0] = 0.5
    truth = np.arange(1000) % 2
    assert calibration_error(half, truth) == pytest.approx(0, abs=1e-6)
    assert swept_calibration_error(truth, half) == pytest.approx(0, abs=1e-2)
    assert swept_calibration_error(TRUTH, wrong) == pytest.approx(1)


def _drawn(posts: int, overconfident: float) -> tuple[Labels, Shares]:
    """Posts of a model that is right less often than it says, by `overconfident`."""
    rng = np.random.default_rng(7)
    confidence = rng.uniform(0.45, 0.95, posts)
    right = rng.random(posts) < confidence - overconfident
    shares = np.stack([confidence, 0.7 * (1 - confidence), 0.3 * (1 - confidence)], axis=1)
    return np.where(right, 0, 1), shares.astype(np.float32)


def test_luck_and_miscalibration_are_told_apart() -> None:
    truth, shares = _drawn(324, 0.0)
    luck = calibrated_by_luck(truth, shares)
    # On as many posts as a validation file has, what is perfect shows an error of its own.
    assert 0.04 < luck.usual < luck.most
    assert luck.chance > 0.05
    assert swept_calibration_error(truth, shares) < luck.usual
    assert calibrated_by_luck(*_drawn(324, 0.15)).chance < 0.01
    assert swept_calibration_error(*_drawn(5_000, 0.15)) == pytest.approx(0.15, abs=0.03)
    many = calibrated_by_luck(*_drawn(20_000, 0.0))
    assert many.usual < 0.01


def test_there_are_three_hundred_city_posts_each_written_once() -> None:
    sets = {one.lang: one for one in city_posts()}
    assert {lang: len(one.texts) for lang, one in sets.items()} == {"fr": 150, "en": 150}
    for one in sets.values():
        assert len(set(one.texts)) == 150
        assert set(one.kinds) == {"anger", "fear", "thanks", "information", "irony", "negation", "mixed"}
        assert np.bincount(one.labels).min() >= 30


def test_other_languages_are_none_of_ours() -> None:
    langs = {lang for lang, _ in other_languages()}
    assert langs.isdisjoint(LANGUAGES)
    assert len(langs) > 45
