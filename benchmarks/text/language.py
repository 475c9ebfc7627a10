"""The language detector: its seven languages, short posts, claims, and everybody else's languages."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.text.posts import city_posts, other_languages
from benchmarks.text.scores import accuracy
from models.language import LANGUAGES, UNKNOWN, load_language_detector
from models.train.corpus import Row

SHORT_WORDS = 4


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Accuracy without a claim, with the right one, and with "en" claimed for every post."""
    posts = [(row.lang, row.text) for row in rows if row.source == "umsab" and row.split == "val"]
    ours = [(lang, text) for lang, text in posts if lang in LANGUAGES]
    cut = [(lang, " ".join(_words(text)[:SHORT_WORDS])) for lang, text in ours]
    own = [(one.lang, text) for one in city_posts() for text in one.texts]
    yield "| posts | n | no claim | right claim | always en |"
    yield "|---|---:|---:|---:|---:|"
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
            scores = [_accuracy(found, claim) for claim in claims]
            yield f"| {name} | {len(found)} | " + " | ".join(scores) + " |"
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


def _words(text: str) -> list[str]:
    return [word for word in text.split() if not word.startswith(("@", "http"))]


def _accuracy(found: Sequence[tuple[str, str]], claims: Sequence[str | None]) -> str:
    guesses = load_language_detector().detect([text for _, text in found], claims)
    return str(accuracy(np.array([guess == lang for guess, (lang, _) in zip(guesses, found, strict=True)])))


def _detect(texts: Sequence[str]) -> list[str]:
    return load_language_detector().detect(texts, [None] * len(texts))
