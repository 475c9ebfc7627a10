"""Invented posts in French and English, in bulk: what the benchmarks and the soak feed on."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

START: Final = datetime(2026, 3, 2, tzinfo=UTC)
TOPICS: Final = (
    "crue",
    "inondation",
    "barrage",
    "digue",
    "incendie",
    "fumée",
    "évacuation",
    "panne",
    "coupure",
    "grève",
    "tramway",
    "hôpital",
    "urgences",
    "vaccin",
    "élection",
    "scrutin",
    "canicule",
    "pollution",
    "pont",
    "effondrement",
)
_FR: Final = (
    "la mairie annonce que les équipes sont sur place ce matin",
    "on attend toujours des nouvelles du quartier",
    "merci aux pompiers pour leur courage",
    "c'est vraiment honteux, personne ne répond",
    "je suis très inquiet pour ma mère",
    "superbe travail des bénévoles",
    "encore une journée difficile pour les habitants",
    "quelqu'un sait si la route est ouverte ?",
)
_EN: Final = (
    "the city says crews are on site this morning",
    "still no news from the district, this is terrible",
    "thank you to the great volunteers out there",
    "I am really worried about my family tonight",
    "what a beautiful evening by the river",
    "does anybody know if the road is open?",
    "awful service again, nobody answers",
    "good work by everyone, things are getting better",
)
_FILLER: Final = (
    "avenue",
    "gare",
    "marché",
    "école",
    "lycée",
    "stade",
    "parc",
    "north",
    "south",
    "bridge",
    "station",
    "market",
    "hall",
    "street",
    "corner",
)


def watches_yaml(count: int = 20) -> str:
    """A watches file of `count` watches, one topic each with variants and phrases."""
    lines = ["version: 1", "timezone: Europe/Paris", "language: en", "watches:"]
    for topic in TOPICS[:count]:
        lines += [
            f"  - name: w{TOPICS.index(topic)}",
            f"    query: '({topic}* OR \"{topic} grave\" OR (alerte NEAR/4 {topic})) AND NOT exercice'",
            '    urgent: ["rupture de digue", "au secours"]',
            "    misinformation: {lexicons: [floods, health], phrases: [on nous cache tout]}",
        ]
    return "\n".join(lines) + "\n"


def records(
    count: int, *, seed: int = 1, hours: float = 12, matching: float = 0.5, authors: int = 20_000
) -> Iterator[dict[str, Any]]:
    """`count` mention lines in order of time over `hours`; `matching` of them name a topic of the watches."""
    dice = random.Random(seed)
    step = timedelta(hours=hours) / count
    for number in range(count):
        french = dice.random() < 0.5
        words = [dice.choice(_FR if french else _EN), *dice.choices(_FILLER, k=dice.randint(1, 5))]
        if dice.random() < matching:
            words.insert(dice.randint(0, len(words)), dice.choice(TOPICS))
        if dice.random() < 0.2:
            words.append(f"#{dice.choice(_FILLER)}")
        if dice.random() < 0.15:
            words.append("https://news.example.org/" + str(dice.randrange(1000)))
        if dice.random() < 0.1:
            words.append(dice.choice("😀😡😢👍"))
        yield {
            "platform": dice.choice(("x", "mastodon", "bluesky", "rss")),
            "native_id": f"{seed}-{number}",
            "text": " ".join(words),
            "created_at": (START + step * number).isoformat(timespec="milliseconds"),
            "lang": ("fr" if french else "en") if dice.random() < 0.7 else None,
            "author_id": f"u{int(dice.paretovariate(0.6)) % authors}",
            "kind": "repost" if dice.random() < 0.2 else "post",
        }


def jsonl(lines: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    return (orjson.dumps(line) + b"\n" for line in lines)
