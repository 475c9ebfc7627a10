"""The engines behind `load_sentiment`, on invented posts."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from models.sentiment import LABELS, UNSUPPORTED, Sentiment, SentimentEngine, load_sentiment
from models.sentiment_fast import LANGUAGES, UNSURE_BELOW, load_fast

FAST = load_fast()

POLAR = [
    ("ar", "شكرا جزيلا لكم، خدمة رائعة وممتازة", "خدمة سيئة جدا، هذا عار عليكم"),
    (
        "de",
        "Vielen Dank, das war wirklich toll und sehr freundlich",
        "Das ist eine Schande, ich bin so wütend",
    ),
    ("en", "Thank you so much, this is a wonderful and friendly service", "This is a disgrace, I hate it"),
    ("es", "Muchas gracias, un servicio genial, estoy muy feliz", "Qué asco de servicio, es una vergüenza"),
    ("fr", "Merci beaucoup, un service génial, bravo à tous", "C'est une honte, service nul, j'en ai marre"),
    ("it", "Grazie mille, un servizio bellissimo, che gioia", "Che schifo, è una vergogna, mi fate pena"),
    ("pt", "Muito obrigado, adorei, serviço maravilhoso", "Que vergonha, péssimo serviço, estou com raiva"),
]


@pytest.mark.parametrize(("lang", "kind", "unkind"), POLAR)
def test_fast_tells_thanks_from_anger_in_every_language(lang: str, kind: str, unkind: str) -> None:
    thanks, anger = FAST.score([kind, unkind], [lang, lang])
    assert thanks.label == "positive"
    assert anger.label == "negative"
    assert thanks.score > 0.2
    assert anger.score < 0


def test_fast_knows_information_when_it_sees_it() -> None:
    texts = ["Réunion du conseil municipal mardi à 18h30", "Council meeting on Tuesday at 6.30pm"]
    assert [each.label for each in FAST.score(texts, ["fr", "en"])] == ["neutral", "neutral"]


@pytest.mark.parametrize(
    ("lang", "better", "worse"),
    [
        ("fr", "J'aime ce parc", "Je n'aime pas ce parc"),
        ("fr", "Le parc est bien \U0001f60d", "Le parc est bien \U0001f621"),
        ("fr", "Je suis très content", "Je ne suis pas du tout content"),
        ("fr", "Bravo la mairie", "Bravo la mairie... \U0001f644"),
        ("en", "I am happy with the new park", "I am not happy with the new park"),
        ("en", "Great park \U0001f60d", "Great park \U0001f621"),
    ],
)
def test_fast_hears_negation_emoji_and_irony_marks(lang: str, better: str, worse: str) -> None:
    high, low = FAST.score([better, worse], [lang, lang])
    assert high.score > low.score


def test_an_unsupported_language_gets_an_honest_null() -> None:
    judged = FAST.score(["dank je wel", "merci", "спасибо"], ["nl", "fr", "und"])
    assert judged[0] is UNSUPPORTED
    assert judged[2] == Sentiment(label=None, score=0.0, unsure=True)
    assert judged[1].label is not None


def test_unsure_marks_low_probability_and_keeps_the_best_guess() -> None:
    texts = [text for _, *pair in POLAR for text in pair] + [
        "Merci mais quelle honte",
        "bon et mauvais",
        "la rue ?",
        "beau gâchis",
    ]
    shares, known = FAST.probabilities(texts, ["fr"] * len(texts))
    judged = FAST.score(texts, ["fr"] * len(texts))
    assert known.all()
    assert {each.unsure for each in judged} == {True, False}
    for row, each in zip(shares, judged, strict=True):
        assert each.unsure == (row.max() < UNSURE_BELOW)
        assert each.label == LABELS[int(row.argmax())]
        assert each.score == pytest.approx(row[2] - row[0], abs=6e-4)
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-5)


def test_a_text_is_judged_alike_in_any_company() -> None:
    texts = [text for _, *pair in POLAR for text in pair]
    langs = [lang for lang, *_ in POLAR for _ in range(2)]
    together = FAST.score(texts * 90, langs * 90)
    assert together[: len(texts)] == together[-len(texts) :]
    alone = [FAST.score([text], [lang])[0] for text, lang in zip(texts, langs, strict=True)]
    # To the last bit: a post is seen in one batch live and in another when it is replayed.
    assert together[: len(texts)] == alone
    shares = FAST.probabilities(texts * 3, langs * 3)[0]
    each = [FAST.probabilities([text], [lang])[0] for text, lang in zip(texts, langs, strict=True)]
    np.testing.assert_array_equal(shares, np.vstack(each * 3))


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.text(st.characters(exclude_categories=[]), max_size=40), st.sampled_from(LANGUAGES)),
        max_size=6,
    )
)
def test_any_text_gives_a_judgement(posts: list[tuple[str, str]]) -> None:
    judged = FAST.score([text for text, _ in posts], [lang for _, lang in posts])
    assert len(judged) == len(posts)
    assert all(each.label in LABELS and -1 <= each.score <= 1 for each in judged)


def test_a_huge_post_costs_no_more_than_what_is_read() -> None:
    started = time.process_time()
    judged = FAST.score(["not good but bad " * 600_000, "merci"], ["en", "fr"])
    assert time.process_time() - started < 2
    assert judged[0].label in LABELS


def test_loads_in_under_a_second() -> None:
    load_fast.cache_clear()
    started = time.process_time()
    load_fast()
    assert time.process_time() - started < 1


def test_vader_is_the_plain_package_in_english_only() -> None:
    texts = ["great", "awful", "the 42 bus", "génial", "not great but ok!"]
    judged = load_sentiment("vader").score(texts, ["en", "en", "en", "fr", "en"])
    stock = SentimentIntensityAnalyzer()
    compounds = [stock.polarity_scores(text)["compound"] for text in texts]
    assert [each.score for each in judged] == [*compounds[:3], 0.0, compounds[4]]
    assert [each.label for each in judged][:4] == ["positive", "negative", "neutral", None]
    assert not judged[0].unsure


@pytest.mark.parametrize("name", ["fast", "vader"])
def test_every_engine_says_who_it_is(name: str) -> None:
    engine: SentimentEngine = load_sentiment(name)
    assert engine.name == name
    assert engine.version
    assert "en" in engine.languages
    assert engine.score([], []) == []


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(ValueError, match="choose fast, accurate or vader"):
        load_sentiment("best")


def test_texts_and_languages_must_match() -> None:
    with pytest.raises(ValueError, match="1 texts but 2 languages"):
        FAST.score(["a"], ["fr", "fr"])
