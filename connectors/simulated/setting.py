"""The watches of the invented valley: what its prefecture listens for, as a watches file in two languages."""

from __future__ import annotations

from datetime import datetime
from types import MappingProxyType
from typing import Final

from connectors.simulated.people import PREFECT

# (name, topic of its ordinary talk, mentions an hour)
ORDINARY: Final = (
    ("crue", "river", 9.0),
    ("barrage", "dam", 6.0),
    ("eau-potable", "water", 16.0),
    ("hopital", "hospital", 13.0),
    ("incendie", "fire", 9.0),
    ("elections", "elections", 11.0),
    (None, "chatter", 36.0),
)

_TITLES: Final = MappingProxyType(
    {
        "fr": (
            "Crue de la Salvane",
            "Barrage de la Salvane",
            "Eau potable",
            "Hôpital",
            "Incendies",
            "Élections",
        ),
        "en": ("Salvane flood", "Salvane dam", "Drinking water", "Hospital", "Wildfires", "Elections"),
    }
)
_CONFERENCE: Final = MappingProxyType(
    {"fr": "Conférence de presse à l'hôpital", "en": "Hospital press conference"}
)

_WATCHES: Final = """\
version: 1
timezone: Europe/Paris
language: {language}
watches:
  - name: crue
    title: {titles[0]}
    query: >-
      (crue* OR inond* OR flood* OR "montée des eaux" OR "eau monte" OR
      "water is rising" OR "water rising" OR "rupture de digue" OR "dyke breach" OR
      salvane NEAR/6 (déborde OR débordé OR sortie OR burst OR overflowed OR wall))
      AND NOT (exercice* OR exercise* OR drill OR match OR finale OR final OR stade OR stadium)
    urgent: ["rupture de digue", "dyke breach"]
    vip: ["{prefect}"]
    misinformation:
      lexicons: [floods]
      phrases: ["le barrage de la Salvane a cédé", "the Salvane dam has burst"]{claims}
  - name: barrage
    title: {titles[1]}
    query: (barrage* OR dam OR dams) AND NOT (match OR ligue OR finale OR final OR stade OR goal*)
    misinformation:
      lexicons: [floods, infrastructure]
      phrases: ["le barrage de la Salvane a cédé", "the Salvane dam has burst"]{claims}
  - name: eau-potable
    title: {titles[2]}
    query: '"eau potable" OR "eau du robinet" OR "drinking water" OR "tap water"'
    misinformation: {{lexicons: [health]}}
  - name: hopital
    title: {titles[3]}
    query: (hôpital OR urgences OR hospital) AND NOT match
    misinformation: {{lexicons: [health]}}
  - name: incendie
    title: {titles[4]}
    query: (incendie* OR wildfire*) AND NOT (match OR finale OR final)
    misinformation: {{lexicons: [fires]}}
  - name: elections
    title: {titles[5]}
    query: élection* OR "bureau de vote" OR election* OR "polling station*"
    misinformation: {{lexicons: [elections]}}
calendar:
  - name: {conference}
    from: {press_from}
    until: {press_until}
    watches: [hopital]
    expect: 3
"""

_CLAIMS: Final = """\
version: 1
claims:
  - id: barrage-a-cede
    texts:
      fr: ["Le barrage de la Salvane a cédé", "Le barrage de la Salvane s'est rompu"]
      en: ["The Salvane dam has burst", "The Salvane dam has collapsed"]
    answer: {answer}
    url: https://haute-salvane.example/dementi-barrage
"""
_ANSWERS: Final = MappingProxyType(
    {
        "fr": "Le barrage tient : il a été inspecté ce soir et ne présente aucun dommage.",
        "en": "The dam holds. It was inspected this evening and shows no damage.",
    }
)


def watches_yaml(language: str, press: tuple[datetime, datetime], claims: str | None) -> str:
    """Raises KeyError where `language` is neither fr nor en."""
    return _WATCHES.format(
        language=language,
        titles=_TITLES[language],
        conference=_CONFERENCE[language],
        prefect=f"{PREFECT.platform}:{PREFECT.handle}",
        claims="" if claims is None else f"\n      claims: {claims}",
        press_from=press[0].isoformat(),
        press_until=press[1].isoformat(),
    )


def claims_yaml(language: str) -> str:
    """Raises KeyError where `language` is neither fr nor en."""
    return _CLAIMS.format(answer=f'"{_ANSWERS[language]}"')
