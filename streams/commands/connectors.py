"""`vigie connectors`: what is listened to, and whether it can be."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import click

from connectors.base import CheckResult, Connector
from connectors.check import check as check_connector
from connectors.errors import SecretMissing
from connectors.registry import CONNECTORS, Surroundings, build
from streams.commands import common
from streams.errors import UnavailableError, UsageError
from streams.watches import Watches


@click.group()
def connectors() -> None:
    """The platforms that are listened to."""


@connectors.command("list")
@common.watches_option
def list_connectors(watches: str | None) -> None:
    """Every connector there is, and what of it the watches file configures."""
    settings = common.settings_of(watches=watches)
    configured = None if settings.watches is None else common.watches_of(settings).connectors
    for name in (*CONNECTORS, "webhook"):
        section = None if configured is None else getattr(configured, name)
        click.echo(f"{name:10} {'configured' if section is not None else 'not configured'}")


@connectors.command()
@click.argument("name")
@common.watches_option
def check(name: str, watches: str | None) -> None:
    """Try credentials and reachability, and show five mentions as they are read."""
    config = common.watches_of(common.settings_of(watches=watches))
    if name not in CONNECTORS:
        raise UsageError(f"there is no connector {name!r}: there are {', '.join(CONNECTORS)}")
    results = asyncio.run(_check(name, config))
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


async def _check(name: str, config: Watches) -> Sequence[CheckResult]:
    queries = {watch.name: watch.parsed for watch in config.watches}
    try:
        built: list[Connector] = build(config.connectors, Surroundings(queries=queries), only=[name])
    except (SecretMissing, ValueError) as error:
        raise UsageError(str(error)) from None
    try:
        return [await check_connector(connector) for connector in built]
    finally:
        for connector in built:
            await connector.close()
