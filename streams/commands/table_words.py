"""What a terminal is told of incidents around their sentences, and in their language: headings and notes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from streams import configured
from streams.commands.demo_words import own_language
from streams.errors import UsageError
from streams.incidents.words import Tongue
from streams.records import IncidentState, Verdict
from streams.settings import Settings


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
    true: str
    false: str
    unmarked: str
    precision: str
    interval: str
    delay: str
    delayed: str
    beside: str
    beside_since: str
    shadow: str
    nothing_marked: str
    nothing_to_review: str
    life: str
    height: str
    made_by: str
    marked: str
    verdicts: Mapping[Verdict, str]
    is_marked: str
    was_marked: str
    began: str
    not_taken_in: str
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
        true="true",
        false="false",
        unmarked="unmarked",
        precision="precision",
        interval="{precision} ({low} to {high})",
        delay="delay",
        delayed="{minutes} min (of {count})",
        beside="beside the rule in force",
        beside_since="since {day}: of {count}, {missed} true ones missed",
        shadow="shadow: {sensitivity}",
        nothing_marked="nothing is marked yet: vigie incidents mark ID true|false --why '...'",
        nothing_to_review="no incidents to review",
        life="watch {watch}, signs: {signs}",
        height="evidence at its height:",
        made_by="configuration {config}; models {models}",
        marked="marked {verdict} by {by}, {at} UTC: {why}",
        verdicts={Verdict.TRUE: "true", Verdict.FALSE: "false"},
        is_marked="{incident} is marked {verdict}{was}{began}",
        was_marked=" (it was {verdict}, by {by})",
        began="; it began {clocks}",
        not_taken_in="the process that holds the store has not taken it in yet: the mark is kept beside "
        "the store, and counts as soon as that process, or whoever opens the store next, has done so",
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
        true="fondés",
        false="non fondés",
        unmarked="sans avis",
        precision="précision",
        interval="{precision} (de {low} à {high})",
        delay="délai",
        delayed="{minutes} min (sur {count})",
        beside="face à la règle en vigueur",
        beside_since="depuis le {day}\u00a0: fondés manqués {missed}, sur {count}",
        shadow="ombre\u00a0: {sensitivity}",
        nothing_marked="aucun avis pour l’instant\u00a0: vigie incidents mark ID true|false --why '...'",
        nothing_to_review="aucun incident à revoir",
        life="veille {watch}, signes\u00a0: {signs}",
        height="au plus fort (les noms sont ceux de --json)\u00a0:",
        made_by="configuration {config}\u00a0; modèles {models}",
        marked="jugé {verdict} par {by}, le {at} UTC\u00a0: {why}",
        verdicts={Verdict.TRUE: "fondé", Verdict.FALSE: "non fondé"},
        is_marked="{incident} est jugé {verdict}{was}{began}",
        was_marked=" (avis précédent\u00a0: {verdict}, par {by})",
        began="\u202f; début\u00a0: {clocks}",
        not_taken_in="le processus qui tient la base ne l’a pas encore repris\u00a0: l’avis est gardé à côté "
        "de la base, et comptera dès que ce processus, ou le prochain qui l’ouvrira, l’aura repris",
        nothing="aucun incident",
        nothing_in_shadow="aucun incident dans l’ombre",
    ),
}


def tongue_of(settings: Settings) -> Tongue:
    """That of the watches file, or else the terminal's; a file that is wrong just now hides no incident."""
    if settings.watches is not None:
        with suppress(UsageError):
            return configured.watches_of(settings).language
    return own_language(os.environ)
