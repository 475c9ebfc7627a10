"""What is said of an incident, word by word, in both languages."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.incidents.english import English
from streams.incidents.french import French
from streams.incidents.wording import subject, summarise
from streams.incidents.words import Tongue, spans
from streams.records import Evidence, IncidentEvent, Signal
from tests.streams.notifiers.incidents import EVIDENCE, incident

CALM = replace(EVIDENCE, negative_share=0.2, negative_share_usual=0.2, misinformation=0, signs=("volume",))


def say(language: Tongue, **changes: Any) -> str:
    values: dict[str, Any] = {
        "signal": Signal.VOLUME,
        "event": IncidentEvent.OPENED,
        "observed": 2_140.0,
        "expected": 190.2,
        "limit": 420.0,
        "evidence": CALM,
        "title": "",
        **changes,
    }
    return summarise(language=language, **values)


def test_the_sentence_that_can_be_read_out() -> None:
    assert say("en") == (
        "2,140 mentions in the last hour where 190 are usual; "
        "71% repeat one message from 12 accounts; half of the rest are new voices"
    )
    assert say("fr") == (
        "2\u202f140 mentions au cours de la dernière heure, contre 190 d’habitude\u202f; "
        "71\u202f% répètent un même message venu de 12 comptes\u202f; "
        "la moitié des autres sont des voix nouvelles"
    )


def test_the_title_comes_first_where_there_is_one() -> None:
    assert say("en", title="Crue de l’Hérault").startswith("Crue de l’Hérault: 2,140 mentions in")
    assert say("fr", title="Crue de l’Hérault").startswith("Crue de l’Hérault\u00a0: 2\u202f140 mentions au")


RESIDENTS = replace(
    CALM, near_duplicate_share=0.03, narratives=(), top_narrative_authors=None, authors=1_900, new_authors=300
)


@pytest.mark.parametrize(
    ("evidence", "english", "french"),
    [
        pytest.param(
            replace(RESIDENTS, new_word_authors=640),
            "640 accounts share a word that is new here; 1,900 accounts",
            "640 comptes ont en commun un mot nouveau ici\u202f; 1\u202f900 comptes",
            id="new-word",
        ),
        pytest.param(
            RESIDENTS,
            "1,900 accounts, nearly all in their own words",
            "1\u202f900 comptes, presque tous avec leurs propres mots",
            id="residents",
        ),
        pytest.param(
            replace(RESIDENTS, top_authors_share=0.8),
            "the ten loudest accounts wrote 80%",
            "les dix comptes les plus actifs en ont écrit 80\u202f%",
            id="ten loud ones",
        ),
        pytest.param(
            replace(RESIDENTS, authors=9, new_authors=9, top_authors_share=1.0),
            "9 accounts wrote them all",
            "9 comptes ont tout écrit",
            id="a handful",
        ),
        pytest.param(
            replace(RESIDENTS, authors=1, new_authors=1, top_authors_share=1.0),
            "one account wrote them all",
            "un seul compte a tout écrit",
            id="one",
        ),
        pytest.param(
            replace(RESIDENTS, near_duplicate_share=0.6),
            "60% repeat another almost word for word",
            "60\u202f% en reprennent une autre presque mot pour mot",
            id="many copies of many messages",
        ),
        pytest.param(
            replace(CALM, top_narrative_authors=None),
            "71% repeat one message; half of the voices are new",
            "71\u202f% répètent un même message\u202f; la moitié des voix sont nouvelles",
            id="a source without authors",
        ),
        pytest.param(
            replace(CALM, top_narrative_authors=1),
            "from 1 account;",
            "venu de 1 compte\u202f;",
            id="one account",
        ),
        pytest.param(
            replace(CALM, negative_share=0.64),
            "64% of mentions are negative where 20% is usual",
            "64\u202f% des mentions sont négatives, contre 20\u202f% d’habitude",
            id="angry",
        ),
        pytest.param(
            replace(CALM, misinformation=85),
            "85 are flagged as possible misinformation",
            "85 sont signalées comme désinformation possible",
            id="flagged",
        ),
        pytest.param(
            replace(CALM, urgent=("rupture de digue",)),
            "urgent words: “rupture de digue”",
            "mots urgents\u00a0: «\u00a0rupture de digue\u00a0»",
            id="urgent",
        ),
        pytest.param(
            replace(CALM, signs=("volume", "vip")), "a VIP account has spoken", "un compte VIP s’est exprimé",
            id="vip",
        ),
        pytest.param(
            replace(CALM, gap_s=1_200),
            "20 minutes of it not seen, because of a gap in collection",
            "sans observation pendant 20\u00a0minutes, à cause d’une lacune de collecte",
            id="gap",
        ),
    ],
)  # fmt: skip
def test_what_a_rise_is_made_of(evidence: Evidence, english: str, french: str) -> None:
    assert english in say("en", evidence=evidence)
    assert french in say("fr", evidence=evidence)


def test_a_watch_in_its_first_day_says_so() -> None:
    young = replace(CALM, warming_up=True)
    assert say("en", evidence=young).endswith("; the watch is in its first day, and what is usual is a guess")
    assert say("fr", evidence=young).endswith(
        "\u202f; la veille en est à son premier jour, et l’habituel n’est qu’une estimation"
    )
    assert "first day" not in say("en", signal=Signal.URGENT, evidence=young)


def test_two_that_say_the_same_are_no_repeated_message() -> None:
    few = replace(CALM, mentions=10, narratives=(("a", 4),), near_duplicate_share=0.4)
    assert "repeat one message" not in say("en", observed=10, evidence=few)
    assert "50% repeat one message" in say("en", evidence=replace(few, narratives=(("a", 5),)))


def test_nearly_all_agrees_with_what_it_counts() -> None:
    new = replace(RESIDENTS, new_authors=1_890)
    assert "nearly all of the voices are new" in say("en", evidence=new)
    assert "presque toutes les voix sont nouvelles" in say("fr", evidence=new)
    rest = replace(CALM, authors=512, new_authors=498)
    assert "nearly all of the rest are new voices" in say("en", evidence=rest)
    assert "presque tous les autres sont des voix nouvelles" in say("fr", evidence=rest)


def test_of_the_rest_is_said_only_where_it_is_known() -> None:
    # 40 of 100 accounts copy, 50 are new: of the other 60 it may be 10 or 50.
    evidence = replace(CALM, authors=100, new_authors=50, top_narrative_authors=40)
    assert "half of the voices are new" in say("en", evidence=evidence)
    assert "rest" not in say("en", evidence=evidence)


def test_few_mentions_are_not_made_into_shares() -> None:
    evidence = replace(CALM, mentions=9, narratives=(("a", 5),), near_duplicate_share=0.6)
    assert say("en", observed=9, evidence=evidence) == "9 mentions in the last hour where 190 are usual"


@pytest.mark.parametrize(
    ("signal", "observed", "expected", "english", "french"),
    [
        ("negative", 0.64, 0.22,
         "2,140 mentions in the last hour, 64% of them negative where 22% is usual",
         ("2\u202f140 mentions au cours de la dernière heure, dont 64\u202f% négatives, "
         "contre 22\u202f% d’habitude")),
        ("misinformation", 0.31, 0.04,
         ("2,140 mentions in the last hour, 31% of them flagged as possible misinformation "
         "where 4% is usual"),
         ("2\u202f140 mentions au cours de la dernière heure, dont 31\u202f% signalées comme "
         "désinformation possible, contre 4\u202f% d’habitude")),
        ("misinformation", 0.31, 0.001,
         ("2,140 mentions in the last hour, 31% of them flagged as possible misinformation "
         "where hardly any is usual"),
         ("2\u202f140 mentions au cours de la dernière heure, dont 31\u202f% signalées comme "
         "désinformation possible, contre presque aucune d’habitude")),
        ("negative", 300.0, 20.0, "300 negative mentions in the last hour where 20 are usual",
         "300 mentions négatives au cours de la dernière heure, contre 20 d’habitude"),
        ("misinformation", 85.0, 1.0,
         "85 mentions flagged as possible misinformation in the last hour where 1 is usual",
         ("85 mentions signalées comme désinformation possible au cours de la dernière heure, "
         "contre 1 d’habitude")),
        ("urgent", 1.0, 0.0, "“rupture de digue” written in 1 of 2,140 mentions in the last hour",
         "«\u00a0rupture de digue\u00a0» dans 1 mention sur 2\u202f140 au cours de la dernière heure"),
        ("urgent", 2_140.0, 0.0, "“rupture de digue” written in 2,140 mentions in the last hour",
         "«\u00a0rupture de digue\u00a0» dans 2\u202f140 mentions au cours de la dernière heure"),
        ("vip", 2.0, 0.0, "2 mentions by a VIP account in the last hour",
         "2 mentions d’un compte VIP au cours de la dernière heure"),
        ("silence", 0.0, 85.0,
         "No mention in the last hour where 85 are usual; no known gap in collection explains it",
         ("Aucune mention au cours de la dernière heure, contre 85 d’habitude\u202f; "
         "aucune lacune de collecte connue ne l’explique")),
        ("slow-burn", 1_700.0, 1_100.0,
         "A slow rise to 1,700 mentions in the last hour where 1,100 are usual",
         ("Une hausse lente, jusqu’à 1\u202f700 mentions au cours de la dernière heure, "
         "contre 1\u202f100 d’habitude")),
        ("narrative", 45.0, 3.0,
         "One message repeated by 45 accounts in the last hour where 3 are usual",
         ("Un même message repris par 45 comptes au cours de la dernière heure, "
         "contre 3 d’habitude")),
        ("narrative", 45.0, 0.5,
         "One message repeated by 45 accounts in the last hour where hardly any did before",
         ("Un même message repris par 45 comptes au cours de la dernière heure, "
         "contre presque aucun auparavant")),
        ("volume", 40.0, 0.2, "40 mentions in the last hour where hardly any is usual",
         "40 mentions au cours de la dernière heure, contre presque aucune d’habitude"),
    ],
)  # fmt: skip
def test_each_signal_has_its_words(
    signal: str, observed: float, expected: float, english: str, french: str
) -> None:
    evidence = replace(CALM, urgent=("rupture de digue",) if signal == "urgent" else ())
    given_ = {
        "signal": Signal(signal), "observed": observed, "expected": expected, "evidence": evidence
    }  # fmt: skip
    assert say("en", **given_).startswith(english)
    assert say("fr", **given_).startswith(french)


def test_an_update_says_now_and_an_end_says_so() -> None:
    assert say("en", event=IncidentEvent.UPDATED).startswith("Now 2,140 mentions")
    assert say("fr", event=IncidentEvent.UPDATED).startswith("Désormais 2\u202f140 mentions")


@pytest.mark.parametrize(
    ("signal", "changes", "english", "french"),
    [
        pytest.param(
            "volume", {},
            "Back to usual after 58 hours: 180 mentions in the last hour where 190 are usual",
            ("Retour à la normale après 58\u00a0heures\u00a0: 180 mentions au cours de la dernière heure, "
            "contre 190 d’habitude"),
            id="calm",
        ),
        pytest.param(
            "volume", {"evidence": replace(CALM, peak=1_196, urgent=("rupture de digue",))},
            ("Back to usual after 58 hours: 180 mentions in the last hour where 190 are usual; "
            "1,196 in its loudest hour; the urgent words were “rupture de digue”"),
            ("Retour à la normale après 58\u00a0heures\u00a0: 180 mentions au cours de la dernière heure, "
            "contre 190 d’habitude\u202f; 1\u202f196 au cours de l’heure la plus forte\u202f; "
            "les mots urgents étaient «\u00a0rupture de digue\u00a0»"),
            id="what it was at its height",
        ),
        pytest.param(
            "volume", {"lasted_s": 0},
            "Back to usual: 180 mentions in the last hour where 190 are usual",
            ("Retour à la normale\u00a0: 180 mentions au cours de la dernière heure, "
            "contre 190 d’habitude"),
            id="a test of a channel",
        ),
        pytest.param(
            "slow-burn", {"observed": 11.0, "expected": 14.0, "evidence": replace(CALM, peak=67)},
            ("Back to usual after 58 hours: 11 mentions in the last hour where 14 are usual; "
            "67 in its loudest hour"),
            ("Retour à la normale après 58\u00a0heures\u00a0: 11 mentions au cours de la dernière heure, "
            "contre 14 d’habitude\u202f; 67 au cours de l’heure la plus forte"),
            id="a slow rise",
        ),
        pytest.param(
            # "Back to usual: 2,140" would be wrong.
            "volume", {"observed": 2_140.0},
            "Over after 58 hours: 2,140 mentions in the last hour where 190 are usual",
            ("Terminé après 58\u00a0heures\u00a0: 2\u202f140 mentions au cours de la dernière heure, "
            "contre 190 d’habitude"),
            id="over, and still above",
        ),
        pytest.param(
            "volume", {"observed": 0.0},
            "Over after 58 hours: 0 mentions in the last hour where 190 are usual",
            ("Terminé après 58\u00a0heures\u00a0: 0 mention au cours de la dernière heure, "
            "contre 190 d’habitude"),
            id="over, in a silence",
        ),
        pytest.param(
            "urgent", {"evidence": replace(CALM, urgent=("rupture de digue",))},
            "Over after 58 hours: no urgent words any more; the urgent words were “rupture de digue”",
            ("Terminé après 58\u00a0heures\u00a0: plus aucun mot urgent\u202f; "
            "les mots urgents étaient «\u00a0rupture de digue\u00a0»"),
            id="urgent",
        ),
        pytest.param(
            "vip", {},
            "Over after 58 hours: no further word of a VIP account",
            "Terminé après 58\u00a0heures\u00a0: pas d’autre message d’un compte VIP",
            id="vip",
        ),
    ],
)  # fmt: skip
def test_the_end_tells_how_long_it_lasted_and_what_it_was(
    signal: str, changes: dict[str, Any], english: str, french: str
) -> None:
    given_ = {"signal": Signal(signal), "event": IncidentEvent.RESOLVED, "observed": 180.0}
    given_ |= {"lasted_s": 58 * 3_600, **changes}
    assert say("en", **given_) == english
    assert say("fr", **given_) == french


def test_fewer_than_usual_are_no_rise() -> None:
    few = {"signal": Signal.SLOW_BURN, "event": IncidentEvent.UPDATED, "observed": 11.0, "expected": 14.0}
    assert say("en", **few).startswith("Now 11 mentions in the last hour where 14 are usual")
    assert say("fr", **few).startswith("Désormais 11 mentions au cours de la dernière heure, contre 14")


def test_what_one_account_says_is_not_told_of_a_crowd() -> None:
    assert say("en", signal=Signal.VIP, observed=1.0) == "1 mention by a VIP account in the last hour"


@pytest.mark.parametrize(
    ("seconds", "english", "french"),
    [
        (300, "in the last 5 minutes", "au cours des 5 dernières minutes"),
        (60, "in the last minute", "au cours de la dernière minute"),
        (3_600, "in the last hour", "au cours de la dernière heure"),
        (5_400, "in the last 90 minutes", "au cours des 90 dernières minutes"),
        (21_600, "in the last 6 hours", "au cours des 6 dernières heures"),
        (86_400, "in the last 24 hours", "au cours des 24 dernières heures"),
        (3 * 86_400, "in the last 3 days", "au cours des 3 derniers jours"),
    ],
)
def test_the_window(seconds: int, english: str, french: str) -> None:
    assert English().lately(seconds) == english
    assert French().lately(seconds) == french


@given(st.integers(1, 10_000_000))
def test_a_span_is_said_within_a_fifth(seconds: int) -> None:
    count, unit = spans(seconds)
    said = count * {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}[unit]
    assert abs(said - seconds) <= seconds / 5 + 30


@pytest.mark.parametrize(
    ("language", "event", "expected"),
    [
        ("en", "opened", "[CRITICAL] Crue: 2,140 mentions in 1 h (usual: 190)"),
        ("en", "updated", "[CRITICAL, update] Crue: 2,140 mentions in 1 h (usual: 190)"),
        ("en", "resolved", "[RESOLVED] Crue: 180 mentions in 1 h (usual: 190)"),
        ("fr", "opened", "[CRITIQUE] Crue\u00a0: 2\u202f140 mentions en 1\u00a0h (habituel\u00a0: 190)"),
        (
            "fr",
            "updated",
            "[CRITIQUE, suite] Crue\u00a0: 2\u202f140 mentions en 1\u00a0h (habituel\u00a0: 190)",
        ),
        ("fr", "resolved", "[TERMINÉ] Crue\u00a0: 180 mentions en 1\u00a0h (habituel\u00a0: 190)"),
    ],
)
def test_the_subject_alone_tells_what_where_how_bad(language: Tongue, event: str, expected: str) -> None:
    assert subject(incident(event), title="Crue", language=language) == expected


@pytest.mark.parametrize(
    ("signal", "event", "observed", "expected", "english", "french"),
    [
        ("urgent", "opened", 2.0, 0.0, "“rupture de digue” in 2 mentions in 1 h",
         "«\u00a0rupture de digue\u00a0» dans 2 mentions en 1\u00a0h"),
        ("urgent", "resolved", 0.0, 0.0, "no urgent words any more", "plus aucun mot urgent"),
        ("misinformation", "opened", 0.58, 0.0,
         "possible misinformation: 58% of 2,140 mentions in 1 h (usual: 0%)",
         ("désinformation possible\u00a0: 58\u202f% de 2\u202f140 mentions en 1\u00a0h "
         "(habituel\u00a0: 0\u202f%)")),
        ("negative", "updated", 0.6, 0.2, "negative tone: 60% of 2,140 mentions in 1 h (usual: 20%)",
         "ton négatif\u00a0: 60\u202f% de 2\u202f140 mentions en 1\u00a0h (habituel\u00a0: 20\u202f%)"),
        ("slow-burn", "opened", 67.0, 14.0, "slow rise: 67 mentions in 1 h (usual: 14)",
         "hausse lente\u00a0: 67 mentions en 1\u00a0h (habituel\u00a0: 14)"),
        ("slow-burn", "resolved", 11.0, 14.0, "11 mentions in 1 h (usual: 14)",
         "11 mentions en 1\u00a0h (habituel\u00a0: 14)"),
        ("silence", "opened", 0.0, 85.0, "silence for 1 h (usual: 85 mentions)",
         "silence depuis 1\u00a0h (habituel\u00a0: 85 mentions)"),
        ("silence", "opened", 3.0, 85.0, "only 3 mentions in 1 h (usual: 85)",
         "seulement 3 mentions en 1\u00a0h (habituel\u00a0: 85)"),
        ("silence", "resolved", 80.0, 85.0, "80 mentions in 1 h (usual: 85)",
         "80 mentions en 1\u00a0h (habituel\u00a0: 85)"),
    ],
)  # fmt: skip
def test_the_subject_of_each_signal(
    signal: str, event: str, observed: float, expected: float, english: str, french: str
) -> None:
    evidence = replace(EVIDENCE, urgent=("rupture de digue",))
    told = incident(
        event, signal=Signal(signal), observed=observed, expected=expected, evidence=evidence
    )  # fmt: skip
    assert subject(told, title="Crue", language="en").endswith(f"] Crue: {english}")
    assert subject(told, title="Crue", language="fr").endswith(f"] Crue\u00a0: {french}")


def test_a_drill_and_a_test_are_marked() -> None:
    assert subject(incident(drill=True), title="Crue", language="fr").startswith("[EXERCICE, CRITIQUE] Crue")
    assert subject(incident(), title="Crue", language="fr", test=True).startswith("[ESSAI] Crue")
    assert subject(incident(), title="Crue", language="en", test=True).startswith("[TEST] Crue")


def test_the_subject_is_about_the_sign_whose_numbers_are_shown() -> None:
    grown = incident(signal=Signal.URGENT, evidence=replace(EVIDENCE, leading=Signal.VOLUME))
    assert "2,140 mentions in 1 h" in subject(grown, title="Crue", language="en")


HOSTILE = "x\r\nBcc: a@example.org\x1b[2J\u202e<script>"


@pytest.mark.parametrize(
    ("language", "signal", "event"), list(itertools.product(("en", "fr"), Signal, IncidentEvent))
)
def test_hostile_words_stay_on_their_line(language: Tongue, signal: Signal, event: IncidentEvent) -> None:
    evidence = replace(EVIDENCE, urgent=(HOSTILE,), signs=("vip", HOSTILE))
    sentence = say(language, signal=signal, event=event, evidence=evidence, title=HOSTILE)
    line = subject(incident(str(event), signal=signal, evidence=evidence), title=HOSTILE, language=language)
    for text in (sentence, line):
        assert not set(text) & set("\r\n\x1b\u202e")
