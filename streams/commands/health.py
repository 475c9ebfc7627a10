"""`vigie health`: for probes, and for whoever asks first."""

from __future__ import annotations

import click

from streams import configured
from streams.commands import common
from streams.commands.asking import asking
from streams.errors import UnavailableError, UsageError
from streams.health import examine


@click.command()
@common.kafka_option
@common.store_option
@click.option("--most-behind", type=int, metavar="N", help="more messages of lag than this is not well")
def health(kafka: str | None, store: str | None, most_behind: int | None) -> None:
    """Look at the broker, the topics, the workers and the store; exit 3 where one of them is not well.

    Where `vigie up` or `vigie serve` holds the store, they are asked. An embedded store that a worker has
    open is not looked into: then that worker's group says it all.
    """
    settings = configured.settings_of(kafka=kafka, store=store)
    if settings.kafka is None and settings.store is None:
        raise UsageError("nothing to look at: give --kafka HOST:PORT, --store URL, or both")
    url = settings.store
    embedded_beside_kafka = settings.kafka is not None and url is not None and url.startswith("chdb:")
    asked = None if url is None or embedded_beside_kafka else lambda: asking(settings)
    ill = []
    for finding in examine(settings, asked, most_behind=most_behind):
        click.echo(f"{'well' if finding.well else 'ILL '}  {finding.part}: {finding.sentence}")
        if not finding.well:
            ill.append(finding.part)
    if ill:
        raise UnavailableError(f"not well: {', '.join(ill)}")
