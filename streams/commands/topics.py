"""`vigie topics`: make the topics, or say what is wrong with them."""

from __future__ import annotations

import click

from streams import configured
from streams import topics as table
from streams.commands import common


@click.group()
def topics() -> None:
    """The topics of an installation."""


@topics.command()
@common.kafka_option
def create(kafka: str | None) -> None:
    """Create the topics that are not there yet; partitions and retention come from the settings."""
    created = table.create(configured.settings_of(kafka=kafka))
    for name in created:
        click.echo(f"created {name}")
    if not created:
        click.echo("all there: nothing to create")


@topics.command()
@common.kafka_option
def check(kafka: str | None) -> None:
    """Show the topics; exit 3 where the broker is away, or one is missing."""
    settings = configured.settings_of(kafka=kafka)
    for topic, partitions in table.counts(settings).items():
        click.echo(f"{table.name_of(topic, settings)}: {partitions} partitions")
