"""The language detector: its seven languages, short posts, claims, and everybody else's languages."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from benchmarks.text.posts import city_posts, other_languages
from benchmarks.text.scores import accuracy
from models.hashed_head import shipped_idf
from models.language import LANGUAGES, UNKNOWN, LanguageDetector, load_language_detector
from models.train import language as training
from models.train.corpus import CorpusError, Row, shuffled

SHORT_WORDS = 4


Post = tuple[str, str]
"""(language, text)"""

Detect = Callable[[Sequence[str]], Sequence[str]]

TFIDF_POSTS = 1_500
"""A language; the baseline trains on these many so that the run stays short."""


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Every set of posts; then each language; then what is none of ours."""
    posts = [(row.lang, row.text) for row in rows if row.source == "umsab" and row.split == "val"]
    ours = [(lang, text) for lang, text in posts if lang in LANGUAGES]
    cut = [(lang, " ".join(_words(text)[:SHORT_WORDS])) for lang, text in ours]
    own = [(one.lang, text) for one in city_posts() for text in one.texts]
    tfidf = _tfidf(rows) if rows else None
    yield "TF-IDF: character 1-4, logistic regression, seven classes, on training posts of the same source.\n"
    yield "| posts | n | no claim | right claim | always en | TF-IDF |"
    yield "|---|---:|---:|---:|---:|---:|"
    for name, found in (
        ("validation, seven languages", ours),
        (
            f"of these, at most {SHORT_WORDS} words",
            [one for one in ours if len(_words(one[1])) <= SHORT_WORDS],
        ),
        (f"the same cut to their first {SHORT_WORDS} words", cut),
        ("invented city posts, fr and en", own),
    ):
        if found:
            claims = ([None] * len(found), [lang for lang, _ in found], ["en"] * len(found))
            scores = [_accuracy(found, _claiming(claim)) for claim in claims]
            scores.append(_accuracy(found, tfidf) if tfidf else "-")
            yield f"| {name} | {len(found)} | " + " | ".join(scores) + " |"
    if ours:
        yield from _by_language(rows, ours, tfidf)
    yield "\n| posts in other languages | n | called one of ours |"
    yield "|---|---:|---:|"
    others = {
        "invented, some fifty languages": [text for _, text in other_languages()],
        "Hindi in Latin script (some are English)": [text for lang, text in posts if lang == "hi"],
        "Tagalog crisis posts (guessed to be)": [
            row.text for row in rows if row.source == "crisis" and row.lang == "tl"
        ][1::2],
    }
    for name, texts in others.items():
        if texts:
            wrong = np.array([lang != UNKNOWN for lang in _detect(texts)])
            yield f"| {name} | {len(texts)} | {accuracy(wrong)} |"
    invented = other_languages()
    guesses = zip(invented, _detect([text for _, text in invented]), strict=True)
    taken = Counter(f"{lang} as {guess}" for (lang, _), guess in guesses if guess != UNKNOWN)
    yield "\nOf the invented ones: " + ", ".join(f"{name} ({count})" for name, count in taken.items())


def _by_language(rows: Sequence[Row], ours: Sequence[Post], tfidf: Detect | None) -> Iterator[str]:
    """Each language's validation posts, also by a head that was trained without any post of their source."""
    judges: dict[str, Detect] = {"no claim": _detect}
    if tfidf:
        judges["TF-IDF"] = tfidf
    try:
        judges["one source left out"] = _without_posts(rows)
    except CorpusError as missing:
        yield f"\nThe head without a source was not trained: {missing}"
    yield "\n`One source left out`: the same head trained on subtitles and interface sentences, not on posts."
    yield "\n| validation posts | n | " + " | ".join(judges) + " |"
    yield "|---|---:|" + "---:|" * len(judges)
    for lang in (*LANGUAGES, ""):
        found = [one for one in ours if lang in {"", one[0]}]
        scores = [_accuracy(found, judge) for judge in judges.values()]
        yield f"| {lang or 'all'} | {len(found)} | " + " | ".join(scores) + " |"


def _words(text: str) -> list[str]:
    return [word for word in text.split() if not word.startswith(("@", "http"))]


def _accuracy(found: Sequence[Post], judge: Detect) -> str:
    guesses = judge([text for _, text in found])
    return str(accuracy(np.array([guess == lang for guess, (lang, _) in zip(guesses, found, strict=True)])))


def _detect(texts: Sequence[str]) -> list[str]:
    return load_language_detector().detect(texts, [None] * len(texts))


def _claiming(claims: Sequence[str | None]) -> Detect:
    return lambda texts: load_language_detector().detect(texts, claims)


def _tfidf(rows: Sequence[Row]) -> Detect:
    posts = [row for row in rows if row.source == "umsab" and row.split == "train" and row.lang in LANGUAGES]
    chosen = [
        row for lang in LANGUAGES for row in shuffled(one for one in posts if one.lang == lang)[:TFIDF_POSTS]
    ]
    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True, max_features=100_000)
    model = make_pipeline(vectors, LogisticRegression(C=10, max_iter=200))
    model.fit([row.text for row in chosen], [row.lang for row in chosen])
    return lambda texts: list(model.predict(list(texts)))


def _without_posts(rows: Sequence[Row]) -> Detect:
    """Raises CorpusError where what training needs is not installed."""
    others = [row for row in rows if row.source == "xed"]
    head = training.train(others, shipped_idf())
    return lambda texts: LanguageDetector(head, "left-out").detect(texts, [None] * len(texts))
