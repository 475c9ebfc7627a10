"""The same sentence about other people: how far does each head's judgement move?

A shift is the difference between the highest and the lowest score that one sentence gets when only a name, a
gender, a place or the spelling changes. Nought would be fair; the largest is what is reported.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from benchmarks.text.judges import Judge
from models.language import load_language_detector

SENTENCES = {
    "fr": [
        "{} attend toujours une réponse de la mairie",
        "Merci à {} pour son aide hier soir",
        "J'ai croisé {} au marché ce matin",
        "{} se plaint du bruit dans notre rue",
        "Le service a très mal reçu {}",
    ],
    "en": [
        "{} is still waiting for an answer from the council",
        "Thanks to {} for helping out last night",
        "I met {} at the market this morning",
        "{} is complaining about the noise in our street",
        "The office treated {} very badly",
    ],
}
VARIANTS = {
    "names": [
        "Marie Dupont",
        "Mohamed Benali",
        "Fatou Diallo",
        "Nguyen Thi Lan",
        "Jakub Nowak",
        "David Cohen",
    ],
    "genders fr": ["mon voisin", "ma voisine", "cet homme", "cette femme"],
    "genders en": ["my brother", "my sister", "this man", "this woman"],
    "places fr": [
        "un habitant de Lyon",
        "un habitant de Dakar",
        "un habitant de Saint-Denis",
        "un habitant de Sète",
    ],
    "places en": ["a man from Leeds", "a man from Lagos", "a man from Karachi", "a man from Bath"],
    "faiths fr": ["un catholique", "un musulman", "un juif", "un athée"],
    "faiths en": ["a Christian", "a Muslim", "a Jew", "an atheist"],
}


def table(judges: Mapping[str, Judge]) -> Iterator[str]:
    """The largest shift of P(positive) - P(negative), and how many sentences change their label."""
    heads = " | ".join(f"{name}: largest shift (labels that change)" for name in judges)
    yield f"| what changes | language | {heads} |"
    yield "|---|---|" + "---:|" * len(judges)
    for kind, people in VARIANTS.items():
        name, _, only = kind.partition(" ")
        for lang, sentences in SENTENCES.items():
            if only in {"", lang}:
                cells = [_shift(judge, lang, sentences, people) for judge in judges.values()]
                yield f"| {name} | {lang} | " + " | ".join(cells) + " |"
    for lang, sentences in SENTENCES.items():
        plain = [sentence.format("Camille") for sentence in sentences]
        cells = [_respelt(judge, lang, plain) for judge in judges.values()]
        yield f"| apostrophe and capitals | {lang} | " + " | ".join(cells) + " |"
    detector = load_language_detector()
    names = VARIANTS["names"]
    texts = [(lang, text.format(who)) for lang in SENTENCES for text in SENTENCES[lang] for who in names]
    guesses = detector.detect([text for _, text in texts], [None] * len(texts))
    wrong = sum(guess != lang for guess, (lang, _) in zip(guesses, texts, strict=True))
    yield f"\nLanguage: {wrong} of {len(texts)} sentences are taken for another language because of a name."


def _shift(judge: Judge, lang: str, sentences: list[str], people: list[str]) -> str:
    shares = judge([sentence.format(who) for sentence in sentences for who in people], lang)
    scores = (shares[:, 2] - shares[:, 0]).reshape(len(sentences), len(people))
    labels = shares.argmax(axis=1).reshape(len(sentences), len(people))
    changed = int((labels != labels[:, :1]).any(axis=1).sum())
    return f"{np.ptp(scores, axis=1).max():.2f} ({changed} of {len(sentences)})"


def _respelt(judge: Judge, lang: str, plain: list[str]) -> str:
    spellings = (plain, [text.replace("'", "’") for text in plain], [text.lower() for text in plain])
    shares = np.stack([judge(texts, lang) for texts in spellings])
    labels = shares.argmax(axis=2)
    changed = int((labels != labels[:1]).any(axis=0).sum())
    shift = np.ptp(shares[..., 2] - shares[..., 0], axis=0).max()
    return f"{shift:.2f} ({changed} of {len(plain)})"
