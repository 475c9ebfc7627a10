"""Reasons to look at a text: precision first, and a correction is no rumour."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.claim_match import stem
from models.claims import Claim, ClaimsError, load_claims
from models.lexicons import LEXICONS, correction_signs, lexicon
from models.misinformation import Checker, Finding, lexicon_names
from models.phrases import PhraseIndex
from models.text import NormalText, normalise

DAM = Claim(
    id="dam-has-burst",
    texts=("Le barrage de la Salvane a cédé", "The Salvane dam has burst"),
    answer="The dam holds.",
    url="https://example.org/dam",
    from_on=date(2025, 10, 29),
    until_on=date(2025, 11, 30),
)
WATER = Claim(
    id="no-chlorine", texts=("La mairie ne met plus de chlore dans l'eau du robinet",), answer="It does."
)


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker(lexicons=["floods"], phrases=["le barrage a cédé"], claims=[DAM, WATER])


def look(checker: Checker, text: str) -> Finding:
    return checker.check(normalise(text))


def kinds(finding: Finding) -> list[str]:
    return [reason.kind for reason in finding.reasons]


def test_a_phrase_is_the_reason(checker: Checker) -> None:
    finding = look(checker, "Ils NOUS cachent la vérité sur la crue !!")
    assert finding.flagged
    assert finding.score == 0.0
    assert [(reason.kind, reason.value) for reason in finding.reasons] == [
        ("phrase", "ils nous cachent"),
        ("phrase", "nous cachent la vérité"),
    ]


def test_a_known_claim_is_the_reason_with_its_answer(checker: Checker) -> None:
    finding = look(checker, "BREAKING: the Salvane dam just burst, get out")
    assert finding.flagged
    (reason,) = finding.reasons
    assert (reason.kind, reason.id) == ("claim", "dam-has-burst")
    assert reason.answer == "The dam holds. https://example.org/dam"


@pytest.mark.parametrize(
    "text",
    [
        "⚠️ URGENT le barrage de la Salvane vient de céder, partez vite ⚠️",
        "Salvane : le barrage a cédé d'après un voisin",
        "le barrage de la #Salvane a cédé",
        "My neighbour says the dam on the Salvane burst an hour ago",
        "The Salvane dam has burst https://example.org/video",
    ],
)
def test_a_claim_is_found_in_other_words(checker: Checker, text: str) -> None:
    finding = look(checker, text)
    assert "dam-has-burst" in {reason.id for reason in finding.reasons}
    assert finding.flagged


@pytest.mark.parametrize(
    "text",
    [
        "Belle balade ce matin au barrage de la Salvane, il fait un soleil magnifique",
        "Le barrage de la Salvane sera vidé au printemps pour travaux",
        "The Salvane dam is being inspected, traffic is slow",
        "Il a cédé sa place dans le bus à Salvane, a longé le vieux pont et a vu bien plus tard le barrage",
        "La mairie met du chlore dans l'eau de la piscine",
        "Quelle finale !",
        "",
    ],
)
def test_other_sentences_on_the_same_things_are_left_alone(checker: Checker, text: str) -> None:
    assert look(checker, text) == Finding(flagged=False, score=0.0, reasons=())


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("C'est faux, arrêtez : « le barrage a cédé » est une invention", "c'est faux"),
        ("FAUX : le barrage a cédé. Ne partagez pas cette rumeur", "faux"),
        ("INTOX. Non, le barrage de la Salvane n'a pas cédé", "pas"),
        ("The Salvane dam has NOT burst, stop sharing this", "not"),
        ("Debunked: the Salvane dam has burst", "debunk*"),
        ("le barrage a cédé ? Fake news, je suis devant", "fake news"),
        ("La préfecture dément que le barrage de la Salvane a cédé", "dément"),
    ],
)
def test_a_correction_keeps_the_reason_and_takes_the_flag_away(
    checker: Checker, text: str, sign: str
) -> None:
    finding = look(checker, text)
    assert not finding.flagged
    assert finding.reasons[0].kind in {"phrase", "claim"}
    assert finding.reasons[-1].kind == "correction"
    assert sign in {reason.value for reason in finding.reasons if reason.kind == "correction"}


@pytest.mark.parametrize(
    "text",
    [
        "Ils disent que c'est faux mais le barrage a cédé",
        "Ce n'est pas une rumeur, le barrage a cédé",
        "They call it fake news, the Salvane dam has burst, I saw it",
        "Fake news they say, but the Salvane dam has burst",
        "Pas de doute possible d'après tous les gens du village d'en bas, le barrage a cédé",
    ],
)
def test_a_denial_of_the_denial_is_flagged(checker: Checker, text: str) -> None:
    finding = look(checker, text)
    assert finding.flagged
    assert "correction" not in kinds(finding)


def test_one_reason_denied_and_another_not_is_flagged(checker: Checker) -> None:
    finding = look(
        checker,
        "C'est faux, le barrage a cédé n'est qu'une rumeur. " + "mot " * 30 + "et puis ils nous cachent tout",
    )
    assert finding.flagged
    assert kinds(finding) == ["phrase", "phrase", "correction"]


def test_a_cue_inside_the_phrase_is_no_denial() -> None:
    checker = Checker(phrases=["fake news media are hiding the dead"])
    assert look(checker, "The fake news media are hiding the dead").flagged


def test_a_claim_that_says_not_is_told_with_not(checker: Checker) -> None:
    finding = look(checker, "Info : la mairie ne met plus de chlore dans l'eau du robinet !")
    assert (finding.flagged, kinds(finding)) == (True, ["claim"])


def test_a_phrase_spelt_as_hashtag_is_found(checker: Checker) -> None:
    finding = look(checker, "La route est coupée #IlsNousCachent")
    assert (finding.flagged, kinds(finding)) == (True, ["phrase"])


@pytest.mark.parametrize(
    ("day", "found"), [(28, False), (29, True), (30, True)], ids=["before", "first day", "later"]
)
def test_a_claim_is_looked_for_on_its_days(checker: Checker, day: int, found: bool) -> None:
    text = normalise("The Salvane dam has burst")
    finding = checker.check(text, datetime(2025, 10, day, 12, tzinfo=UTC))
    assert finding.flagged is found
    assert checker.check(text, datetime(2025, 12, 1, tzinfo=UTC)).flagged is False


def test_a_classifier_adds_its_hint() -> None:
    class Sure:
        version = "test"

        def score(self, text: NormalText) -> float | None:
            return 0.91 if "cure" in text.words else None

    checker = Checker(phrases=["secret remedy"], classifier=Sure())
    assert look(checker, "an ordinary day") == Finding(flagged=False, score=0.0)
    hinted = look(checker, "this cure")
    assert (hinted.flagged, hinted.score, kinds(hinted)) == (True, 0.91, ["classifier"])
    both = look(checker, "the secret remedy, a cure")
    assert kinds(both) == ["phrase", "classifier"]


def test_every_lexicon_ships_in_both_languages_and_compiles() -> None:
    assert {"floods", "fires", "health", "elections", "infrastructure"} <= lexicon_names()
    for name in LEXICONS:
        phrases = lexicon(name)
        assert len(phrases) >= 40
        for phrase in phrases:
            assert len(PhraseIndex([phrase]).phrases[0]) >= 1
        assert set(lexicon("general")) <= set(phrases)
    with pytest.raises(KeyError):
        Checker(lexicons=["weather"])


def test_no_shipped_phrase_denies_itself() -> None:
    for name in LEXICONS:
        for phrase in lexicon(name):
            spoken = phrase.replace("*", "s")
            assert look(Checker(lexicons=[name]), f"They told me {spoken} today").flagged, phrase


def test_every_sign_of_correction_works() -> None:
    checker = Checker(phrases=["zorglub attacks"])
    signs = correction_signs()
    for cue in signs.cues:
        assert not look(checker, f"{cue.replace('*', 'ed')} : zorglub attacks").flagged, cue
    for opener in signs.openers:
        assert not look(checker, f"{opener} : zorglub attacks").flagged, opener
    for undone in signs.taken_back:
        assert look(checker, f"{undone.replace('*', 'ed')} zorglub attacks").flagged, undone


def test_ordinary_crisis_posts_are_rarely_flagged() -> None:
    ordinary = [
        "La préfecture demande d'éviter les bords de la rivière cette nuit",
        "L'eau monte vite rue des Tanneurs, les pompiers évacuent l'école",
        "Water is over the bridge, road closed both ways, stay safe everyone",
        "Les pompiers maîtrisent le feu, 40 hectares brûlés",
        "Bureau de vote ouvert jusqu'à 18 h, pensez à votre pièce d'identité",
        "Urgences saturées, huit heures d'attente ce soir",
        "The bridge is closed for repairs after the inspection report",
        "Coupure d'eau demain matin pour travaux, remplissez une carafe",
        "Vaccination contre la grippe : les pharmacies sont prêtes",
    ]
    assert [text for text in ordinary if look(Checker.shipped(), text).flagged] == []


@given(st.text(max_size=80), st.sampled_from(["c'est faux", "not", "le barrage a cédé", ""]))
def test_no_text_breaks_it(text: str, more: str) -> None:
    finding = look(_CHECKER, f"{text} {more} {text}")
    if finding.flagged:
        assert finding.reasons
    assert not finding.flagged or any(reason.kind != "correction" for reason in finding.reasons)


_CHECKER = Checker(lexicons=["floods"], phrases=["le barrage a cédé"], claims=[DAM, WATER])


@pytest.mark.parametrize(
    ("words", "stems"),
    [
        (("cede", "cedee", "cedes", "ceder", "cedent"), {"ced"}),
        (("poisoned", "poisoning", "poison"), {"poison"}),
        (("barrage", "barrages"), {"barrag"}),
        (("eau", "dam", "mur"), {"eau", "dam", "mur"}),
    ],
)
def test_common_endings_do_not_count(words: tuple[str, ...], stems: set[str]) -> None:
    assert {stem(word) for word in words} == stems


GOOD = """\
version: 1
claims:
  - id: dam
    texts:
      fr: ["Le barrage de la Salvane a cédé"]
      en: ["The Salvane dam has burst"]
    answer: The dam holds.
    url: https://example.org/dam
    from: 2025-10-29
    until: null
  - id: water
    texts: ["The tap water is poisoned on purpose"]
    answer: Tested every day.
"""


def test_a_claims_file_is_read() -> None:
    dam, water = load_claims(GOOD)
    assert dam.texts == ("Le barrage de la Salvane a cédé", "The Salvane dam has burst")
    assert (dam.from_on, dam.until_on) == (date(2025, 10, 29), None)
    assert dam.full_answer == "The dam holds. https://example.org/dam"
    assert (water.url, water.full_answer) == (None, "Tested every day.")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("version: 1", "version: 2", "line 1: version must be 1"),
        ("answer: Tested every day.", "answr: Tested", "line 13: claims[2].answr is not known here; did you"),
        ("    answer: Tested every day.\n", "", "line 11: claims[2].answer is missing"),
        ("id: water", "id: dam", "line 11: claims[2].id 'dam' stands on line 3 too"),
        ("id: water", "id: Eau Sale", "line 11: claims[2].id is 'Eau Sale': it must be of a-z, 0-9 and '-'"),
        ('["The tap water is poisoned on purpose"]', "[]", "line 12: claims[2].texts must be a list of"),
        (
            '["The tap water is poisoned on purpose"]',
            "[12]",
            "line 12: claims[2].texts[1] must be a sentence",
        ),
        ("The tap water is poisoned on purpose", "the water", "line 12: claims[2].texts[1] is 'the water'"),
        ("https://example.org/dam", "example.org", "line 8: claims[1].url is 'example.org': it must begin"),
        ("2025-10-29", "soon", "line 9: claims[1].from is 'soon': it must be a day such as 2026-01-31"),
        (
            "until: null",
            "until: 2020-01-01",
            "line 10: claims[1].until is 2020-01-01: it must not lie before",
        ),
        ("      en:", "      english:", "line 6: claims[1].texts.english must be a language"),
        ("    url: https://example.org/dam", "    answer: again", "line 8: claims[1].answer stands twice"),
        ("claims:", "claims: 3\nx:", "line 2: claims must be a list"),
        ("version: 1", "version: [1", "line 2, column"),
    ],
)
def test_a_wrong_claims_file_is_refused_with_line_and_key(old: str, new: str, said: str) -> None:
    assert old in GOOD
    with pytest.raises(ClaimsError) as refused:
        load_claims(GOOD.replace(old, new), name="claims.yaml")
    assert any(problem.startswith(said) for problem in refused.value.problems), refused.value.problems
    assert str(refused.value).startswith("claims.yaml ")


@pytest.mark.parametrize("text", ["", "[]", "just words", "claims:\n  - 1\nversion: 1\n", "\x00"])
def test_what_is_no_claims_file_is_refused(text: str) -> None:
    with pytest.raises(ClaimsError, match=r"claims\.yaml "):
        load_claims(text)


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(ClaimsError) as refused:
        load_claims(GOOD.replace("version: 1", "version: 3").replace("id: water", "id: dam"))
    assert [problem.split(":")[0] for problem in refused.value.problems] == ["line 1", "line 11"]


@given(st.text(max_size=200))
def test_no_text_is_read_as_claims_without_a_sentence(text: str) -> None:
    with contextlib.suppress(ClaimsError):
        claims = load_claims(text)
        assert all(claim.id and claim.answer and claim.texts for claim in claims)
