"""`vigie ingest`: what sources bring, into Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import click

from connectors.cursor import FileCursors
from connectors.registry import CONNECTORS
from streams import configured, logs, metrics, topics
from streams import ingest as ingesting
from streams.callers import WEBHOOK, Callers
from streams.commands import common
from streams.commands.bidden import Bidden
from streams.commands.progress import Progress, size_of
from streams.commands.webhooks import DEFAULT_PORT, listening
from streams.errors import UsageError
from streams.listening import Change, Listening
from streams.publish import KafkaPublisher
from streams.settings import Settings
from streams.topics import Topic
from streams.watches import Watches


@click.command()
@click.argument("names", nargs=-1, metavar="NAME... | recorded FILE...")
@click.option("--all", "everything", is_flag=True, help="every connector of the watches file")
@common.watches_option
@common.kafka_option
@common.store_option
@click.option("--host", help="address the webhook listens on (127.0.0.1)")
@click.option("--port", type=int, default=DEFAULT_PORT, show_default=True, help="port of the webhook")
@common.columns_options
def ingest(
    names: tuple[str, ...],
    everything: bool,
    watches: str | None,
    kafka: str | None,
    store: str | None,
    host: str | None,
    port: int,
    mapping: tuple[str, ...],
    constants: tuple[str, ...],
) -> None:
    """Publish what connectors bring, or recorded files; a cursor moves once the broker has it.

    The same files again publish only what an earlier run did not get done. The pseudonym key is
    VIGIE_PSEUDONYM_KEY, or the one kept beside an embedded store (--store). SIGHUP reads the watches
    file again, but for the webhook's own section; a wrong one is refused.
    """
    settings = configured.settings_of(watches=watches, kafka=kafka, store=store, host=host)
    if not names and not everything:
        raise UsageError("nothing to ingest: name connectors, or --all, or recorded FILE...")
    if names[:1] == ("recorded",):
        _recorded(names[1:], settings, mapping, constants)
        return
    known = (*CONNECTORS, WEBHOOK)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UsageError(f"there is no connector {unknown[0]!r}: there are {', '.join(known)}, recorded")
    logs.set_up(settings, "ingest")
    # The administration client runs a loop of its own: it must be asked before ours begins.
    partitions = topics.counts(settings)[Topic.MENTIONS]
    asyncio.run(_live(known if everything else names, settings, partitions, port))


async def _live(names: Sequence[str], settings: Settings, partitions: int, port: int) -> None:
    """Listen until told to stop, or until the broker cannot be published to."""
    watches = configured.watches_of(settings)
    state = Path(settings.state_dir)
    cursors = FileCursors(state / "cursors")
    pseudonymiser = configured.pseudonymiser_of(settings)
    callers = Callers(pseudonymiser, settings.lateness_s, cursors, common.now)
    delivery = ingesting.Delivery(
        KafkaPublisher(settings, partitions=partitions), pseudonymiser, settings, callers
    )
    ears = Listening(
        delivery,
        cursors,
        state=state,
        folder=Path(settings.watches or "").parent,
        only=[name for name in names if name != WEBHOOK],
    )
    called = WEBHOOK in names and watches.connectors.webhook is not None
    bidden, webhook = Bidden(), AsyncExitStack()

    async def accept(watches: Watches) -> Change:
        return ears.prepare(watches)

    try:
        await ears.follow(watches)
        if not ears.names and not called:
            raise UsageError(f"{settings.watches} configures none of these connectors")
        metrics.serve(settings.host, settings.metrics_port, "ingest")
        parts = [ears.fault, asyncio.create_task(bidden.reloading(settings, accept))]
        if WEBHOOK in names:
            # Also where the file has no such section any more: who called once is waited for.
            parts.append(asyncio.create_task(delivery.tick_callers()))
        if called:
            address = await webhook.enter_async_context(listening(settings, watches, delivery.accept, port))
            click.echo(f"webhook: {address}", err=True)
        await bidden.until_stopped(parts)
    finally:
        await webhook.aclose()
        await ears.close()
        delivery.close()


def _recorded(
    files: tuple[str, ...], settings: Settings, mapping: tuple[str, ...], constants: tuple[str, ...]
) -> None:
    if not files:
        raise UsageError("vigie ingest recorded: name at least one file")
    if len(set(files)) < len(files):
        raise UsageError("the same file is named twice")
    logs.set_up(settings, "ingest")
    metrics.touch()
    pseudonymiser = configured.pseudonymiser_of(settings)
    publisher = KafkaPublisher(settings, partitions=topics.counts(settings)[Topic.MENTIONS])
    try:
        with Progress("ingest", size_of(files)) as progress:
            done = ingesting.ingest_recorded(
                files,
                publisher,
                pseudonymiser,
                FileCursors(Path(settings.state_dir) / "cursors"),
                settings,
                now=common.now(),
                columns=common.columns_of(mapping, constants),
                progress=progress.add,
            )
    finally:
        publisher.close()
    click.echo(
        f"{done.mentions:,} mentions and {done.retractions:,} retractions published, "
        f"{done.dead_letters:,} lines parked, {done.skipped:,} published by an earlier run",
        err=True,
    )
