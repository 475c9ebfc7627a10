"""The language detector that ships, on invented posts."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.feature_pass import BATCH
from models.language import CLASSES, LANGUAGES, load_language_detector

DETECTOR = load_language_detector()

POSTS = {
    "ar": "انقطع الماء عن الحي منذ الصباح ولا أحد يجيب على الهاتف",
    "de": "Die Straßenlaterne vor der Schule ist seit drei Wochen kaputt",
    "en": "The street light outside the school has been broken for three weeks",
    "es": "La farola de delante de la escuela lleva tres semanas rota",
    "fr": "Le lampadaire devant l'école est cassé depuis trois semaines",
    "it": "Il lampione davanti alla scuola è rotto da tre settimane",
    "pt": "O candeeiro em frente à escola está avariado há três semanas",
}
ELSEWHERE = [
    "De brandweer was er gisteravond heel snel bij",
    "Straż pożarna przyjechała bardzo szybko",
    "Пожарные приехали очень быстро",
    "消防隊がすぐに来ました",
    "Palokunta tuli paikalle todella nopeasti",
    "Dumating agad ang mga bumbero kagabi",
]


def test_knows_its_seven_languages_without_help() -> None:
    assert DETECTOR.detect(list(POSTS.values()), [None] * len(POSTS)) == list(POSTS)
    assert sorted(POSTS) == list(LANGUAGES)


def test_other_languages_are_unknown_even_when_a_platform_claims_otherwise() -> None:
    nothing = [None] * len(ELSEWHERE)
    assert DETECTOR.detect(ELSEWHERE, nothing) == ["und"] * len(ELSEWHERE)
    assert DETECTOR.detect(ELSEWHERE, ["en"] * len(ELSEWHERE)) == ["und"] * len(ELSEWHERE)


@pytest.mark.parametrize(
    ("text", "claim", "expected"),
    [
        ("ok merci", "fr", "fr"),
        ("no", "es", "es"),
        ("ok grazie", "it-IT", "it"),
        ("merci", "fr_FR", "fr"),
        ("ok", "DE", "de"),
        ("\U0001f621\U0001f621", "de", "de"),
        ("\U0001f621\U0001f621", None, "und"),
        ("\U0001f621\U0001f621", "und", "und"),
        ("\U0001f621\U0001f621", "zxx", "und"),
        ("\U0001f621\U0001f621", "nl", "und"),
        ("12:30", "", "und"),
        ("", None, "und"),
        ("http://exemple.fr @mairie", "fr", "fr"),
    ],
)
def test_a_claim_decides_where_the_text_says_little(text: str, claim: str | None, expected: str) -> None:
    assert DETECTOR.detect([text], [claim]) == [expected]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_wrong_claim_does_not_overrule_a_sentence(lang: str) -> None:
    wrong = "en" if lang != "en" else "fr"
    assert DETECTOR.detect([POSTS[lang]], [wrong]) == [lang]
    assert DETECTOR.detect([POSTS[lang] * 20], ["nl"]) == [lang]


def test_a_long_batch_is_the_sum_of_its_parts() -> None:
    texts = [POSTS[LANGUAGES[row % 7]] + f" {row}" for row in range(2 * BATCH + 5)]
    assert DETECTOR.detect(texts, [None] * len(texts)) == [LANGUAGES[row % 7] for row in range(len(texts))]
    assert DETECTOR.detect([], []) == []


def test_claims_must_match_texts() -> None:
    with pytest.raises(ValueError, match="2 texts but 1 claims"):
        DETECTOR.detect(["a", "b"], ["fr"])


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=[]), max_size=60), st.none() | st.text(max_size=5))
def test_any_text_and_any_claim_give_a_code(text: str, claim: str | None) -> None:
    assert DETECTOR.detect([text], [claim])[0] in CLASSES


def test_loads_in_under_a_second() -> None:
    load_language_detector.cache_clear()
    started = time.process_time()
    load_language_detector()
    assert time.process_time() - started < 1


def test_version_names_the_bytes_of_the_weights() -> None:
    assert DETECTOR.version.startswith("language-")
    assert len(DETECTOR.version) == len("language-") + 12
