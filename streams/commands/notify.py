"""`vigie notify`: try the channels before the night in which they are needed."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence

import click

from streams import configured, logs
from streams.background import from_store
from streams.commands import common
from streams.desk import Desk
from streams.errors import UnavailableError, UsageError
from streams.notifiers.build import build
from streams.notify import Switchboard
from streams.notify_trial import Answer, test_channels
from streams.outbox import StoreOutbox
from streams.store.base import Store
from streams.watches import Watches


@click.group()
def notify() -> None:
    """Messages to people."""


@notify.command("test")
@click.argument("watch", metavar="WATCH")
@common.watches_option
def try_channels(watch: str, watches: str | None) -> None:
    """Send a marked test through each channel of WATCH, and say what each server answered."""
    config = configured.watches_of(configured.settings_of(watches=watches))
    if watch not in config:
        known = ", ".join(each.name for each in config.watches)
        raise UsageError(f"there is no watch {watch!r}; there are: {known}")
    if not config.watch(watch).notify:
        raise UsageError(f"watch {watch!r} tells nobody: give it `notify: [CHANNEL]`")
    answers = asyncio.run(_try(watch, config))
    for answer in answers:
        word = "arrived" if answer.arrived else "FAILED"
        click.echo(f"{answer.channel} ({answer.type}): {word}: {answer.said}")
    failed = [answer.channel for answer in answers if not answer.arrived]
    if failed:
        raise UnavailableError(f"{len(failed)} of {len(answers)} channels failed: {', '.join(failed)}")


@notify.command("run")
@common.watches_option
@common.store_option
def attend(watches: str | None, store: str | None) -> None:
    """Tell what is pending in the store, and what comes, until stopped: the pager beside `vigie worker`.

    What was told is in `notifications`; a kill repeats at most one message a channel, under the same key.
    """
    settings = configured.settings_of(watches=watches, store=store)
    config = configured.watches_of(settings)
    if not config.channels:
        raise UsageError(f"{settings.watches} has no channels: section, so there is nobody to tell")
    logs.set_up(settings, "notify")
    with configured.store_of(settings, create=False) as opened:
        asyncio.run(_attend(config, opened))


async def _attend(config: Watches, store: Store) -> None:
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    notifiers = build(config.channels)
    switchboard = Switchboard(StoreOutbox(store), Desk.of(config), notifiers, look_up=from_store(store))
    click.echo(f"telling {', '.join(config.channels)}", err=True)
    try:
        await switchboard.run(stop)
    finally:
        await switchboard.close()


async def _try(watch: str, config: Watches) -> Sequence[Answer]:
    wanted = config.watch(watch).notify
    notifiers = build({name: config.channels[name] for name in wanted})
    try:
        return await test_channels(watch, Desk.of(config), notifiers, at=common.now())
    finally:
        for notifier in notifiers.values():
            await notifier.close()
