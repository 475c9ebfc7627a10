"""Phrases are found at word boundaries, and as a plain comparison of word lists finds them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import phrases
from models.phrases import WILD, PhraseIndex, phrase_words
from models.text import normalise


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("rupture de digue", "RUPTURE DE DIGUE !", True),
        ("rupture de digue", "rupture de la digue", False),
        ("rupture de digue", "la rupture de digues", False),
        ("rupture de digue*", "la rupture de digues", True),
        ("rupture* de digue", "les ruptures de digue", True),
        ("rupture* de digue", "les ruptures de digues", False),
        ("rupture* dig*", "ruptures, digues", True),
        ("crue", "la crue.", True),
        ("crue", "crues", False),
        ("crue*", "crues", True),
        ("crue*", "decrue", False),
        ("l’inondation", "L'INONDATION", True),
        ("#crue", "la crue", False),
        ("#crue", "#Crue", True),
        ("#cru*", "#crues", True),
        ("#cru*", "#écru", False),
        ("@prefet", "@Prefet@example.org", True),
        ("@prefet", "le prefet", False),
        ("rupture de digue", "#RuptureDeDigue", True),
        ("alerte rupture", "alerte #RuptureDeDigue", False),
        ("洪水", "今天洪水很大", True),
        ("洪水", "洪 大水", False),
        ("🔥", "au secours🔥🔥", True),
    ],
)
def test_find(phrase: str, text: str, found: bool) -> None:
    assert PhraseIndex(["autre chose", phrase]).find(normalise(text)) == ({1} if found else set())


def test_the_same_phrase_twice_is_found_twice() -> None:
    index = PhraseIndex(["crue", "Crue", ["crue"]])
    assert [index.find(normalise(text)) for text in ("crue", "")] == [{0, 1, 2}, set()]
    assert len(index) == 3


@pytest.mark.parametrize("phrase", ["", "...", "*", "#", "@ *"])
def test_a_phrase_without_a_word_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match="phrase 2 holds no word"):
        PhraseIndex(["crue", phrase])


def test_words_stay_found_when_the_memory_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phrases, "_REMEMBERED", 3)
    index = PhraseIndex(["w1*", "w20 w21"])
    texts = [normalise(f"w{i} w{i + 1}") for i in range(40)] * 2
    expected = [{0} if i in {0, 1, *range(9, 20)} else {1} if i == 20 else set() for i in range(40)] * 2
    assert [index.find(text) for text in texts] == expected


def test_very_long_words_are_compared_and_not_remembered() -> None:
    index = PhraseIndex(["aaa*", "bbb"])
    assert index.find(normalise("a" * 10_000)) == {0}
    assert index.find(normalise("b" * 10_000)) == set()
    assert not index._hits
    assert not index._misses


WORDS = st.sampled_from(["crue", "crues", "cru", "digue", "eau", "de", "la"])
PATTERN_WORDS = st.builds(str.__add__, WORDS, st.sampled_from(["", "", WILD]))


@given(st.lists(st.lists(PATTERN_WORDS, min_size=1, max_size=4), max_size=6), st.lists(WORDS, max_size=12))
def test_equals_comparing_word_by_word(patterns: list[list[str]], words: list[str]) -> None:
    def fits(word: str, wanted: str) -> bool:
        return word == wanted or (wanted.endswith(WILD) and word.startswith(wanted[:-1]))

    expected = {
        number
        for number, pattern in enumerate(patterns)
        for start in range(len(words) - len(pattern) + 1)
        if all(fits(words[start + i], wanted) for i, wanted in enumerate(pattern))
    }
    index = PhraseIndex([" ".join(pattern) for pattern in patterns])
    text = normalise(" ".join(words))
    assert index.find(text) == expected
    assert index.find(text) == expected  # from memory


@given(st.text())
def test_any_text_reads_as_a_phrase(text: str) -> None:
    words = phrase_words(text)
    if words:
        PhraseIndex([text])
