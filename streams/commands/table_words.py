"""Headings of the tables on a terminal, and what is said below them, in the language of their sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from streams.incidents.words import Tongue
from streams.records import IncidentState


@dataclass(frozen=True, slots=True, kw_only=True)
class TableWords:
    """Braces are filled in by the commands. `rules` are those of a backtest that are no sensitivity."""

    watch: str
    rule: str
    opened: str
    severity: str
    state: str
    states: Mapping[IncidentState, str]
    opened_at: str
    resolved_at: str
    what: str
    by: str
    a_month: str
    only_here: str
    missed: str
    sooner: str
    marked_true: str
    marked_false: str
    every: str
    in_force: str
    rules: Mapping[str, str]
    own_clock: str
    at_once: str
    short: str
    more: str
    numbers: str
    nothing: str
    nothing_in_shadow: str


TABLE_WORDS: Final[Mapping[Tongue, TableWords]] = {
    "en": TableWords(
        watch="watch",
        rule="rule",
        opened="opened",
        severity="severity",
        state="state",
        states={IncidentState.OPEN: "open", IncidentState.RESOLVED: "resolved"},
        opened_at="opened ({clock})",
        resolved_at="over",
        what="what",
        by="by",
        a_month="a month",
        only_here="only here",
        missed="missed",
        sooner="sooner",
        marked_true="marked true",
        marked_false="false",
        every="all {count}",
        in_force="in force",
        rules={},
        own_clock="as in the file",
        at_once="{count} opened within half an hour of another watch's: look whether they are one",
        short="less than two weeks: pages a month are a rough guess",
        more="{count} more: --json has them all",
        numbers="{observed} {lately}{usual}, limit {limit}",
        nothing="no incidents",
        nothing_in_shadow="no incidents in shadow",
    ),
    "fr": TableWords(
        watch="veille",
        rule="règle",
        opened="ouverts",
        severity="gravité",
        state="état",
        states={IncidentState.OPEN: "en cours", IncidentState.RESOLVED: "terminé"},
        opened_at="début ({clock})",
        resolved_at="fin",
        what="quoi",
        by="par",
        a_month="par mois",
        only_here="elle seule",
        missed="manqués",
        sooner="avance",
        marked_true="marqués fondés",
        marked_false="non fondés",
        every="les {count}",
        in_force="en vigueur",
        rules={"recorded": "vraiment ouverts", "in force": "en vigueur"},
        own_clock="comme dans le fichier",
        at_once="{count} ouverts à moins d’une demi-heure de celui d’une autre veille\u00a0: "
        "voyez s’il s’agit d’un seul",
        short="moins de deux semaines\u00a0: le nombre d’alertes par mois n’est qu’un ordre de grandeur",
        more="{count} de plus\u00a0: --json les contient tous",
        numbers="{observed} {lately}{usual}, seuil {limit}",
        nothing="aucun incident",
        nothing_in_shadow="aucun incident dans l’ombre",
    ),
}
