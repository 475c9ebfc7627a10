"""`vigie incidents`: what was opened, what it is made of, and how it ended."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import asdict

import click
import orjson
from rich.console import Console
from rich.table import Table

from streams import configured
from streams.commands import common
from streams.commands.asking import asking
from streams.commands.demo_words import own_language
from streams.commands.marks import mark, review_marks
from streams.commands.table_words import TABLE_WORDS
from streams.errors import UsageError
from streams.incidents.wording import TONGUES
from streams.incidents.words import Tongue
from streams.plain import plain
from streams.records import Incident, IncidentState
from streams.review.opened import everything, history, marks
from streams.settings import Settings

_COLOURS = {"info": "cyan", "warning": "yellow", "critical": "bold red"}


@click.group()
def incidents() -> None:
    """List incidents, show one with its history, or say whether one was worth telling."""


incidents.add_command(mark)
incidents.add_command(review_marks)


@incidents.command("list")
@common.store_option
@common.watches_option
@click.option("--open", "only_open", is_flag=True, help="only those that are not resolved")
@click.option("--shadow", is_flag=True, help="what the watches' shadows would have told, and did not")
@common.json_option
def list_incidents(
    store: str | None, watches: str | None, only_open: bool, shadow: bool, as_json: bool
) -> None:
    """Every incident, oldest first; headings in the language of the watches file, or else the terminal's."""
    settings = configured.settings_of(store=store, watches=watches)
    with asking(settings) as asker:
        known = everything(asker)
    told = [
        each
        for each in known
        if (each.shadow is not None) == shadow
        and (not only_open or each.incident.state is not IncidentState.RESOLVED)
    ]
    if as_json:
        for each in told:
            beside = {"sensitivity": each.shadow} if shadow else {}
            click.echo(orjson.dumps({**asdict(each.incident), **beside}, option=orjson.OPT_UTC_Z))
        return
    tongue = _tongue(settings)
    words, severities = TABLE_WORDS[tongue], TONGUES[tongue].severities
    if not told:
        click.echo(words.nothing_in_shadow if shadow else words.nothing, err=True)
        return
    table = Table(box=None, pad_edge=False)
    opened = words.opened_at.format(clock="UTC")
    for heading in ("id", words.severity, words.state, opened, words.resolved_at):
        table.add_column(heading, no_wrap=True)
    table.add_column(words.what, overflow="fold")
    for incident in (each.incident for each in told):
        resolved = "" if incident.resolved_at is None else f"{incident.resolved_at:%m-%d %H:%M}"
        table.add_row(
            incident.id,
            f"[{_COLOURS[incident.severity]}]{severities[incident.severity].lower()}[/]",
            words.states[incident.state],
            f"{incident.opened_at:%Y-%m-%d %H:%M}",
            resolved,
            plain(incident.summary).replace("[", "\\["),
        )
    Console(width=None if sys.stdout.isatty() else 200).print(table)


def _tongue(settings: Settings) -> Tongue:
    """A watches file that is wrong just now hides no incident."""
    if settings.watches is not None:
        with suppress(UsageError):
            return configured.watches_of(settings).language
    return own_language(os.environ)


@incidents.command()
@click.argument("incident_id", metavar="ID")
@common.store_option
@common.json_option
def show(incident_id: str, store: str | None, as_json: bool) -> None:
    """One incident: every state it was in, and its evidence."""
    with asking(configured.settings_of(store=store)) as asker:
        states = history(asker, incident_id)
        said = marks(asker).get(incident_id)
    if not states:
        raise UsageError(f"there is no incident {incident_id!r}: vigie incidents list shows them")
    if as_json:
        click.echo(orjson.dumps([asdict(state) for state in states], option=orjson.OPT_UTC_Z))
        return
    for line in describe(states):
        click.echo(line)
    if said is not None:
        click.echo(f"  marked {said.verdict} by {said.by}, {said.at:%Y-%m-%d %H:%M} UTC: {said.why}")


def describe(history: list[Incident]) -> list[str]:
    """The life of an incident, for reading."""
    last = history[-1]
    lines = [
        f"{last.id}  {last.severity}  {last.state}",
        f"  watch {last.watch}, signs: {', '.join(last.evidence.signs)}",
    ]
    lines += [
        f"  {state.updated_at:%Y-%m-%d %H:%M} UTC  {state.event:<8} {state.severity:<8} "
        f"{plain(state.summary)}"
        for state in history
    ]
    evidence = max(history, key=lambda state: state.evidence.mentions).evidence
    lines.append("  evidence at its height:")
    lines += [
        f"    {name}: {_shown(value)}"
        for name, value in asdict(evidence).items()
        if value not in (None, (), 0, "")
    ]
    lines.append(f"  configuration {last.config_hash}; models {last.model_versions}")
    return lines


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        shown = (f"{item[0]} ({item[1]})" if isinstance(item, tuple) else str(item) for item in value)
        return plain(", ".join(shown))
    return plain(str(value))
