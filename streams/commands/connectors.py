"""`vigie connectors`: what is listened to, and whether it can be."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from connectors.base import CheckResult, Connector
from connectors.check import check as check_connector
from connectors.errors import SecretMissing
from connectors.registry import CONNECTORS, Surroundings, build
from streams import configured
from streams.callers import WEBHOOK
from streams.commands import common
from streams.commands.webhooks import secret_of
from streams.errors import UnavailableError, UsageError
from streams.settings import Settings
from streams.watches import Watches

SHORTEST_SECRET: Final = 16


@click.group()
def connectors() -> None:
    """The platforms that are listened to."""


@connectors.command("list")
@common.watches_option
def list_connectors(watches: str | None) -> None:
    """Every connector there is, and what of it the watches file configures."""
    settings = configured.settings_of(watches=watches)
    there = None if settings.watches is None else configured.watches_of(settings).connectors
    for name in (*CONNECTORS, WEBHOOK):
        section = None if there is None else getattr(there, name)
        click.echo(f"{name:10} {'configured' if section is not None else 'not configured'}")


@connectors.command()
@click.argument("name")
@common.watches_option
def check(name: str, watches: str | None) -> None:
    """Try credentials and reachability, and show five mentions as they are read."""
    settings = configured.settings_of(watches=watches)
    config = configured.watches_of(settings)
    if name not in (*CONNECTORS, WEBHOOK):
        raise UsageError(f"there is no connector {name!r}: there are {', '.join((*CONNECTORS, WEBHOOK))}")
    if name == WEBHOOK:
        _check_webhook(settings, config)
        return
    results = asyncio.run(_check(name, config, Path(settings.watches or "").parent))
    if not results:
        raise UsageError(f"the watches file configures no {name}")
    for result in results:
        click.echo(f"{result.connector}: {'fine' if result.ok else result.problem}")
        for note in result.notes:
            click.echo(f"    {note}")
        for mention in result.mentions:
            click.echo(
                f"    {mention.created_at:%Y-%m-%d %H:%M} {mention.id} ({len(mention.text)} characters)"
            )
    failed = [result.connector for result in results if not result.ok]
    if failed:
        raise UnavailableError(f"{len(failed)} of {len(results)} cannot be listened to: {', '.join(failed)}")


def _check_webhook(settings: Settings, config: Watches) -> None:
    """It is called and calls nobody: what can be tried is its secret."""
    section = config.connectors.webhook
    if section is None:
        raise UsageError(f"the watches file configures no {WEBHOOK}")
    secret = secret_of(settings, section).get_secret_value()
    if len(secret) < SHORTEST_SECRET:
        raise UsageError(
            f"the webhook's secret has {len(secret)} characters: take {SHORTEST_SECRET} or more, "
            "for instance from `openssl rand -hex 32`"
        )
    click.echo(f"{WEBHOOK}: fine")
    click.echo(f"    signed POSTs to {section.path.rstrip('/')}/SOURCE, {section.requests_a_minute} a minute")


async def _check(name: str, config: Watches, folder: Path) -> Sequence[CheckResult]:
    queries = {watch.name: watch.parsed for watch in config.watches}
    try:
        built: list[Connector] = build(
            config.connectors, Surroundings(queries=queries, folder=folder), only=[name]
        )
    except (SecretMissing, ValueError) as error:
        raise UsageError(str(error)) from None
    try:
        return [await check_connector(connector) for connector in built]
    finally:
        for connector in built:
            await connector.close()
