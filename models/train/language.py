"""The language head:

labelled posts, subtitles and interface sentences flow in, eight classes' weights flow out.
"""

import random
from collections.abc import Sequence

import numpy as np

from models.features import Idf
from models.hashed_head import HashedHead
from models.language import CLASSES, LANGUAGES, UNKNOWN
from models.train import design, softmax
from models.train.corpus import Row, shuffled
from models.train.other_languages import interface_sentences

SUBTITLES_A_LANGUAGE = 2_500
ENGLISH_POSTS = 4_000
CROP_WEIGHT = 0.5
L2 = 0.3
ITERATIONS = 40

Example = tuple[str, str, float]


def train(rows: Sequence[Row], idf: Idf) -> HashedHead:
    """Classes in the order of `models.language.CLASSES`, the seven languages weighed alike."""
    examples = _examples(rows)
    examples += _crops(examples)
    classes = np.array([CLASSES.index(lang) for lang, _, _ in examples])
    weights = np.array([weight for _, _, weight in examples])
    totals = np.bincount(classes, weights=weights)
    balance = np.ones(len(CLASSES))
    balance[:-1] = totals[:-1].mean() / totals[:-1]
    x = design.matrix([text for _, text, _ in examples], idf)
    found = softmax.fit(x, np.eye(len(CLASSES))[classes], weights * balance[classes], L2, ITERATIONS)
    return design.head(*found)


def _examples(rows: Sequence[Row]) -> list[Example]:
    """Training rows only. Every second crisis post guessed to be Tagalog is kept for the benchmark."""
    train_rows = [row for row in rows if row.split == "train"]
    chosen = [row for row in train_rows if row.source == "umsab"]
    for lang in LANGUAGES:
        subtitles = shuffled(row for row in train_rows if row.source == "xed" and row.lang == lang)
        chosen += subtitles[:SUBTITLES_A_LANGUAGE]
    chosen += shuffled(row for row in train_rows if row.source == "semeval")[:ENGLISH_POSTS]
    chosen += [row for row in train_rows if row.source == "crisis" and row.lang == "tl"][::2]
    posts = [(row.lang if row.lang in LANGUAGES else UNKNOWN, row.text, 1.0) for row in chosen]
    return posts + [(lang, sentence, 1.0) for lang, sentence in interface_sentences()]


def _crops(examples: Sequence[Example]) -> list[Example]:
    """Runs of one to five words, so that the head has seen short posts in every language."""
    rng = random.Random(20241)
    crops = []
    for lang, text, _ in examples:
        words = [word for word in text.split() if not word.startswith(("@", "http", "#"))]
        if len(words) < 4:
            continue
        length = rng.randint(1, 5)
        start = rng.randrange(len(words) - min(length, len(words)) + 1)
        crop = " ".join(words[start : start + length])
        if sum(character.isalpha() for character in crop) >= 4:
            crops.append((lang, crop, CROP_WEIGHT))
    return crops
