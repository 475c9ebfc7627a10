"""`vigie notify`: try the channels before the night in which they are needed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import click

from streams.commands import common
from streams.errors import UnavailableError, UsageError
from streams.notifiers.build import build
from streams.notifiers.trial import Answer, test_channels
from streams.notify import Desk
from streams.watches import Watches


@click.group()
def notify() -> None:
    """Messages to people."""


@notify.command("test")
@click.argument("watch", metavar="WATCH")
@common.watches_option
def try_channels(watch: str, watches: str | None) -> None:
    """Send a marked test through each channel of WATCH, and say what each server answered."""
    config = common.watches_of(common.settings_of(watches=watches))
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


async def _try(watch: str, config: Watches) -> Sequence[Answer]:
    wanted = config.watch(watch).notify
    notifiers = build({name: config.channels[name] for name in wanted})
    try:
        return await test_channels(watch, Desk.of(config), notifiers, at=common.now())
    finally:
        for notifier in notifiers.values():
            await notifier.close()
