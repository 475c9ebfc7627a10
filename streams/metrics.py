"""Every metric, with its meaning. Label values come from configuration and code, never from posts."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from typing import Final, Literal, get_args

from prometheus_client import Counter, Gauge, Histogram, start_http_server

from connectors.mention import Gap, Page
from streams.notifiers.policy import OUTCOMES

log = logging.getLogger(__name__)

STAGES: Final = ("ingest", "enrich", "tally", "detect", "persist", "notify")
Parked = Literal["unreadable", "misplaced", "too_large", "failed"]
"""Why a record was parked: not of our kind, on the wrong topic, beyond a message, or it broke a step."""

PORTS: Final = {"main": 0, "persist": 1, "ingest": 2, "notify": 3, "up": 4}
"""How far behind `metrics_port` each process serves, so that they may stand on one machine."""

STORED_KINDS: Final = (
    "mentions", "retractions", "incidents", "shadows", "decisions", "expectations", "gaps", "dead_letters",
    "notifications",
)  # fmt: skip
_SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300)

PUBLISHED: Final = Counter("vigie_published", "Mentions and retractions acknowledged by the broker")
RECORDS: Final = Counter("vigie_records", "Records that a stage has done with", ["stage"])
BATCH_SECONDS: Final = Histogram(
    "vigie_batch_seconds", "Time a stage took for one batch, acknowledgement included", ["stage"],
    buckets=_SECONDS,
)  # fmt: skip
UNMATCHED: Final = Counter("vigie_unmatched_mentions", "Mentions of no watch, counted and not kept")
PARKED: Final = Counter(
    "vigie_parked_records", "Dead letters by the stage that parked them, and why", ["stage", "reason"]
)
RETRIES: Final = Counter("vigie_retries", "Attempts that failed and were made again", ["stage"])
LAG: Final = Gauge("vigie_lag_messages", "Messages a partition has and its group has not committed",
                   ["group", "topic", "partition"])  # fmt: skip
COMMIT_AGE: Final = Gauge(
    "vigie_commit_age_seconds",
    "Since the worker last committed, while it is behind; 0 when it is not",
    ["group"],
)
MENTION_TO_INCIDENT: Final = Histogram(
    "vigie_mention_to_incident_seconds", "From the close of the deciding step to the incident's publication",
    buckets=(1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600),
)  # fmt: skip
INCIDENTS: Final = Counter("vigie_incidents", "States of incidents published", ["watch", "event"])
DECIDED_UNTIL: Final = Gauge(
    "vigie_decided_until_seconds", "Data time up to which a partition is decided", ["partition"]
)
WARMING_UP: Final = Gauge(
    "vigie_warming_up", "1 while a partition's detector is being rebuilt", ["partition"]
)
WARM_UP_SECONDS: Final = Histogram(
    "vigie_warm_up_seconds", "How long rebuilding a partition's detector took", buckets=_SECONDS
)
STORED_ROWS: Final = Counter("vigie_stored_rows", "Rows written to the store", ["kind"])
STORE_SECONDS: Final = Histogram(
    "vigie_store_batch_seconds", "Time of one write to the store", buckets=_SECONDS
)
STORE_WAITING: Final = Gauge("vigie_store_waiting", "1 while persist waits for the store to come back")
STORED_AGE: Final = Histogram(
    "vigie_publish_to_stored_seconds", "From a message's publication to its rows being stored",
    buckets=_SECONDS,
)  # fmt: skip
NOTIFICATIONS: Final = Counter("vigie_notifications", "Attempts to tell a channel", ["channel", "outcome"])
CONNECTOR_PAGE_AT: Final = Gauge(
    "vigie_connector_page_timestamp_seconds",
    "When the connector last brought a page, posts or not",
    ["connector"],
)
GAPS: Final = Counter("vigie_connector_gaps", "Stretches that a connector did not hear", ["connector"])
CONNECTED: Final = Gauge("vigie_connector_connected", "1 while the platform answers", ["connector"])
EVENT_AT: Final = Gauge(
    "vigie_connector_event_timestamp_seconds", "When the connector last heard a post or a deletion",
    ["connector"],
)  # fmt: skip
EVENT_RATE: Final = Gauge(
    "vigie_connector_events_per_second", "Posts and deletions over the last minute", ["connector"]
)
RECONNECTS: Final = Gauge(
    "vigie_connector_reconnects", "Connections lost and attempts that failed since the start", ["connector"]
)
FAILURES: Final = Gauge("vigie_connector_failures", "Failed attempts since the last page", ["connector"])
BUDGET_LEFT: Final = Gauge(
    "vigie_connector_budget_left", "Requests or posts that the platform still allows", ["connector"]
)
SENTIMENT_POSTS: Final = Counter(
    "vigie_sentiment_posts", "Posts that a slow sentiment engine has judged, copies once", ["engine"]
)
SENTIMENT_WAITING: Final = Gauge(
    "vigie_sentiment_waiting_posts", "Posts handed to a slow sentiment engine and not yet judged", ["engine"]
)
SENTIMENT_LAG: Final = Histogram(
    "vigie_sentiment_lag_seconds", "From a post's being handed to a slow sentiment engine to its judgement",
    ["engine"], buckets=_SECONDS,
)  # fmt: skip
_OF_CONNECTOR: Final = (
    GAPS, CONNECTOR_PAGE_AT, CONNECTED, EVENT_AT, EVENT_RATE, RECONNECTS, FAILURES, BUDGET_LEFT,
)  # fmt: skip
RESTARTS: Final = Gauge("vigie_worker_restarts", "How often this worker was started again", ["worker"])


def touch(watches: Iterable[str] = (), connectors: Iterable[str] = (), channels: Iterable[str] = ()) -> None:
    """Show every series from the start, so that the first failure is a rate and not a beginning."""
    for stage in STAGES:
        for metric in (RECORDS, BATCH_SECONDS, RETRIES):
            metric.labels(stage=stage)
        for reason in get_args(Parked):
            PARKED.labels(stage=stage, reason=reason)
    for watch in watches:
        for event in ("opened", "updated", "resolved"):
            INCIDENTS.labels(watch=watch, event=event)
    for connector in connectors:
        for of_connector in (GAPS, CONNECTOR_PAGE_AT, CONNECTED, EVENT_RATE, RECONNECTS, FAILURES):
            of_connector.labels(connector=connector)
    for channel in channels:
        for outcome in OUTCOMES:
            NOTIFICATIONS.labels(channel=channel, outcome=outcome)
    for kind in STORED_KINDS:
        STORED_ROWS.labels(kind=kind)


def heard(connector: str, page: Page) -> None:
    """What a connector measured with this page. What it has no number for keeps the one before.

    A page that says only that nobody listened is none: the silence shall be seen.
    """
    gaps = sum(isinstance(item, Gap) for item in page.items)
    GAPS.labels(connector=connector).inc(gaps)
    if page.covers is not None or not gaps or gaps < len(page.items):
        CONNECTOR_PAGE_AT.labels(connector=connector).set_to_current_time()
    numbers = page.measurements
    for name, gauge in (
        ("connected", CONNECTED),
        ("rate_per_s", EVENT_RATE),
        ("reconnects", RECONNECTS),
        ("failures", FAILURES),
        ("budget_left", BUDGET_LEFT),
    ):
        if name in numbers:
            gauge.labels(connector=connector).set(numbers[name])
    if "last_event_age_s" in numbers:
        EVENT_AT.labels(connector=connector).set(time.time() - numbers["last_event_age_s"])


def forget(connector: str) -> None:
    """It is not listened to any more: numbers that stand still would raise an alarm."""
    for metric in _OF_CONNECTOR:
        metric.remove(connector)


def parked(stage: str, reason: Parked) -> None:
    PARKED.labels(stage=stage, reason=reason).inc()


def serve(host: str, first_port: int, process: str) -> None:
    """Serve a process's metrics for Prometheus. A port in use is said and costs nothing else."""
    if not first_port:
        return
    port = first_port + PORTS[process]
    try:
        start_http_server(port, addr=host)
    except OSError as error:
        log.warning("metrics are not served: %s:%d: %s", host, port, error.strerror)
