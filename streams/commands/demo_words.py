"""What the demo says around the incidents, in both languages; their sentences are those of `incidents`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from connectors.simulated import PlantedKind
from streams.incidents.wording import TONGUES
from streams.incidents.words import Tongue
from streams.pipeline import Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoWords:
    """Sentences with their places; numbers are put in as the language writes them."""

    tongue: Tongue
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    posts: str
    watch: str
    hours: str
    now: str
    story: str
    told: str
    worse: str
    unseen: str
    quiet: str
    false_page: str
    total: str
    nobody: str
    drilled: str
    next: str
    serve: str
    grafana: str
    report: str
    names: Mapping[PlantedKind, str]

    def number(self, value: float) -> str:
        return TONGUES[self.tongue].number(value)

    def moment(self, at: datetime, zone: ZoneInfo) -> str:
        local = at.astimezone(zone)
        return f"{local:%d} {self.months[local.month - 1]} {local:%H:%M}"

    def day(self, at: datetime, zone: ZoneInfo) -> str:
        return f"{self.weekdays[at.astimezone(zone).weekday()]} {self.moment(at, zone)}"

    def delay(self, delay: timedelta) -> str:
        minutes = int(delay.total_seconds() // 60)
        return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02} min"

    def told_of(self, name: str, outcome: str) -> str:
        return TONGUES[self.tongue].titled(name, outcome)

    def summed(self, counts: Counts, incidents: int, seconds: float) -> str:
        return self.story.format(
            seconds=self.number(seconds),
            read=self.number(counts.read),
            stored=self.number(counts.stored),
            unmatched=self.number(counts.unmatched),
            again=self.number(counts.read - counts.stored - counts.unmatched),
            incidents=self.number(incidents),
        )


ENGLISH: Final = DemoWords(
    tongue="en",
    weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    posts="{read} posts, {stored} stored",
    watch="watch",
    hours="mentions an hour, the last {hours} hours",
    now="now",
    story=(
        "Four weeks of an invented valley in {seconds} s: {read} posts read, {stored} stored, {unmatched} "
        "of no watch, {again} edits and repeats; {incidents} incidents."
    ),
    told="first message after {delay} ({severity})",
    worse="{severity} after {delay}",
    unseen="NO message",
    quiet="nobody was woken",
    false_page="a false page",
    total="Incidents of warning or worse: {woken}, for {crises} crises.",
    drilled="All of it was invented, and told as a drill to {channels}: the view `notifications` says how.",
    nobody="All of it was invented, and nobody was told: the view `notifications` says so.",
    next="Try next:",
    serve="SQL over HTTP, for notebooks and Grafana: docs/cookbook.md",
    grafana="beside it: Grafana on the same store; its crisis room at that time:",
    report="The report on the gravest of them, for a browser and for paper: {path}",
    names={
        PlantedKind.FLOOD: "the flood",
        PlantedKind.RUMOUR: "the false rumour of a few accounts",
        PlantedKind.SLOW_BURN: "the slow burn over the drinking water",
        PlantedKind.FINAL: "the football final that brushes a watch's words",
        PlantedKind.PRESS_CONFERENCE: "the press conference that is in the calendar",
        PlantedKind.OUTAGE: "the outage of a connector",
        PlantedKind.BACKFILL: "its backfill",
    },
)
FRENCH: Final = DemoWords(
    tongue="fr",
    weekdays=("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."),
    months=(
        "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.",
    ),
    posts="{read} messages lus, {stored} gardés",
    watch="veille",
    hours="mentions par heure, {hours} dernières heures",
    now="à présent",
    story=(
        "Quatre semaines d’une vallée inventée en {seconds}\u00a0s\u00a0: {read} messages lus, {stored} "
        "gardés, {unmatched} hors de toute veille, {again} retouches et répétitions\u202f; "
        "{incidents} incidents."
    ),
    told="premier message après {delay} ({severity})",
    worse="{severity} après {delay}",
    unseen="AUCUN message",
    quiet="personne n’a été réveillé",
    false_page="une fausse alerte",
    total="Incidents de niveau ALERTE ou plus\u00a0: {woken}, pour {crises} crises.",
    drilled=(
        "Tout était inventé, et annoncé, comme exercice, à {channels}\u00a0: "
        "la vue `notifications` dit comment."
    ),
    nobody=(
        "Tout était inventé, et personne n’a été prévenu\u00a0: la vue `notifications` le dit."
    ),
    next="À essayer maintenant\u00a0:",
    serve="du SQL par HTTP, pour les notebooks et Grafana\u00a0: docs/fr/recettes.md",
    grafana="à côté\u00a0: Grafana sur la même base, sa salle de crise à ce moment-là\u00a0:",
    report="Le rapport sur le plus grave, pour l’écran et le papier\u00a0: {path}",
    names={
        PlantedKind.FLOOD: "la crue",
        PlantedKind.RUMOUR: "la fausse rumeur de quelques comptes",
        PlantedKind.SLOW_BURN: "la lente montée autour de l’eau potable",
        PlantedKind.FINAL: "la finale de football qui frôle les mots d’une veille",
        PlantedKind.PRESS_CONFERENCE: "la conférence de presse inscrite au calendrier",
        PlantedKind.OUTAGE: "la panne d’un connecteur",
        PlantedKind.BACKFILL: "son rattrapage",
    },
)  # fmt: skip
DEMO_WORDS: Final[Mapping[Tongue, DemoWords]] = {"en": ENGLISH, "fr": FRENCH}


def own_language(environ: Mapping[str, str]) -> Tongue:
    """French where the terminal is set to French (LC_ALL, LC_MESSAGES or LANG), English otherwise."""
    set_to = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environ.get(name))), "")
    return "fr" if set_to.lower().startswith("fr") else "en"
