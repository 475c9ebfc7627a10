"""`vigie worker`: the steps on Kafka, as processes that are kept alive."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence

import click

from streams import configured, logs, topics
from streams.commands import common
from streams.errors import UsageError
from streams.settings import PREFIX, Settings
from streams.supervise import APPS, Spec, Supervisor


@click.command()
@common.watches_option
@common.kafka_option
@common.store_option
@click.option("--only", type=click.Choice(APPS), help="run one of the applications")
@click.option("--child", type=click.Choice(APPS), hidden=True)
def worker(
    watches: str | None, kafka: str | None, store: str | None, only: str | None, child: str | None
) -> int:
    """Enrich, tally, detect (main), store (persist) and tell people of (notify) what comes through Kafka.

    Notify runs where the watches file has channels; of several, one tells and the others stand by.
    Start more of them to share the work, up to the number of partitions. SIGTERM finishes what is
    being done; a second one stops at once. Either way nothing is lost.
    """
    settings = configured.settings_of(watches=watches, kafka=kafka, store=store)
    if child is not None:
        from streams.worker import run_application  # noqa: PLC0415 - Faust takes a second to import

        run_application(child, settings)
        return 0
    logs.set_up(settings, "worker")
    apps = _apps(settings, only)
    _check(settings, stores="persist" in apps)
    given = {"watches": watches, "kafka": kafka, "store": store}
    environment = dict(os.environ) | {
        PREFIX + name.upper(): value for name, value in given.items() if value is not None
    }
    specs = [
        Spec(app, [sys.executable, "-m", "streams.cli", "worker", "--child", app], environment)
        for app in apps
    ]

    async def supervised() -> int:
        return await Supervisor(specs).run()

    return asyncio.run(supervised())


def _apps(settings: Settings, only: str | None) -> Sequence[str]:
    watches = configured.watches_of(settings)
    if only == "notify" and not watches.channels:
        raise UsageError(f"{settings.watches} has no channels: section, so there is nobody to tell")
    return [app for app in APPS if only in (None, app) and (app != "notify" or watches.channels)]


def _check(settings: Settings, *, stores: bool) -> None:
    """Everything that a worker needs, before any is started: one sentence, and at once.

    Each looks again when it starts; an embedded store only then, since one process can open it.
    """
    configured.pseudonymiser_of(settings)
    topics.counts(settings)
    url = configured.store_url_of(settings) if stores else "chdb:"
    if not url.startswith("chdb:"):
        with configured.store_of(settings, create=False) as store:
            store.check_writable()
