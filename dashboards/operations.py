"""Operations: lag, latency, connectors, what was parked, notifiers. For the engineer.

What the metrics mean stands in `streams.metrics`; a test holds every name to it.
"""

from __future__ import annotations

from typing import Final

from dashboards import palette
from dashboards.define import Board, Column, Kind, Metric, Panel, Section, Step
from dashboards.panels import (
    GAP_REGIONS,
    TOLD,
    gaps,
    moment,
    table,
)
from dashboards.tongue import Text, same
from dashboards.words import SIGNALS, VERDICTS, WATCH

_FINE: Final = Text("Nothing, as it should be.", "Rien, comme il se doit.")
_QUANTILE: Final = "histogram_quantile(0.95, sum by (le{by}) (rate({name}_bucket[$__rate_interval])))"


def _p95(name: str, by: str = "") -> str:
    return _QUANTILE.replace("{by}", f", {by}" if by else "").replace("{name}", name)


def _chart(
    key: str,
    title: Text,
    description: Text,
    *metrics: tuple[str, Text],
    unit: str = "short",
    width: int = 8,
    steps: tuple[Step, ...] = (),
) -> Panel:
    return Panel(
        key=key,
        kind=Kind.SERIES,
        title=title,
        description=description,
        width=width,
        height=8,
        unit=unit,
        steps=steps,
        metrics=tuple(Metric(promql, legend) for promql, legend in metrics),
        may_be_empty=Text("No data", "Aucune donnée"),
    )


def _tile(key: str, title: Text, description: Text, promql: str, unit: str, steps: tuple[Step, ...]) -> Panel:
    return Panel(
        key=key,
        kind=Kind.TILES,
        title=title,
        description=description,
        width=4,
        height=4,
        unit=unit,
        steps=steps,
        metrics=(Metric(promql, title),),
        may_be_empty=same("–"),
    )


def _from(warning: float, critical: float) -> tuple[Step, ...]:
    return (Step(None, palette.CALM), Step(warning, palette.WARNING), Step(critical, palette.CRITICAL))


OPERATIONS: Final = Board(
    key="operations",
    title=Text("Operations", "Exploitation"),
    description=Text(
        "Does it hear, keep up, store and tell? Each alert has an entry in the runbook.",
        "Entend-il, suit-il, stocke-t-il, prévient-il ? Chaque alerte a une entrée dans le guide "
        "d’intervention.",
    ),
    span="now-6h",
    refresh="30s",
    annotations=(GAP_REGIONS,),
    parts=(
        _tile(
            "down",
            Text("Processes down", "Processus arrêtés"),
            Text("Processes that Prometheus cannot read.", "Processus que Prometheus ne peut pas lire."),
            'sum(up{job="vigie"} == bool 0)',
            "none",
            (Step(None, palette.CALM), Step(1, palette.CRITICAL)),
        ),
        _tile(
            "behind",
            Text("Behind", "Retard"),
            Text(
                "Data time that is not decided yet, of the partition that is furthest behind.",
                "Temps de données non encore décidé, pour la partition la plus en retard.",
            ),
            "time() - min(vigie_decided_until_seconds > 0)",
            "s",
            _from(900, 1800),
        ),
        _tile(
            "lag",
            Text("Messages waiting", "Messages en attente"),
            Text(
                "Messages that a group has not committed, all topics.",
                "Messages qu’un groupe n’a pas encore validés, tous sujets confondus.",
            ),
            "sum(vigie_lag_messages)",
            "short",
            _from(1_000, 10_000),
        ),
        _tile(
            "store_waiting",
            Text("Waiting for the store", "En attente de la base"),
            Text(
                "1 while persist waits for ClickHouse: nothing is lost, boards stand still.",
                "1 tant que persist attend ClickHouse : rien n’est perdu, les tableaux n’avancent plus.",
            ),
            "max(vigie_store_waiting)",
            "none",
            (Step(None, palette.CALM), Step(1, palette.CRITICAL)),
        ),
        _tile(
            "parked",
            Text("Parked, last hour", "Mis de côté, 1 h"),
            Text(
                "Records that could not be read, all stages.",
                "Enregistrements illisibles, toutes étapes.",
            ),
            "sum(increase(vigie_parked_records_total[1h]))",
            "short",
            _from(1, 100),
        ),
        _tile(
            "not_told",
            Text("Not told, last hour", "Non remis, 1 h"),
            Text(
                "Messages that a channel refused for good.",
                "Messages qu’un canal a refusés définitivement.",
            ),
            'sum(increase(vigie_notifications_total{outcome="failed"}[1h]))',
            "none",
            (Step(None, palette.CALM), Step(1, palette.CRITICAL)),
        ),
        Section(Text("Hears", "Entend")),
        _chart(
            "published",
            Text("Published", "Publié"),
            Text(
                "Mentions and retractions acknowledged by the broker, a second.",
                "Mentions et retraits acquittés par le broker, par seconde.",
            ),
            ("sum(rate(vigie_published_total[$__rate_interval]))", Text("published", "publié")),
            unit="cps",
        ),
        _chart(
            "connectors",
            Text("Connectors: since the last page", "Connecteurs : depuis la dernière page"),
            Text(
                "Seconds since each connector brought a page; also an empty page counts.",
                "Secondes depuis la dernière page de chaque connecteur ; une page vide compte aussi.",
            ),
            ("time() - (vigie_connector_page_timestamp_seconds > 0)", same("{{connector}}")),
            unit="s",
            steps=_from(900, 3600),
        ),
        _chart(
            "gaps_rate",
            Text("Gaps an hour", "Lacunes par heure"),
            Text(
                "Stretches that a connector says it did not hear.",
                "Périodes qu’un connecteur dit ne pas avoir entendues.",
            ),
            ("increase(vigie_connector_gaps_total[1h])", same("{{connector}}")),
        ),
        Section(Text("Keeps up", "Suit")),
        _chart(
            "throughput",
            Text("Records by stage", "Enregistrements par étape"),
            Text(
                "Records that each stage has done with, a second.",
                "Enregistrements traités par étape, par seconde.",
            ),
            ("sum by (stage) (rate(vigie_records_total[$__rate_interval]))", same("{{stage}}")),
            unit="cps",
        ),
        _chart(
            "lag_by_topic",
            Text("Lag by topic", "Retard par sujet"),
            Text(
                "Messages that each group has not committed.",
                "Messages que chaque groupe n’a pas encore validés.",
            ),
            ("sum by (group, topic) (vigie_lag_messages)", same("{{group}} · {{topic}}")),
        ),
        _chart(
            "commit_age",
            Text("Since the last commit", "Depuis la dernière validation"),
            Text(
                "A group that has messages and does not commit is stuck.",
                "Un groupe qui a des messages et ne valide pas est bloqué.",
            ),
            ("max by (group) (vigie_commit_age_seconds)", same("{{group}}")),
            unit="s",
            steps=_from(120, 600),
        ),
        _chart(
            "batch_time",
            Text("Time of a batch, 95th percentile", "Durée d’un lot, 95e centile"),
            Text("By stage, acknowledgement included.", "Par étape, acquittement compris."),
            (_p95("vigie_batch_seconds", "stage"), same("{{stage}}")),
            unit="s",
        ),
        _chart(
            "to_incident",
            Text("From the post to the incident", "De la publication à l’incident"),
            Text(
                "From the close of the deciding step to the incident's publication, and the warm-up of a "
                "partition.",
                "De la clôture du pas décisif à la publication de l’incident, et la remise en état d’une "
                "partition.",
            ),
            (_p95("vigie_mention_to_incident_seconds"), Text("to incident (p95)", "vers l’incident (p95)")),
            (_p95("vigie_warm_up_seconds"), Text("warm-up (p95)", "remise en état (p95)")),
            unit="s",
        ),
        _chart(
            "restarts",
            Text("Restarts", "Redémarrages"),
            Text(
                "How often the supervisor started each worker again.",
                "Combien de fois le superviseur a relancé chaque processus.",
            ),
            ("vigie_worker_restarts", same("{{worker}}")),
        ),
        Section(Text("Stores", "Stocke")),
        _chart(
            "stored",
            Text("Rows stored", "Lignes stockées"),
            Text("Rows written to the store, a second.", "Lignes écrites dans la base, par seconde."),
            ("sum by (kind) (rate(vigie_stored_rows_total[$__rate_interval]))", same("{{kind}}")),
            unit="cps",
        ),
        _chart(
            "to_stored",
            Text(
                "From publication to the store, 95th percentile", "De la publication à la base, 95e centile"
            ),
            Text("The whole trip, and one write.", "Le trajet entier, et une écriture."),
            (_p95("vigie_publish_to_stored_seconds"), Text("whole trip", "trajet entier")),
            (_p95("vigie_store_batch_seconds"), Text("one write", "une écriture")),
            unit="s",
            steps=_from(60, 300),
        ),
        _chart(
            "trouble",
            Text("Parked and retried", "Mis de côté et réessayés"),
            Text("By stage, in ten minutes.", "Par étape, en dix minutes."),
            (
                "sum by (stage) (increase(vigie_parked_records_total[10m])) > 0",
                Text("{{stage}}: parked", "{{stage}} : mis de côté"),
            ),
            (
                "sum by (stage) (increase(vigie_retries_total[10m])) > 0",
                Text("{{stage}}: retried", "{{stage}} : réessayé"),
            ),
        ),
        Section(Text("Tells", "Prévient")),
        _chart(
            "notified",
            Text("Attempts to tell", "Tentatives de prévenir"),
            Text("By channel and outcome, in ten minutes.", "Par canal et issue, en dix minutes."),
            (
                "sum by (channel, outcome) (increase(vigie_notifications_total[10m])) > 0",
                same("{{channel}} · {{outcome}}"),
            ),
            width=12,
        ),
        _chart(
            "incidents",
            Text("States of incidents", "États d’incidents"),
            Text("Opened, updated and resolved, in an hour.", "Ouverts, suivis et terminés, en une heure."),
            ("sum by (event) (increase(vigie_incidents_total[1h]))", same("{{event}}")),
            width=12,
        ),
        table(
            key="failed_notices",
            title=Text("Not told, or not at once", "Non remis, ou pas du premier coup"),
            description=Text("From the store, newest first.", "Depuis la base, le plus récent d’abord."),
            width=12,
            height=8,
            sql="operations/failed_notices",
            columns=(
                *TOLD,
                Column(name="incident", title=Text("incident", "incident"), width=200),
            ),
            may_be_empty=_FINE,
        ),
        table(
            key="decisions",
            title=Text("Decisions", "Décisions"),
            description=Text(
                "What detection decided and why, also where it told nobody.",
                "Ce que la détection a décidé et pourquoi, même sans prévenir personne.",
            ),
            width=12,
            height=8,
            sql="operations/decisions",
            columns=(
                moment("at"),
                Column(name="watch", title=WATCH, width=120),
                Column(name="signal", title=Text("sign", "signe"), words=SIGNALS, width=190),
                Column(name="verdict", title=Text("verdict", "verdict"), words=VERDICTS, width=100),
                Column(name="reason", title=Text("reason", "raison")),
            ),
            may_be_empty=Text("Nothing was decided.", "Rien n’a été décidé."),
        ),
        Section(Text("What could not be read", "Ce qui n’a pas pu être lu")),
        table(
            key="dead_letters",
            title=Text("Dead letters", "Enregistrements mis de côté"),
            description=Text(
                "Where each came from and what was wrong; `vigie deadletters show` has the bytes.",
                "D’où chacun vient et ce qui n’allait pas ; `vigie deadletters show` donne les octets.",
            ),
            width=24,
            height=8,
            sql="operations/dead_letters",
            columns=(
                moment("at"),
                Column(name="origin", title=Text("origin", "origine"), width=200),
                Column(name="position", title=Text("position", "position"), width=160),
                Column(name="reason", title=Text("reason", "raison")),
                Column(name="bytes", title=Text("size", "taille"), unit="bytes", width=90),
            ),
            may_be_empty=_FINE,
        ),
        gaps(24, 6),
    ),
)
