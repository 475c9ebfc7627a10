"""`vigie lag`: how far the workers are behind."""

from __future__ import annotations

from dataclasses import asdict

import click
import orjson

from streams import configured
from streams.commands import common
from streams.lag import lags


@click.command()
@common.kafka_option
@common.json_option
def lag(kafka: str | None, as_json: bool) -> None:
    """Messages that are there and not done with, by group, topic and partition."""
    found = lags(configured.settings_of(kafka=kafka))
    if as_json:
        click.echo(orjson.dumps([asdict(each) for each in found]))
        return
    for each in found:
        click.echo(f"{each.group:<20} {each.topic:<20} {each.partition:>4} {each.behind:>10,} behind")
    click.echo(f"{sum(each.behind for each in found):,} messages in all")
