"""`vigie replay`: files of posts through the whole pipeline, into a store."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import click
import orjson

from connectors.recorded import readable
from streams import configured
from streams import replay as replaying
from streams.announce import Aloud, Announcer, Silence
from streams.commands import common
from streams.commands.progress import Progress, size_of
from streams.enrich import build_enricher
from streams.errors import UsageError
from streams.pipeline import Counts, Pipeline
from streams.store.base import Store
from streams.watches import Watches


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@common.watches_option
@common.store_option
@common.columns_options
@click.option("--lateness", "lateness_s", type=int, metavar="SECONDS", help="allowed lateness (120)")
@click.option(
    "--notify", is_flag=True, help="tell the channels of the watches file; otherwise nobody is told"
)
@click.option("--strict", is_flag=True, help="exit 1 when anything was parked")
@common.json_option
def replay(
    files: tuple[str, ...],
    watches: str | None,
    store: str | None,
    mapping: tuple[str, ...],
    constants: tuple[str, ...],
    lateness_s: int | None,
    notify: bool,
    strict: bool,
    as_json: bool,
) -> int:
    """Play recorded posts: JSONL or CSV (.csv), plain or .gz; - is JSONL from standard input.

    Several files are merged by time. Playing a file twice, or again after a kill, changes nothing.
    """
    settings = configured.settings_of(watches=watches, store=store, lateness_s=lateness_s)
    config = configured.watches_of(settings)
    columns = common.columns_of(mapping, constants)
    if len({file if file == "-" else os.path.realpath(file) for file in files}) < len(files):
        raise UsageError("the same file is named twice")
    readable(files)
    began = time.monotonic()
    with configured.store_of(settings, create=True, retention_days=config.retention_days) as opened:
        pseudonymiser = configured.pseudonymiser_of(settings)
        with announcer_of(config, opened, aloud=notify) as announcer:
            enricher = build_enricher(config, pseudonymiser, threads=settings.sentiment_threads)
            pipeline = Pipeline(config, opened, enricher, settings, announcer)
            with Progress("replay", size_of(files)) as progress:
                counts = replaying.replay(
                    files, pipeline, pseudonymiser, columns=columns, progress=progress.add
                )
    seconds = time.monotonic() - began
    if as_json:
        totals = {name: value for name, value in asdict(counts).items() if name != "late"}
        click.echo(orjson.dumps({**totals, "seconds": round(seconds, 3)}))
    _tell(counts, seconds, pipeline.detection.decided_until_s)
    return 1 if strict and counts.dead_letters else 0


@contextmanager
def announcer_of(config: Watches, store: Store, *, aloud: bool) -> Iterator[Announcer]:
    """Who hears of incidents while files are played: the file's channels, or nobody."""
    if not aloud:
        yield Silence(config, store, "played without --notify")
        return
    with Aloud(config, store, common.now) as announcer:
        yield announcer


def _tell(counts: Counts, seconds: float, decided_until_s: int) -> None:
    rate = counts.read / seconds if seconds else 0.0
    click.echo(
        f"{counts.read:,} read: {counts.stored:,} stored, {counts.updated:,} updated, "
        f"{counts.duplicates:,} already there, {counts.unmatched:,} of no watch, "
        f"{counts.retractions:,} retractions, {counts.dead_letters:,} parked; "
        f"{counts.incidents:,} incidents opened; {seconds:.1f} s, {rate:,.0f} a second",
        err=True,
    )
    if not counts.read:
        click.echo("nothing to read: every line was blank, or the file is empty", err=True)
    if counts.dead_letters:
        click.echo(
            "parked, and why: vigie sql --store URL 'SELECT position, reason, raw FROM dead_letters'",
            err=True,
        )
    if counts.late * 10 > counts.stored and counts.late > 10:
        until = time.strftime("%Y-%m-%d %H:%M", time.gmtime(decided_until_s))
        click.echo(
            f"{counts.late:,} of those stored came too late to be decided upon (time stands at {until} UTC): "
            "they are in every view, and no incident was looked for in them. Replay history in the order "
            "of time, or into a store of its own.",
            err=True,
        )
