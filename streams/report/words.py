"""What a report says around its numbers, in both languages; sentences are `streams.incidents.wording`'s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from streams.incidents.words import Tongue


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWords:
    """`colon` stands between a label and its value. Braces are filled in by `page`."""

    colon: str
    days: tuple[str, ...]
    incident: str
    period: str
    period_of: str
    ongoing: str
    over: str
    drill: str
    times_in: str
    lasted: str
    height: str
    chart: str
    chart_note: str
    heard: str
    bar: str
    above: str
    band: str
    usual: str
    limit: str
    marked: str
    planned: str
    planned_note: str
    blind: str
    no_band: str
    no_hours: str
    posts: str
    posts_note: str
    gone: str
    follow: str
    flagged: str
    unsure: str
    sentiments: Mapping[str, str]
    reasons: Mapping[str, str]
    sums: str
    authors: str
    repeated: str
    repeated_by: str
    timeline: str
    when: str
    what: str
    event: str
    severity: str
    told: str
    told_note: str
    nobody: str
    channel: str
    outcome: str
    outcomes: Mapping[str, str]
    events: Mapping[str, str]
    coverage: str
    complete: str
    blind_from: str
    blind_until: str
    platform: str
    reason: str
    incidents: str
    no_incidents: str
    opened: str
    resolved: str
    watch: str
    mentions: str
    negative: str
    misinformation: str
    totals: str
    made: str
    provenance: str
    cut: str


REPORT_WORDS: Final[Mapping[Tongue, ReportWords]] = {
    "en": ReportWords(
        colon=": ",
        days=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
        incident="Incident report",
        period="Report",
        period_of="From {since} to {until}",
        ongoing="ONGOING",
        over="OVER",
        drill="This was a drill.",
        times_in="Time zone: {zone}.",
        lasted="Lasted",
        height="At its height, {when}",
        chart="Mentions an hour",
        chart_note="{title}: {total} mentions between {since} and {until}, at most {most} an hour ({when}).",
        heard="{title}: mentions an hour from {since} to {until}, at most {most}; "
        "{above} hours above the limit.",
        bar="mentions",
        above="above the limit",
        band="usual up to the limit",
        usual="usual",
        limit="limit",
        marked="incident",
        planned="planned event",
        planned_note="Planned: {name}, {since} to {until}; {times} times the usual is expected.",
        blind="nobody listened",
        no_band="Detection said nothing of what was usual in these hours: the watch was still learning.",
        no_hours="The store has no hours of this time.",
        posts="Posts to read first",
        posts_note="Chosen as representative. What they say is theirs, unverified.",
        gone="{count} more were deleted at the source since and are not kept.",
        follow="Open the post",
        flagged="flagged",
        unsure="unsure",
        sentiments={"negative": "negative", "neutral": "neutral", "positive": "positive"},
        reasons={
            "phrase": "phrase to check",
            "claim": "known claim",
            "classifier": "classifier",
            "correction": "correction",
        },
        sums="What it was made of, from beginning to end",
        authors="Accounts",
        repeated="What was repeated",
        repeated_by="{mentions} mentions from {authors} accounts",
        timeline="What happened",
        when="When",
        what="What",
        event="Event",
        severity="Severity",
        told="Who was told, and when",
        told_note="Of each message what became of it, in the order of time.",
        nobody="Nobody was told.",
        channel="Channel",
        outcome="Outcome",
        outcomes={
            "delivered": "delivered",
            "held": "held back",
            "retry": "did not get through, tried again",
            "failed": "failed",
            "digest": "delivered with others",
            "skipped": "not sent",
        },
        events={
            "opened": "opened",
            "updated": "update",
            "resolved": "over",
            "lasting": "still going on",
        },
        coverage="What was not seen",
        complete="No gap is known in this time.",
        blind_from="From",
        blind_until="Until",
        platform="Platform",
        reason="Reason",
        incidents="Incidents",
        no_incidents="No incident in this time.",
        opened="Opened",
        resolved="Over",
        watch="Watch",
        mentions="Mentions",
        negative="Negative",
        misinformation="Flagged",
        totals="In figures",
        made="Written by Vigie on {when}.",
        provenance="Incident {incident}; configuration {config}; models {models}.",
        cut="{count} more are not shown; --format csv has them all.",
    ),
    "fr": ReportWords(
        colon="\u00a0: ",
        days=("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."),
        incident="Rapport d’incident",
        period="Rapport",
        period_of="Du {since} au {until}",
        ongoing="EN COURS",
        over="TERMINÉ",
        drill="C’était un exercice.",
        times_in="Fuseau horaire\u00a0: {zone}.",
        lasted="Durée",
        height="Au plus fort, le {when}",
        chart="Mentions par heure",
        chart_note="{title}\u00a0: {total} mentions entre le {since} et le {until}, "
        "au plus {most} par heure (le {when}).",
        heard="{title}\u00a0: mentions par heure du {since} au {until}, au plus {most}\u202f; "
        "{above} heures au-dessus du seuil.",
        bar="mentions",
        above="au-dessus du seuil",
        band="de l’habituel au seuil",
        usual="habituel",
        limit="seuil",
        marked="incident",
        planned="événement prévu",
        planned_note="Prévu\u00a0: {name}, du {since} au {until}\u202f; on attend {times} fois l’habituel.",
        blind="personne n’écoutait",
        no_band="Pour ces heures, la détection n’a rien dit de l’habituel\u202f: la veille apprenait encore.",
        no_hours="La base ne contient aucune heure de cette période.",
        posts="Messages à lire d’abord",
        posts_note="Choisis comme représentatifs. "
        "Leurs propos n’engagent que leurs auteurs et ne sont pas vérifiés.",
        gone="{count} autres ont été supprimés à la source depuis et ne sont pas conservés.",
        follow="Ouvrir le message",
        flagged="signalé",
        unsure="incertain",
        sentiments={"negative": "négatif", "neutral": "neutre", "positive": "positif"},
        reasons={
            "phrase": "expression à vérifier",
            "claim": "affirmation connue",
            "classifier": "classifieur",
            "correction": "démenti",
        },
        sums="De quoi c’était fait, du début à la fin",
        authors="Comptes",
        repeated="Ce qui a été répété",
        repeated_by="{mentions} mentions venues de {authors} comptes",
        timeline="Ce qui s’est passé",
        when="Quand",
        what="Quoi",
        event="Événement",
        severity="Gravité",
        told="Qui a été prévenu, et quand",
        told_note="Pour chaque message, ce qu’il est devenu, dans l’ordre du temps.",
        nobody="Personne n’a été prévenu.",
        channel="Canal",
        outcome="Résultat",
        outcomes={
            "delivered": "remis",
            "held": "retenu",
            "retry": "non remis, nouvel essai",
            "failed": "échec",
            "digest": "remis avec d’autres",
            "skipped": "non envoyé",
        },
        events={
            "opened": "début",
            "updated": "suite",
            "resolved": "fin",
            "lasting": "toujours en cours",
        },
        coverage="Ce qui n’a pas été vu",
        complete="Aucune lacune de collecte connue sur cette période.",
        blind_from="De",
        blind_until="À",
        platform="Plateforme",
        reason="Cause",
        incidents="Incidents",
        no_incidents="Aucun incident sur cette période.",
        opened="Début",
        resolved="Fin",
        watch="Veille",
        mentions="Mentions",
        negative="Négatives",
        misinformation="Signalées",
        totals="En chiffres",
        made="Rédigé par Vigie le {when}.",
        provenance="Incident {incident}\u202f; configuration {config}\u202f; modèles {models}.",
        cut="{count} autres ne sont pas montrés\u202f; --format csv les contient tous.",
    ),
}
