"""Our VADER against the package it must equal."""

import random
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import (
    BOOSTER_DICT,
    NEGATE,
    SENTIMENT_LADEN_IDIOMS,
    SPECIAL_CASES,
    SentimentIntensityAnalyzer,
)

from models.vader import Vader

ORIGINAL = SentimentIntensityAnalyzer()
OURS = Vader()


def _vocabulary(rng: random.Random) -> list[str]:
    """Words that reach every rule of VADER, weighed towards the rare ones."""
    phrases = [*SPECIAL_CASES, *BOOSTER_DICT, *SENTIMENT_LADEN_IDIOMS]
    parts = sorted({word for phrase in phrases for word in phrase.split()})
    rules = [
        "but",
        "BUT",
        "no",
        "No",
        "or",
        "nor",
        "least",
        "at",
        "very",
        "never",
        "so",
        "this",
        "without",
        "doubt",
        "kind",
        "of",
    ]
    emoji = [key for key in sorted(ORIGINAL.emojis) if len(key) == 1]
    plain = [
        "the",
        "water",
        "river",
        "town",
        "Hall",
        "42",
        "l'eau",
        "!!",
        "??",
        "...",
        ":)",
        ":-(",
        "\u200b",
        "É",
    ]
    return (
        rng.sample(sorted(ORIGINAL.lexicon), 600)
        + parts * 2
        + rules * 12
        + sorted(NEGATE) * 2
        + rng.sample(emoji, 80)
        + plain * 8
    )


def _generated(count: int) -> list[str]:
    rng = random.Random(20140601)
    words = _vocabulary(rng)
    texts = []
    for _ in range(count):
        tokens = rng.choices(words, k=rng.randrange(0, 24))
        tokens = [token.upper() if rng.random() < 0.1 else token for token in tokens]
        tokens = [
            token + rng.choice(["!", "?", ",", "!!!", "??", "."]) if rng.random() < 0.15 else token
            for token in tokens
        ]
        texts.append("".join(token + rng.choice([" ", " ", " ", "\n", ""]) for token in tokens))
    return texts


def test_equal_on_generated_texts() -> None:
    texts = _generated(8000)
    expected = [ORIGINAL.polarity_scores(text) for text in texts]
    assert [OURS.polarity_scores(text) for text in texts] == expected
    assert OURS.compounds(texts) == [scores["compound"] for scores in expected]
    assert sum(scores["compound"] != 0 for scores in expected) > 6000


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
@example("")
@example("   ")
@example("good \U0001f600good")
@example("\ud800 good")
@example("not no GOOD or good but good good")
def test_equal_on_any_text(text: str) -> None:
    assert OURS.polarity_scores(text) == ORIGINAL.polarity_scores(text)


def test_memo_of_tokens_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.vader.TOKENS_REMEMBERED", 100)
    fresh = Vader()
    fresh.compounds([f"token{number} good" for number in range(1000)])
    assert len(fresh._tokens) <= 100
    fresh.compounds(["x" * 10_000 + " good"])
    assert all(len(token) < 100 for token in fresh._tokens)


@pytest.mark.parametrize("unit", ["good ", "not good but bad ", "but good ", "\U0001f600"])
def test_time_is_linear_in_length(unit: str) -> None:
    """Eight times the text in at most twenty times the time; the original needs sixty-four."""

    def seconds(repeats: int) -> float:
        text = unit * repeats
        started = time.process_time()
        OURS.compounds([text])
        return time.process_time() - started

    seconds(2_000)
    short = min(seconds(4_000) for _ in range(3))
    assert min(seconds(32_000) for _ in range(3)) < 20 * short + 0.05
