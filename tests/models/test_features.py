"""The feature pass: the n-grams it counts, what it is indifferent to, and that nothing breaks or slows it."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from models.characters import LINK, NAME
from models.features import CHAR_SIZES, CUES, LONGEST_CHARS, NEGATIONS, FeatureBatch, extract, word_hashes

PLAIN = [
    "le pont de la rue basse est ferme",
    "a b cd cde",
    "the river rises and nobody comes",
    "eau",
    "",
    "wasser wasser ueberall",
]


def _same(left: FeatureBatch, right: FeatureBatch) -> bool:
    return bool((left.chars != right.chars).nnz == 0 and (left.words != right.words).nnz == 0)


def _cue(text: str, name: str) -> float:
    return float(np.expm1(extract([text]).cues[0, CUES.index(name)]))


def test_character_ngrams_are_those_of_scikit_learn() -> None:
    """As many as CountVectorizer counts, text by text."""
    theirs = CountVectorizer(analyzer="char_wb", ngram_range=(CHAR_SIZES[0], CHAR_SIZES[-1]))
    counts = theirs.fit_transform(PLAIN).sum(axis=1).A1
    assert np.diff(extract(PLAIN).chars.indptr).tolist() == counts.tolist()


def test_word_ngrams_are_those_of_scikit_learn() -> None:
    theirs = CountVectorizer(token_pattern=r"\w+", ngram_range=(1, 2)).fit_transform(PLAIN)
    ours = extract([text.replace("nobody", "someone") for text in PLAIN]).words
    assert np.diff(ours.indptr).tolist() == theirs.sum(axis=1).A1.tolist()


def test_a_batch_gives_what_each_text_gives_alone() -> None:
    texts = [
        *PLAIN,
        "Très  bien !!! \U0001f600 http://exemple.fr @mairie",
        "  ",
        "لا شيء",
        "\u200b",
        "x" * 300,
    ]
    together = extract(texts)
    for row, text in enumerate(texts):
        alone = extract([text])
        assert (together.chars[row] != alone.chars).nnz == 0
        assert (together.words[row] != alone.words).nnz == 0
        np.testing.assert_array_equal(together.cues[row], alone.cues[0])


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("RUE BASSE", "rue basse"),
        ("rue   basse\n", " rue\tbasse"),
        ("nooooooon", "noon"),
        ("l’eau", "l'eau"),
        ("ferm\u00e9", "ferme\u0301"),
        ("ru\u200be ba\u00adsse", "rue basse"),
        ("𝗿𝘂𝗲 𝗯𝗮𝘀𝘀𝗲", "rue basse"),
        ("@mairie_a bonjour", "@someone-else bonjour"),
        ("voir http://exemple.fr/a?b=c", "voir https://example.org/x"),
        ("أكل مدرسة", "اكل مدرسه"),
    ],
)
def test_written_differently_read_alike(left: str, right: str) -> None:
    assert _same(extract([left]), extract([right]))


@pytest.mark.parametrize(
    ("left", "right"), [("rue", "roue"), ("bon", "bon!"), ("a b", "b a"), ("été", "ete")]
)
def test_what_differs_stays_different(left: str, right: str) -> None:
    assert not _same(extract([left]), extract([right]))


@pytest.mark.parametrize(
    ("text", "cue", "count"),
    [
        ("quoi ?! encore !", "exclamations", 2),
        ("quoi ?? ", "questions", 2),
        ("bon... bref. enfin…", "ellipses", 2),
        ("noooon", "elongations", 2),
        ("voir http://a.fr et https://b.fr", "links", 2),
        ("@a @b @ c", "names", 2),
        ("un deux, trois", "words", 3),
        ("ce n'est pas bon, never", "negations", 3),
    ],
)
def test_cues_count(text: str, cue: str, count: int) -> None:
    assert _cue(text, cue) == pytest.approx(count, abs=1e-4)


def test_cues_of_tone() -> None:
    assert _cue("merci \U0001f60d", "emoji_positive") > 0.3
    assert _cue("merci \U0001f621", "emoji_negative") > 0.3
    assert extract(["TROP C'est trop"]).cues[0, CUES.index("capitals")] == pytest.approx(5 / 12)


@pytest.mark.parametrize(
    ("text", "praise", "blame"),
    [
        ("un service formidable", 1, 0),
        ("un service très formidable", 1.5, 0),
        ("un service nul, une honte", 0, 2),
        ("ce n'est pas formidable", 0, 0.75),
        ("este desastre, gracias", 1, 1),
        ("le tableau", 0, 0),
    ],
)
def test_praise_and_blame_heed_intensifiers_and_negations(text: str, praise: float, blame: float) -> None:
    assert _cue(text, "praise") == pytest.approx(praise, abs=1e-4)
    assert _cue(text, "blame") == pytest.approx(blame, abs=1e-4)


def test_words_under_a_negation_are_told_apart() -> None:
    plain, negated = extract(["service bon rue"]).words, extract(["service pas bon rue"]).words
    beyond = extract(["pas un deux trois bon", "pas, bon"]).words
    assert negated.nnz - plain.nnz == 2 + 2  # "pas" and one more bigram, and two words told apart
    assert np.diff(beyond.indptr).tolist() == [5 + 4 + 3, 3 + 2]


def test_every_negation_is_one_token_and_counted() -> None:
    words = [word for line in NEGATIONS.values() for word in line.split()]
    batch = extract([f"x {word} x" for word in words])
    assert np.expm1(batch.cues[:, CUES.index("negations")]).round().tolist() == [1] * len(words)
    assert len(set(word_hashes(words).tolist())) == len(set(words))


def test_nobody_can_write_our_stand_ins() -> None:
    assert not _same(extract([chr(LINK)]), extract(["http://exemple.fr"]))
    assert not _same(extract([chr(NAME)]), extract(["@mairie"]))


@settings(max_examples=120, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=[]), max_size=40), max_size=5))
def test_any_text_gives_finite_rows_of_length_one_or_less(texts: list[str]) -> None:
    batch = extract(texts)
    assert batch.chars.shape[0] == batch.words.shape[0] == len(batch.cues) == len(texts)
    for block in (batch.chars, batch.words):
        assert np.isfinite(block.data).all()
        squares = (
            np.add.reduceat(np.append(block.data**2, 0), block.indptr[:-1]) if len(texts) else np.zeros(0)
        )
        filled = np.diff(block.indptr) > 0
        np.testing.assert_allclose(squares[filled], 1, rtol=1e-4)
    assert np.isfinite(batch.cues).all()


UGLY = {
    "letters": "a",
    "words": "no but never ",
    "emoji": "\U0001f621",
    "zero-width": "\u200b",
    "combining": "e\u0301\u0316\u0327",
    "homoglyphs": "аеорсух ",
    "right-to-left": "\u202eلا شيء\u202c ",
    "surrogates": "\ud83d \ude00",
    "mixed scripts": "aбγ漢ا ",
    "links": "http://a.b @c ",
    "punctuation": "?!.…'",
}


@pytest.mark.parametrize("kind", UGLY)
def test_a_huge_text_costs_no_more_than_what_is_read(kind: str) -> None:
    text = UGLY[kind] * (2_000_000 // len(UGLY[kind]))
    started = time.process_time()
    batch = extract([text, "après"])
    assert time.process_time() - started < 2
    assert (batch.chars[1] != extract(["après"]).chars).nnz == 0
    assert _same(extract([text]), extract([text[:LONGEST_CHARS]]))


@pytest.mark.parametrize("kind", UGLY)
def test_time_is_linear_in_the_number_of_texts(kind: str) -> None:
    text = (UGLY[kind] * 300)[:280]

    def seconds(count: int) -> float:
        started = time.process_time()
        extract([text] * count)
        return time.process_time() - started

    seconds(100)
    few = min(seconds(100) for _ in range(3))
    assert min(seconds(800) for _ in range(3)) < 24 * few + 0.05
