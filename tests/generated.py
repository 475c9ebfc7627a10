"""Posts that never were: seeded mention lines for the tests of several folders."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)

_CALM = (
    "la crue de la rivière est suivie par la mairie",
    "the river is high today near the bridge",
    "une petite inondation dans la cave, rien de grave",
    "merci aux agents pour le point sur la crue",
    "flood warning lifted this morning, thank you",
    "on parle encore de la crue au marché",
)
_CRISIS = (
    "l'eau monte très vite, la crue est dans les maisons !",
    "terrible flood, people are trapped on the roofs, help",
    "inondation horrible au centre, nous avons peur",
    "the flood is destroying the school, this is awful",
)
_OTHER = (
    "match ce soir au stade",
    "my cat sleeps all day",
    "recette de tarte aux pommes",
    "new phone, who this",
)
_PLACES = (
    "quai nord",
    "pont vieux",
    "rue basse",
    "école",
    "gare",
    "mill lane",
    "market",
    "station",
    "church",
)

WATCHES = """\
version: 1
timezone: Europe/Paris
language: en
sentiment: vader
watches:
  - name: flood
    title: Flood
    query: 'crue OR inondation* OR flood'
    shadow: more
    urgent: ["rupture de digue"]
    vip: ["x:prefect"]
    misinformation: {phrases: ["le barrage a cédé"]}
  - name: school
    query: 'école OR school'
# Far from what is played here, so that it decides nothing.
calendar:
  - {name: fair, from: 2027-05-01T08:00:00+02:00, until: 2027-05-02T20:00:00+02:00, watches: [school]}
"""


def lines(
    seed: int,
    *,
    hours: float = 60,
    an_hour: float = 20,
    crisis_at_h: float | None = 48,
    crisis_an_hour: float = 400,
    crisis_hours: float = 3,
    start: datetime = START,
) -> Iterator[dict[str, Any]]:
    """Mention lines in order of time: ordinary chatter, then a burst of many voices."""
    random_ = random.Random(seed)
    at, number = 0.0, 0
    while at < hours:
        burst = crisis_at_h is not None and crisis_at_h <= at < crisis_at_h + crisis_hours
        at += random_.expovariate(crisis_an_hour if burst else an_hour)
        texts = _CRISIS if burst else (_CALM if random_.random() < 0.7 else _OTHER)
        number += 1
        yield {
            "platform": random_.choice(("x", "mastodon", "bluesky")),
            "native_id": f"{seed}-{number}",
            "text": f"{random_.choice(texts)} {random_.choice(_PLACES)} {random_.randrange(1000)}",
            "created_at": (start + timedelta(hours=at)).isoformat(timespec="milliseconds"),
            "author_id": f"a{random_.randrange(4000 if burst else 300)}",
            "kind": "repost" if random_.random() < 0.2 else "post",
        }


def write(path: Path, records: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> Path:
    path.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in records))
    return path


def watches_file(folder: Path, text: str = WATCHES) -> Path:
    path = folder / "watches.yaml"
    path.write_text(text, encoding="utf-8")
    return path
