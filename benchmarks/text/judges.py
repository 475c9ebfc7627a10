"""Who is compared: Vigie's engines, stock VADER, and a plain TF-IDF model trained in the same run."""

from collections.abc import Callable, Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from benchmarks.text.scores import Shares
from models.sentiment_accurate import load_accurate
from models.sentiment_fast import load_fast
from models.tone import SentimentUnavailableError
from models.train.corpus import Row, shuffled

Judge = Callable[[Sequence[str], str], Shares]
"""(texts, language) to probabilities (n, 3); VADER's are 0 and 1."""

TFIDF_ROWS = 12_000
"""English has more; the baseline trains on these many so that the run stays short."""


def fast(texts: Sequence[str], lang: str) -> Shares:
    return load_fast().probabilities(texts, [lang] * len(texts))[0]


def accurate(texts: Sequence[str], lang: str) -> Shares:
    return load_accurate().probabilities(texts, [lang] * len(texts))[0]


def vader(texts: Sequence[str], lang: str) -> Shares:  # noqa: ARG001 - it reads every language as English
    """Stock VADER at its usual thresholds, whatever the language: what one gets without thinking about it."""
    analyzer = SentimentIntensityAnalyzer()
    compounds = np.array([analyzer.polarity_scores(text)["compound"] for text in texts])
    best = 1 + (compounds >= 0.05).astype(np.int64) - (compounds <= -0.05)
    shares: Shares = np.eye(3, dtype=np.float32)[best]
    return shares


def tfidf(rows: Sequence[Row]) -> Judge:
    """Word 1-2 and character 2-5 TF-IDF, logistic regression, one model a language, trained on first use."""
    trained: dict[str, Pipeline] = {}

    def judge(texts: Sequence[str], lang: str) -> Shares:
        if lang not in trained:
            trained[lang] = _train([row for row in rows if row.split == "train" and row.lang == lang])
        shares: Shares = trained[lang].predict_proba(list(texts)).astype(np.float32)
        return shares

    return judge


def _train(rows: Sequence[Row]) -> Pipeline:
    chosen = shuffled(row for row in rows if row.source in {"umsab", "semeval"})[:TFIDF_ROWS]
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    characters = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, max_features=200_000
    )
    model = make_pipeline(
        FeatureUnion([("words", words), ("characters", characters)]),
        LogisticRegression(C=1, class_weight="balanced", max_iter=300),
    )
    model.fit([row.text for row in chosen], [row.label for row in chosen])
    return model


def judges(rows: Sequence[Row]) -> dict[str, Judge]:
    """By name, in the order of the tables; `accurate` only where its extra is installed."""
    found: dict[str, Judge] = {"VADER": vader}
    if rows:
        found["TF-IDF"] = tfidf(rows)
    found["fast"] = fast
    try:
        load_accurate()
    except SentimentUnavailableError:
        return found
    return found | {"accurate": accurate}
