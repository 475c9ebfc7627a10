"""`vigie serve`: the store, to be asked by every tool that speaks to ClickHouse."""

from __future__ import annotations

import signal
import threading
from urllib.parse import urlsplit

import click

from streams import configured
from streams.commands import common
from streams.commands.asking import access_of, limits_of
from streams.endpoint.server import EndpointPolicy, serving
from streams.errors import UsageError
from streams.settings import Settings
from streams.store.open import open_store


def policy_of(settings: Settings) -> EndpointPolicy:
    return EndpointPolicy(
        host=settings.host,
        port=settings.sql_port,
        access=access_of(settings),
        limits=limits_of(settings),
    )


@click.command()
@common.store_option
@click.option("--host", help="address to listen on (127.0.0.1; another one needs VIGIE_SQL_PASSWORD)")
@click.option("--port", type=click.IntRange(0, 65_535), help="port to listen on (8123); 0 takes a free one")
@click.option("--seconds", type=click.IntRange(1), help="longest run of a query (60)")
@click.option("--memory-mb", type=click.IntRange(64), help="most memory of a query (2048)")
@click.option("--rows", type=click.IntRange(1), help="most rows of an answer (10000000)")
def serve(
    store: str | None,
    host: str | None,
    port: int | None,
    seconds: int | None,
    memory_mb: int | None,
    rows: int | None,
) -> None:
    """A read-only, ClickHouse-compatible HTTP endpoint on an embedded store.

    For Grafana, clickhouse-connect, pandas, DBeaver and R; ends at Ctrl-C or SIGTERM.
    """
    settings = configured.settings_of(
        store=store, host=host, sql_port=port, sql_seconds=seconds, sql_memory_mb=memory_mb, sql_rows=rows
    )
    url = configured.store_url_of(settings)
    if urlsplit(url).scheme.lower() != "chdb":
        raise UsageError("a ClickHouse server has an HTTP port of its own (8123): ask that one")
    stop = threading.Event()
    opened = open_store(url, create=False, limits=limits_of(settings))
    try:
        opened.check_schema()
        with serving(opened, policy_of(settings)) as address:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: stop.set())
            click.echo(f"{opened.url} answers at {address} (read-only); Ctrl-C ends it", err=True)
            stop.wait()
    finally:
        opened.close()
