"""`vigie up`: live, in one process: connectors, webhook, pipeline, and people told."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import click

from connectors.base import Connector
from connectors.cursor import FileCursors
from connectors.errors import SecretMissing
from connectors.listen import run
from connectors.registry import Surroundings, build
from streams import logs, metrics
from streams.background import from_store
from streams.commands import common
from streams.commands.serve import policy_of
from streams.commands.webhooks import DEFAULT_PORT, listening
from streams.endpoint.server import serving
from streams.enrich import build_enricher
from streams.errors import UsageError, VigieError
from streams.live import Live, Offered
from streams.notifiers.build import build as build_notifiers
from streams.notify import Desk, Switchboard
from streams.outbox import StoreOutbox
from streams.pipeline import Pipeline
from streams.settings import Settings
from streams.store.base import Store
from streams.watches import Watches, WatchesError, load_watches


@click.command()
@common.watches_option
@common.store_option
@click.option("--host", help="address the webhook listens on (127.0.0.1)")
@click.option("--port", type=int, default=DEFAULT_PORT, show_default=True, help="port of the webhook")
def up(watches: str | None, store: str | None, host: str | None, port: int) -> None:
    """Listen to every connector of the watches file, decide, and tell people, until stopped.

    SIGHUP reads the watches file again; a wrong one is refused and the old one stays in force.
    """
    settings = common.settings_of(watches=watches, store=store, host=host)
    config = common.watches_of(settings)
    logs.set_up(settings, "up")
    with (
        common.store_of(settings, create=True, retention_days=config.retention_days) as opened,
        asked(opened, settings),
    ):
        asyncio.run(_up(settings, config, opened, port))


@contextmanager
def asked(store: Store, settings: Settings) -> Iterator[None]:
    """SQL over HTTP beside the listening, where the store is ours: a server has a port of its own."""
    if not common.store_url_of(settings).startswith("chdb:"):
        yield
        return
    with serving(store, policy_of(settings)) as address:
        click.echo(f"SQL: {address} (read-only)", err=True)
        yield


async def _up(settings: Settings, config: Watches, store: Store, port: int) -> None:
    pseudonymiser = common.pseudonymiser_of(settings)
    outbox = StoreOutbox(store)

    def make(watches: Watches) -> Pipeline:
        enricher = build_enricher(watches, pseudonymiser, threads=settings.sentiment_threads)
        return Pipeline(watches, store, enricher, settings, Offered(outbox))

    state = _state_folder(settings)
    cursors = FileCursors(state / "cursors")
    live = Live(make, config, pseudonymiser, settings.lateness_s, cursors)
    queries = {watch.name: watch.parsed for watch in config.watches}
    try:
        around = Surroundings(queries=queries, state=state, folder=Path(settings.watches or "").parent)
        connectors = build(config.connectors, around)
    except (SecretMissing, ValueError) as error:
        raise UsageError(str(error)) from None
    if not connectors and config.connectors.webhook is None:
        raise UsageError(f"{settings.watches} has no connectors: section, so there is nothing to listen to")
    switchboard = Switchboard(
        outbox, Desk.of(config), build_notifiers(config.channels), look_up=from_store(store)
    )
    webhook = AsyncExitStack()
    called_at = None
    if config.connectors.webhook is not None:
        called_at = await webhook.enter_async_context(listening(settings, config, live.accept, port))
    metrics.touch(
        [watch.name for watch in config.watches],
        [connector.name for connector in connectors],
        list(config.channels),
    )
    metrics.serve(settings.host, settings.metrics_port, "up")
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    reload = asyncio.Event()
    loop.add_signal_handler(signal.SIGHUP, reload.set)
    tasks = [asyncio.create_task(run(connector, cursors, live.deliver)) for connector in connectors]
    tasks.append(asyncio.create_task(live.tick_webhooks()))
    tasks.append(asyncio.create_task(_reloading(reload, settings, live)))
    telling = asyncio.create_task(switchboard.run(stop))
    _say(config, connectors, called_at)
    stopping = asyncio.create_task(stop.wait())
    ended, _ = await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await telling
    await switchboard.close()
    for connector in connectors:
        await connector.close()
    await webhook.aclose()
    await live.close()
    for fault in ended - {stopping}:
        # A connector ends only by a fault: the supervisor shall see it.
        fault.result()
    click.echo(f"stopped: {live.totals.stored:,} stored, {live.totals.incidents:,} incidents", err=True)


def _state_folder(settings: Settings) -> Path:
    """Beside the store where that is ours, so that cursors and what they speak of stay together."""
    scheme, _, path = common.store_url_of(settings).partition("://")
    return Path(path) / ".vigie" if scheme == "chdb" else Path(settings.state_dir)


async def _reloading(reload: asyncio.Event, settings: Settings, live: Live) -> None:
    while True:
        await reload.wait()
        reload.clear()
        try:
            watches = load_watches(Path(settings.watches or ""))
            await live.reload(watches)
        except (WatchesError, VigieError) as error:
            click.echo(f"vigie: the old watches stay in force: {error}", err=True)
            continue
        click.echo(f"watches read again: configuration {watches.config_hash}", err=True)


def _say(config: Watches, connectors: Sequence[Connector], called_at: str | None) -> None:
    click.echo(f"{len(config.watches)} watches, configuration {config.config_hash}", err=True)
    for connector in connectors:
        click.echo(f"listening: {connector.name}", err=True)
    if called_at is not None:
        click.echo(f"webhook: {called_at}", err=True)
