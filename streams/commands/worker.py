"""`vigie worker`: the steps on Kafka, as processes that are kept alive."""

from __future__ import annotations

import asyncio
import logging
import os
import sys

import click

from streams import logs, metrics
from streams.commands import common
from streams.settings import PREFIX, Settings
from streams.supervise import Spec, Supervisor, end_with_supervisor, restarts_so_far, tell_ready

APPS = ("main", "persist")

log = logging.getLogger("streams.worker")

kafka_option = click.option("--kafka", metavar="HOST:PORT", help="bootstrap servers (or VIGIE_KAFKA)")


@click.command()
@common.watches_option
@kafka_option
@common.store_option
@click.option("--only", type=click.Choice(APPS), help="run one of the two applications")
@click.option("--child", type=click.Choice(APPS), hidden=True)
def worker(
    watches: str | None, kafka: str | None, store: str | None, only: str | None, child: str | None
) -> int:
    """Enrich, tally, detect (main) and store (persist) what comes through Kafka.

    Start more of them to share the work, up to the number of partitions. SIGTERM finishes what is
    being done; a second one stops at once. Either way nothing is lost.
    """
    settings = common.settings_of(watches=watches, kafka=kafka, store=store)
    if child is not None:
        _run(child, settings)
        return 0
    # Checked here too, so that a wrong file is one sentence and not one a process.
    common.watches_of(settings)
    common.pseudonymiser_of(settings)
    if only != "main":
        common.store_url_of(settings)
    logs.set_up(settings, "worker")
    given = {"watches": watches, "kafka": kafka, "store": store}
    environment = dict(os.environ) | {
        PREFIX + name.upper(): value for name, value in given.items() if value is not None
    }
    specs = [
        Spec(app, [sys.executable, "-m", "streams.cli", "worker", "--child", app], environment)
        for app in APPS
        if only in (None, app)
    ]

    async def supervised() -> int:
        return await Supervisor(specs).run()

    return asyncio.run(supervised())


def _run(name: str, settings: Settings) -> None:
    """One application, in this process, until it is told to stop."""
    from streams.agents import main_app  # noqa: PLC0415 - Faust takes a second to import
    from streams.app import run  # noqa: PLC0415
    from streams.parts import Parts  # noqa: PLC0415
    from streams.persist_agents import persist_app  # noqa: PLC0415

    logs.set_up(settings, name)
    end_with_supervisor()
    parts = Parts.of(settings)
    metrics.touch(watches=[watch.name for watch in parts.watches.watches])
    metrics.RESTARTS.labels(worker=name).set(restarts_so_far())
    opened = None
    try:
        if name == "main":
            app = main_app(parts)
        else:
            opened = parts.store()
            app = persist_app(parts, opened)
        metrics.serve(settings.host, settings.metrics_port and settings.metrics_port + APPS.index(name))
        tell_ready()
        log.info("ready")
        run(app)
    finally:
        if opened is not None:
            opened.close()
