"""`vigie up`: live, in one process: connectors, webhook, pipeline, and people told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from pathlib import Path

import click

from connectors.cursor import FileCursors
from streams import configured, logs, metrics
from streams.background import from_store
from streams.commands import common
from streams.commands.bidden import Bidden
from streams.commands.serve import policy_of
from streams.commands.webhooks import DEFAULT_PORT, listening
from streams.desk import Desk
from streams.endpoint.server import serving
from streams.enrich import build_enricher
from streams.errors import UsageError
from streams.listening import Change, Listening
from streams.live import Live, Offered
from streams.notifiers.base import Notifier
from streams.notifiers.build import build as build_notifiers
from streams.notify import Switchboard
from streams.outbox import StoreOutbox
from streams.pipeline import Pipeline
from streams.settings import Settings
from streams.store.base import Store
from streams.watches import Watches


@click.command()
@common.watches_option
@common.store_option
@click.option("--host", help="address the webhook listens on (127.0.0.1)")
@click.option("--port", type=int, default=DEFAULT_PORT, show_default=True, help="port of the webhook")
def up(watches: str | None, store: str | None, host: str | None, port: int) -> None:
    """Listen to every connector of the watches file, decide, and tell people, until stopped.

    SIGHUP reads the watches file again: watches, connectors and channels, but for the webhook's own
    section. A wrong one is refused and the old one stays in force.
    """
    settings = configured.settings_of(watches=watches, store=store, host=host)
    config = configured.watches_of(settings)
    logs.set_up(settings, "up")
    with (
        configured.store_of(settings, create=True, retention_days=config.retention_days) as opened,
        asked(opened, settings) as asked_at,
    ):
        asyncio.run(_up(settings, config, opened, port, asked_at))


@contextmanager
def asked(store: Store, settings: Settings) -> Iterator[str | None]:
    """SQL over HTTP beside the listening, where the store is ours: a server has a port of its own.

    Where that is, is said once nothing can be refused any more.
    """
    if not configured.store_url_of(settings).startswith("chdb:"):
        yield None
        return
    with serving(store, policy_of(settings)) as address:
        yield address


async def _up(settings: Settings, config: Watches, store: Store, port: int, asked_at: str | None) -> None:
    pseudonymiser = configured.pseudonymiser_of(settings)
    outbox = StoreOutbox(store)

    def make(watches: Watches) -> Pipeline:
        enricher = build_enricher(watches, pseudonymiser, threads=settings.sentiment_threads)
        return Pipeline(watches, store, enricher, settings, Offered(outbox))

    state = _state_folder(settings)
    cursors = FileCursors(state / "cursors")
    live = Live(make, config, pseudonymiser, settings.lateness_s, cursors)
    ears = Listening(live.deliver, cursors, state=state, folder=Path(settings.watches or "").parent)
    telling = _Telling(outbox, store)
    bidden, webhook = Bidden(), AsyncExitStack()

    async def accept(watches: Watches) -> Change:
        """All that may be refused comes first: neither platforms nor people hear of a file that is."""
        listen, tell = ears.prepare(watches), telling.prepare(watches)
        await live.reload(watches)

        async def change() -> None:
            await tell()
            await listen()
            metrics.touch([watch.name for watch in watches.watches], channels=list(watches.channels))

        return change

    try:
        await ears.follow(config)
        if not ears.names and config.connectors.webhook is None:
            raise UsageError(f"{settings.watches} has no connectors: section: nothing to listen to")
        await telling.prepare(config)()
        called_at = None
        if config.connectors.webhook is not None:
            called_at = await webhook.enter_async_context(listening(settings, config, live.accept, port))
        metrics.touch([watch.name for watch in config.watches], channels=list(config.channels))
        metrics.serve(settings.host, settings.metrics_port, "up")
        _say(config, ears.names, called_at, asked_at)
        await bidden.until_stopped(
            [
                ears.fault,
                asyncio.create_task(live.tick_webhooks()),
                asyncio.create_task(bidden.reloading(settings, accept)),
            ]
        )
    finally:
        await ears.close()
        await telling.close()
        await webhook.aclose()
        await live.close()
    click.echo(f"stopped: {live.totals.stored:,} stored, {live.totals.incidents:,} incidents", err=True)


class _Telling:
    """Who is told, as the watches file says; anew where it says something else."""

    def __init__(self, outbox: StoreOutbox, store: Store) -> None:
        self._outbox = outbox
        self._store = store
        self._desk: Desk | None = None
        self._end: Callable[[], Awaitable[None]] | None = None

    def prepare(self, watches: Watches) -> Change:
        """What it returns has people told as the file says.

        Raises:
            UsageError: a channel lacks something.
        """
        desk = Desk.of(watches)
        if desk == self._desk:
            return _nothing
        return partial(self._change, desk, build_notifiers(watches.channels))

    async def _change(self, desk: Desk, notifiers: Mapping[str, Notifier]) -> None:
        await self.close()
        board = Switchboard(self._outbox, desk, notifiers, look_up=from_store(self._store))
        stop = asyncio.Event()
        running = asyncio.create_task(board.run(stop))

        async def end() -> None:
            stop.set()
            await running
            await board.close()

        self._desk, self._end = desk, end

    async def close(self) -> None:
        """What is under way is finished first."""
        if self._end is not None:
            end, self._end, self._desk = self._end, None, None
            await end()


async def _nothing() -> None:
    """What is to be done where the file says what it said."""


def _state_folder(settings: Settings) -> Path:
    """Beside the store where that is ours, so that cursors and what they speak of stay together."""
    scheme, _, path = configured.store_url_of(settings).partition("://")
    return Path(path) / ".vigie" if scheme == "chdb" else Path(settings.state_dir)


def _say(config: Watches, connectors: Sequence[str], called_at: str | None, asked_at: str | None) -> None:
    count = len(config.watches)
    click.echo(f"{count} watch{'' if count == 1 else 'es'}, configuration {config.config_hash}", err=True)
    if asked_at is not None:
        click.echo(f"SQL: {asked_at} (read-only)", err=True)
    for name in connectors:
        click.echo(f"listening: {name}", err=True)
    if called_at is not None:
        click.echo(f"webhook: {called_at}", err=True)
