"""When a new word corroborates a rise, and what it does to the limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import orjson
import pytest

from models.corroboration import CorroborationPolicy, corroborating
from models.news import UNKNOWN, Newest, News
from models.spike import Reading, Sensitivity, SpikeDetector, SpikeState, Step, Voices, policy_for

POLICY = CorroborationPolicy()
WORD = Newest(height=3.0, voices=9, beyond=3, window_s=3_600, word=7)
NEWS = News(newest=(WORD,), known=True, several_platforms=True)
NOTHING = replace(NEWS, newest=())


@pytest.mark.parametrize(
    ("word", "several", "excess", "found"),
    [
        pytest.param(WORD, True, 20.0, True, id="shared on two platforms, most of the excess"),
        pytest.param(replace(WORD, height=1.2), True, 20.0, False, id="as on an ordinary day"),
        pytest.param(replace(WORD, beyond=0), True, 20.0, False, id="on one platform"),
        pytest.param(replace(WORD, beyond=0), False, 20.0, True, id="on the only platform there is"),
        pytest.param(replace(WORD, voices=90, beyond=5), True, 20.0, False, id="nearly all on one"),
        pytest.param(WORD, True, 200.0, False, id="beside a rise about other things"),
    ],
)
def test_what_corroborates(word: Newest, several: bool, excess: float, found: bool) -> None:
    news = News(newest=(word,), known=True, several_platforms=several)
    counts = [5.0] * 143 + [5.0 + excess]
    assert corroborating(news, counts, [5.0] * 144, 300, POLICY) == (word if found else None)


def test_the_newest_of_the_words_that_do() -> None:
    higher, alone = replace(WORD, height=4.0, word=8), replace(WORD, height=9.0, beyond=0, word=9)
    news = replace(NEWS, newest=(WORD, higher, alone))
    assert corroborating(news, [5.0] * 144, [5.0] * 144, 300, POLICY) == higher


def step_at(row: int, count: float, news: News | None = None) -> Step:
    who = Voices(authors=round(count), fresh_authors=round(count))
    return Step(300 * (row + 1), 300, row % 288 / 12, row // 288 % 7, count, voices=who, news=news)


@pytest.fixture(scope="module")
def learnt() -> dict[str, object]:
    detector = SpikeDetector(policy_for(Sensitivity.BALANCED))
    for row, count in enumerate(np.random.default_rng(4).poisson(5.0, 21 * 288)):
        detector.step(step_at(row, float(count)))
    return detector.state.to_json()


def least_alarm(learnt: dict[str, object], news: News | None) -> int:
    """The smallest count of one step that alarms."""
    for count in range(5, 60):
        detector = SpikeDetector(policy_for(Sensitivity.BALANCED), SpikeState.from_json(_copy(learnt)))
        if detector.step(step_at(21 * 288, float(count), news)).alarm:
            return count
    raise AssertionError("nothing alarms")


def _copy(state: dict[str, object]) -> dict[str, object]:
    copied: dict[str, object] = orjson.loads(orjson.dumps(state))
    return copied


def read(learnt: dict[str, object], count: float, news: News | None) -> Reading:
    detector = SpikeDetector(policy_for(Sensitivity.BALANCED), SpikeState.from_json(_copy(learnt)))
    return detector.step(step_at(21 * 288, count, news))


def test_a_word_lowers_the_limit_and_its_absence_raises_it(learnt: dict[str, object]) -> None:
    bare = least_alarm(learnt, None)
    assert least_alarm(learnt, UNKNOWN) == bare
    assert least_alarm(learnt, NEWS) < bare < least_alarm(learnt, NOTHING)


def test_it_is_said_what_decided(learnt: dict[str, object]) -> None:
    bare = least_alarm(learnt, None)
    with_word = read(learnt, bare - 1.0, NEWS)
    assert (with_word.alarm, with_word.corroborated) == (True, 9)
    assert with_word.limit <= with_word.observed
    without = read(learnt, least_alarm(learnt, NOTHING) - 1.0, NOTHING)
    assert (without.alarm, without.reason, without.corroborated) == (False, "nothing-new", 0)
    assert without.score < 1.0


def test_without_words_nothing_is_different(learnt: dict[str, object]) -> None:
    assert read(learnt, 40.0, None) == read(learnt, 40.0, UNKNOWN)
    before = {name: value for name, value in _copy(learnt).items() if name != "ease"}
    assert read(before, 40.0, None) == read(learnt, 40.0, None)


def test_no_limit_is_out_of_bounds(learnt: dict[str, object]) -> None:
    assert POLICY.eased >= 0.7
    assert POLICY.alone <= 1.5
    assert least_alarm(learnt, NOTHING) < 2 * least_alarm(learnt, NEWS)
