"""What a backtest's page says around its numbers, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from streams.incidents.words import Tongue


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialWords:
    """Braces are filled in by `page`."""

    title: str
    plot: str
    period: str
    told: str
    learnt: str
    short: str
    deleted: str
    in_force: str
    recorded: str
    sums: str
    sums_note: str
    rule: str
    opened: str
    severities: str
    a_month: str
    only_here: str
    missed: str
    sooner: str
    marked: str
    found: str
    found_note: str
    nothing: str
    usual: str
    chart: str
    longer: str
    limit_of: str
    lane: str
    by: str
    close: str
    own_clock: str
    cut: str


TRIAL_WORDS: Final[Mapping[Tongue, TrialWords]] = {
    "en": TrialWords(
        title="Backtest",
        plot="Detection",
        period="From {since} to {until}: {days} days in which somebody listened.",
        told="Nobody was told and nothing was stored.",
        learnt="What is usual was learnt from {since} on; in the first 6 hours nothing is decided, "
        "in the first days limits are high, and they come down over three weeks.",
        short="With so few days, pages a month are a rough guess.",
        deleted="Posts of this time and of what is learnt from, of any watch, that were deleted at their "
        "source since: {count}. What really was opened had counted them, and may differ for that.",
        in_force="in force",
        recorded="really opened",
        sums="What each rule would have opened",
        sums_note="Only here: opened by this rule and not by the one in force. Missed: the other way round. "
        "Lead: how much sooner than the rule in force, in the median of what both opened.",
        rule="Rule",
        opened="Opened",
        severities="critical / warning / info",
        a_month="A month",
        only_here="Only here",
        missed="Missed",
        sooner="Lead",
        marked="Marked true · false",
        found="Which, and why",
        found_note="A row is told of the rule that is named first: the one in force, or else the first that "
        "opened it.",
        nothing="No rule opened anything.",
        usual="Usual",
        chart="{title}: mentions an hour",
        longer="{title}: counts, {span} each",
        limit_of="limit of {rule}",
        lane="incidents, the graver the taller",
        by="By",
        close="Close up",
        own_clock="The times of the series are those written in its file.",
        cut="{count} more are not shown; --json has them all.",
    ),
    "fr": TrialWords(
        title="Essai sur le passé",
        plot="Détection",
        period="Du {since} au {until}\u00a0: {days} jours d’écoute.",
        told="Personne n’a été prévenu et rien n’a été enregistré.",
        learnt="L’habituel a été appris à partir du {since}\u202f; rien n’est décidé les 6 premières "
        "heures, et les seuils, hauts les premiers jours, baissent durant trois semaines.",
        short="Sur si peu de jours, le nombre d’alertes par mois n’est qu’un ordre de grandeur.",
        deleted="Publications de cette période et de l’apprentissage, toutes veilles réunies, supprimées "
        "depuis à la source\u00a0: {count}. Ce qui a vraiment été ouvert les avait comptées, et peut "
        "en différer.",
        in_force="en vigueur",
        recorded="vraiment ouverts",
        sums="Ce que chaque règle aurait ouvert",
        sums_note="Elle seule\u00a0: ouvert par cette règle et non par celle en vigueur. "
        "Manqués\u00a0: l’inverse. Avance\u00a0: avance médiane sur la règle en vigueur, "
        "pour ce que les deux ont ouvert.",
        rule="Règle",
        opened="Ouverts",
        severities="critiques / alertes / infos",
        a_month="Par mois",
        only_here="Elle seule",
        missed="Manqués",
        sooner="Avance",
        marked="Marqués fondés · non fondés",
        found="Lesquels, et pourquoi",
        found_note="Une ligne décrit l’incident de la règle nommée en premier\u00a0: celle en vigueur, ou à "
        "défaut la première qui l’a ouvert.",
        nothing="Aucune règle n’a rien ouvert.",
        usual="Habituel",
        chart="{title}\u00a0: mentions par heure",
        longer="{title}\u00a0: comptes, par pas de {span}",
        limit_of="seuil de la règle {rule}",
        lane="incidents, d’autant plus hauts qu’ils sont graves",
        by="Par",
        close="De près",
        own_clock="Les heures de la série sont celles de son fichier.",
        cut="{count} autres ne sont pas montrés\u202f; --json les contient tous.",
    ),
}
