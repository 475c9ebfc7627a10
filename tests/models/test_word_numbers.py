"""Words as numbers: which count, and that a number is the same for ever."""

from __future__ import annotations

from models.text import normalise
from models.word_numbers import FIRST_WORDS, word_numbers


def numbers(text: str) -> set[int]:
    return set(word_numbers(normalise(text)))


def test_the_numbers_of_a_text() -> None:
    assert numbers("Évacuation du QUARTIER") == numbers("quartier: evacuation, 2026 12345 !")
    assert numbers("la rue https://example.org/fuite #FuiteDeGaz") == numbers("FuiteDeGaz")
    assert numbers("bonjour @jean.dupont@example.social et @marie_claire") == numbers("bonjour")
    assert numbers("") == set()


def test_the_head_of_a_long_text_is_read() -> None:
    words = [f"mot{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(200)]
    assert numbers(" ".join(words)) == numbers(" ".join(words[:FIRST_WORDS]))


def test_numbers_are_the_same_for_ever() -> None:
    assert word_numbers(normalise("Evacuation")) == (3_849_049_500,)
