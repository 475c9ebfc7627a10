"""`vigie report`: an incident or a period as one file for people, or its rows for other tools."""

from __future__ import annotations

import sys
from typing import cast, get_args

import click

from streams import configured
from streams.commands import common
from streams.commands.asking import asking
from streams.commands.output import write_out
from streams.errors import UsageError
from streams.incidents.words import Tongue
from streams.plain import plain
from streams.report import rows
from streams.report.data import Span
from streams.report.gather import gather, incident_span, watches_heard
from streams.report.page import page
from streams.report.reader import Reader
from streams.settings import Settings


@click.command()
@common.store_option
@common.watches_option
@click.option("--incident", metavar="ID", help="the incident to report on")
@click.option("--from", "since", metavar="T", help="start of a period: 2026-03-02 or 2026-03-02T06:00+01:00")
@click.option("--until", metavar="T", help="its end, exclusive")
@click.option("--watch", "named", metavar="NAME", multiple=True, help="of a period, this watch alone")
@click.option("--out", metavar="FILE", help="where to write it (standard output)")
@click.option(
    "--format",
    "output",
    type=click.Choice(["html", *get_args(rows.Format)]),
    default="html",
    show_default=True,
)
@click.option(
    "--rows", "kind", type=click.Choice(get_args(rows.Kind)), default="mentions", show_default=True,
    help="what csv and parquet hold",
)  # fmt: skip
@click.option("--language", type=click.Choice(get_args(Tongue)), help="en or fr (the watches file's, or en)")
def report(
    store: str | None,
    watches: str | None,
    incident: str | None,
    since: str | None,
    until: str | None,
    named: tuple[str, ...],
    out: str | None,
    output: str,
    kind: str,
    language: str | None,
) -> None:
    """One self-contained HTML page that prints well; or the rows behind it, as CSV or Parquet.

    Titles, time zone and language are those of the watches file, where one is given.
    """
    settings = configured.settings_of(store=store, watches=watches)
    reader = reader_of(settings, language)
    if len(named) > 1:
        raise UsageError("--watch goes once: a report is of one watch, or of all without it")
    watch = named[0] if named else None
    if (incident is None) == (since is None) or (since is None) != (until is None):
        raise UsageError("name either --incident ID, or both --from T and --until T")
    if incident is not None and watch is not None:
        raise UsageError("--watch goes with --from and --until: an incident is of one watch")
    if out is None and sys.stdout.isatty() and output != "csv":
        raise UsageError("name a file with --out FILE, or send the output somewhere with >")
    with asking(settings) as asker:
        if incident is not None:
            span = incident_span(asker, incident)
        else:
            span = Span(
                since=common.moment_of("--from", since or "", reader.zone),
                until=common.moment_of("--until", until or "", reader.zone),
                watch=watch,
            )
            if span.since >= span.until:
                raise UsageError("--from must be before --until")
            if watch is not None and watch not in (reader.titles or {}):
                # A name that is mistyped would make a report of calm.
                heard = watches_heard(asker)
                if watch not in heard:
                    there = ", ".join(heard) or "it holds nothing of any"
                    raise UsageError(f"--watch {plain(watch, 80)!r} is no watch of the store: {there}")
        if output == "html":
            content = page(gather(asker, span), reader, made_at=common.now()).encode("utf-8")
        else:
            content = rows.table(asker, span, cast("rows.Kind", kind), cast("rows.Format", output))
    write_out(content, out)


def reader_of(settings: Settings, language: str | None) -> Reader:
    """For whom a page is written: whoever reads the watches file's language, in its time zone."""
    if settings.watches is None:
        return Reader(language=cast("Tongue", language or "en"))
    config = configured.watches_of(settings)
    return Reader(
        language=cast("Tongue", language or config.language),
        zone=config.zone,
        titles={watch.name: watch.label for watch in config.watches},
    )
