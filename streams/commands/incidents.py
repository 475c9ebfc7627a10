"""`vigie incidents`: what was opened, what it is made of, and how it ended."""

from __future__ import annotations

from dataclasses import asdict

import click
import orjson
from rich.table import Table

from streams import configured
from streams.commands import common
from streams.commands.asking import asking
from streams.commands.marks import mark, review_marks
from streams.commands.output import show_table
from streams.commands.table_words import TABLE_WORDS, tongue_of
from streams.errors import UsageError
from streams.incidents.wording import TONGUES
from streams.incidents.words import Tongue
from streams.plain import plain
from streams.records import Incident, IncidentState
from streams.review.opened import everything, history, marks

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
    tongue = tongue_of(settings)
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
    show_table(table)


@incidents.command()
@click.argument("incident_id", metavar="ID")
@common.store_option
@common.watches_option
@common.json_option
def show(incident_id: str, store: str | None, watches: str | None, as_json: bool) -> None:
    """One incident: every state it was in, and its evidence; in the language that `list` speaks."""
    settings = configured.settings_of(store=store, watches=watches)
    with asking(settings) as asker:
        states = history(asker, incident_id)
        said = marks(asker).get(incident_id)
    if not states:
        raise UsageError(f"there is no incident {incident_id!r}: vigie incidents list shows them")
    if as_json:
        click.echo(orjson.dumps([asdict(state) for state in states], option=orjson.OPT_UTC_Z))
        return
    tongue = tongue_of(settings)
    for line in describe(states, tongue):
        click.echo(line)
    if said is not None:
        words = TABLE_WORDS[tongue]
        told = words.marked.format(
            verdict=words.verdicts[said.verdict], by=said.by, at=f"{said.at:%Y-%m-%d %H:%M}", why=said.why
        )
        click.echo(f"  {told}")


def describe(history: list[Incident], tongue: Tongue) -> list[str]:
    """The life of an incident, for reading."""
    last, words, spoken = history[-1], TABLE_WORDS[tongue], TONGUES[tongue]
    severities = {severity: name.lower() for severity, name in spoken.severities.items()}
    signs = ", ".join(spoken.signs[sign] for sign in last.evidence.signs)
    lines = [
        f"{last.id}  {severities[last.severity]}  {words.states[last.state]}",
        f"  {words.life.format(watch=last.watch, signs=signs)}",
    ]
    lines += [
        f"  {state.updated_at:%Y-%m-%d %H:%M} UTC  {spoken.events[state.event].lower():<12} "
        f"{severities[state.severity]:<10} {plain(state.summary)}"
        for state in history
    ]
    evidence = max(history, key=lambda state: state.evidence.mentions).evidence
    lines.append(f"  {words.height}")
    lines += [
        f"    {name}: {_shown(value)}"
        for name, value in asdict(evidence).items()
        if value not in (None, (), 0, "")
    ]
    lines.append(f"  {words.made_by.format(config=last.config_hash, models=last.model_versions)}")
    return lines


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        shown = (f"{item[0]} ({item[1]})" if isinstance(item, tuple) else str(item) for item in value)
        return plain(", ".join(shown))
    return plain(str(value))
