"""`vigie sql`: a question to the store, in SQL, read-only."""

from __future__ import annotations

import sys

import click

from streams import configured
from streams.commands import common
from streams.commands.asking import asking
from streams.store.base import DEFAULT_FORMAT


@click.command()
@click.argument("query")
@common.store_option
@click.option(
    "--format",
    "output",
    default=DEFAULT_FORMAT,
    show_default=True,
    metavar="F",
    help="any ClickHouse output format: JSONEachRow, CSVWithNames, Parquet, ...",
)
def sql(query: str, store: str | None, output: str) -> None:
    """Answer one SELECT, SHOW, DESCRIBE or EXPLAIN over the views (docs/data-dictionary.md).

    Where `vigie up` or `vigie serve` holds the store, they are asked.
    """
    with asking(configured.settings_of(store=store)) as asked:
        answer = asked.select(query, format=output)
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
