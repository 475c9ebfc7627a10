"""The Faust applications: how each is set up, and how it is run until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Final

import faust
from faust.auth import SASLCredentials, SSLCredentials
from faust.sensors.prometheus import setup_prometheus_sensors

from streams import metrics
from streams.broker import credentials_of, servers_of, tls_of
from streams.deadletter import Message
from streams.settings import Settings
from streams.snapshots import TopicReader
from streams.topics import Topic, name_of

log = logging.getLogger(__name__)

EXIT_RESTART: Final = 75
"""What a process ends with that has to begin again from its last commit."""

MEASURE_S: Final = 5.0
MESSAGES_AT_ONCE: Final = 64
POLL_S: Final = 0.05

Take = Callable[[Sequence[Message]], Awaitable[None]]


def new_app(settings: Settings, group: str) -> faust.App:
    """A Faust app that keeps nothing of its own: no tables, no leader, no web server, no folder."""
    app = faust.App(
        group,
        broker=[f"kafka://{server}" for server in servers_of(settings)],
        broker_credentials=_credentials(settings),
        autodiscover=False,
        store="memory://",
        datadir=str(Path(tempfile.gettempdir()) / f"vigie-{os.getuid()}"),
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        topic_partitions=settings.partitions,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=max(2_000_000, settings.max_message_bytes + 100_000),
        broker_commit_interval=settings.commit_s,
        broker_session_timeout=settings.session_s,
        broker_heartbeat_interval=max(0.5, settings.session_s / 6),
        broker_request_timeout=max(20.0, settings.session_s + 5.0),
        broker_max_poll_records=200,
        # Messages, each up to a hundred mentions: this bounds a worker's memory.
        stream_buffer_maxsize=MESSAGES_AT_ONCE,
        stream_wait_empty=False,
        worker_redirect_stdouts=False,
        key_serializer="raw",
        value_serializer="raw",
    )
    # Faust's own metrics, into the registry that `metrics.serve` serves: its web server stays off.
    setup_prometheus_sensors(app)
    _measure(app, group)
    return app


def _measure(app: faust.App, group: str) -> None:
    """How far this worker's partitions are behind, and for how long it has not moved while they are."""
    metrics.COMMIT_AGE.labels(group=group).set(0)
    moved_at = time.monotonic()
    last: dict[Any, int] = {}

    @app.timer(MEASURE_S)  # type: ignore[untyped-decorator]
    async def measure() -> None:
        nonlocal moved_at, last
        # The monitor remembers partitions that are another's by now, and starts without what an earlier
        # process committed; the consumer's own book has what is ours, from the assignment on.
        consumer: Any = app.consumer
        committed = {tp: offset or 0 for tp, offset in consumer._committed_offset.items()}
        for tp in last.keys() - committed.keys():
            metrics.LAG.remove(group, tp.topic, str(tp.partition))
        behind = 0
        for tp, offset in committed.items():
            lag = max(0, (app.monitor.tp_end_offsets.get(tp) or 0) - offset)
            behind += lag
            metrics.LAG.labels(group=group, topic=tp.topic, partition=str(tp.partition)).set(lag)
        if committed != last or not behind:
            moved_at, last = time.monotonic(), committed
        metrics.COMMIT_AGE.labels(group=group).set(time.monotonic() - moved_at if behind else 0)


def raw_topic(app: faust.App, topic: Topic, settings: Settings) -> Any:
    """A topic whose values come as they are: decoding is ours, so that poison is parked, not thrown."""
    return app.topic(
        name_of(topic, settings),
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
        internal=False,
    )


async def consume(
    stream: Any, stage: str, take: Take, reader: TopicReader, *, within_s: float = POLL_S
) -> None:
    """Feed a stage from a stream, no message left out. What it has done with is acknowledged, in order.

    Faust's `take` acknowledges a batch also when it was left by an exception or a stop, so that a
    batch that was never done is committed; `noack_take` leaves that to us.
    """
    done: dict[Any, int] = {}
    async for events in stream.noack_take(MESSAGES_AT_ONCE, within=within_s):
        with metrics.BATCH_SECONDS.labels(stage=stage).time():
            await or_restart(stage, _take_whole(stream.app.consumer, events, done, take, reader))
        for event in events:
            await stream.ack(event)


async def _take_whole(
    consumer: Any, events: Sequence[Any], done: dict[Any, int], take: Take, reader: TopicReader
) -> None:
    """Take the events, and before each what Faust did not give us.

    A rebalance empties the buffers of its streams, and what it had already fetched may be passed over
    afterwards; before the first commit of a partition it would even be committed. `done` is where each
    partition goes on; another worker may have brought it further meanwhile, which is what was committed.
    """
    messages: list[Message] = []
    for event in events:
        message = event.message
        tp = message.tp
        committed = consumer._committed_offset.get(tp) or 0
        next_offset = max(done.get(tp, 0), committed)
        if message.offset > next_offset:
            messages += [
                missed
                async for missed in reader.messages_of(
                    tp.topic, tp.partition, from_offset=next_offset, until_offset=message.offset
                )
            ]
            if next_offset:
                # Else Faust, once it has committed what came before, would wait with its commits for ever.
                await consumer._add_gap(tp, next_offset, message.offset - 1)
        done[tp] = message.offset + 1
        messages.append(
            Message(message.topic, message.partition, message.offset, message.value, message.timestamp)
        )
    await take(messages)


async def or_restart(stage: str, work: Awaitable[None]) -> None:
    """Nothing leaves a batch body as an exception: Faust would go on behind it as if it were done.

    An error that comes out of a stage means that neither parking nor waiting helped. The process
    ends at once, without another commit, and whoever supervises it starts it from the last one.
    """
    try:
        await work
    except asyncio.CancelledError:
        raise
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
        log.critical("%s cannot go on: %s at %s: %s", stage, type(error).__name__, where, error)
        logging.shutdown()
        sys.stderr.flush()
        os._exit(EXIT_RESTART)


def run(app: faust.App) -> None:
    """Run until SIGTERM or SIGINT: then what is being done is finished and committed."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    worker = faust.Worker(
        app, loop=loop, quiet=True, override_logging=False, redirect_stdouts=False, loglevel="warn"
    )
    worker.spinner = None
    try:
        worker.execute_from_commandline()
    except SystemExit as end:
        if end.code:
            sys.exit(EXIT_RESTART)


def _credentials(settings: Settings) -> Any:
    tls = tls_of(settings)
    if settings.kafka_security.startswith("sasl"):
        user, password = credentials_of(settings)
        return SASLCredentials(
            username=user,
            password=password,
            mechanism=settings.kafka_mechanism,
            ssl_context=tls,
        )
    return None if tls is None else SSLCredentials(context=tls)
