"""`vigie incidents mark` and `review`: was it worth telling, and how often is each rule right?"""

from __future__ import annotations

import getpass
import time
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import click
import orjson
from rich.table import Table

from streams import configured
from streams.commands import common
from streams.commands.asking import asking
from streams.commands.output import show_table
from streams.commands.table_words import TABLE_WORDS, TableWords, tongue_of
from streams.endpoint.client import EndpointClient
from streams.errors import UnavailableError, UsageError
from streams.incidents.wording import TONGUES
from streams.incidents.words import Tongue, Words
from streams.plain import plain
from streams.records import Mark, Verdict
from streams.review import opened as known
from streams.review.marking import BY_CHARS, WHY_CHARS, admit
from streams.review.precision import Standing, review
from streams.store.base import Store
from streams.store.inbox import leave

_PATIENCE_S: Final = 5.0
_LOOK_S: Final = 0.05


@click.command()
@click.argument("incident_id", metavar="ID")
@click.argument("verdict", metavar="true|false", type=click.Choice([each.value for each in Verdict]))
@click.option("--why", required=True, metavar="TEXT", help="in a sentence; kept for good, so no names in it")
@click.option(
    "--began",
    metavar="T",
    help="of a true one: when the matter really began, for the delay (2026-03-02T06:00+01:00)",
)
@click.option("--by", metavar="WHO", help="who says so: a role or a login (the login)")
@common.store_option
@common.watches_option
def mark(
    incident_id: str,
    verdict: str,
    why: str,
    began: str | None,
    by: str | None,
    store: str | None,
    watches: str | None,
) -> None:
    """Say whether an incident, or a shadow's, was worth telling. The newest word counts, all are kept.

    A time without an offset is UTC, or in the time zone of the watches file where --watches names one.
    """
    settings = configured.settings_of(store=store, watches=watches)
    zone = ZoneInfo("UTC") if began is None else configured.zone_of(settings)
    if began is not None and verdict == Verdict.FALSE:
        raise UsageError("--began goes with true: of what was no matter nothing began")
    said = Mark(
        incident=incident_id,
        at=common.now(),
        verdict=Verdict(verdict),
        why=_text("--why", why, WHY_CHARS),
        by=_text("--by", _login() if by is None else by, BY_CHARS),
        began_at=None if began is None else common.moment_of("--began", began, zone),
    )
    with asking(settings) as asker:
        before = known.marks(asker)
        admit(said, known.everything(asker), before)
        stored = _keep(said, asker, configured.store_url_of(settings))
    words = TABLE_WORDS[tongue_of(settings)]
    changed = before.get(incident_id)
    was = ""
    if changed is not None:
        was = words.was_marked.format(verdict=words.verdicts[changed.verdict], by=changed.by)
    began_at = "" if said.began_at is None else words.began.format(clocks=_clocks(said.began_at, zone))
    told = words.is_marked.format(
        incident=incident_id, verdict=words.verdicts[said.verdict], was=was, began=began_at
    )
    click.echo(told, err=True)
    if not stored:
        click.echo(words.not_taken_in, err=True)


def _clocks(at: datetime, zone: ZoneInfo) -> str:
    """As it was understood, on the clock of whoever wrote it and in UTC."""
    clocks = dict.fromkeys((zone, ZoneInfo("UTC")))
    return ", ".join(f"{at.astimezone(clock):%Y-%m-%d %H:%M} {clock.key}" for clock in clocks)


def _keep(mark: Mark, asker: Store | EndpointClient, url: str) -> bool:
    """Store it, or leave it for the process that holds the store; whether the store has it by now."""
    if not isinstance(asker, EndpointClient):
        asker.insert_marks([mark])
        return True
    try:
        left = leave(url, mark)
    except OSError as error:
        raise UnavailableError(f"the mark cannot be left beside the store: {error.strerror}") from None
    patience = time.monotonic() + _PATIENCE_S
    while left.exists() and time.monotonic() < patience:
        time.sleep(_LOOK_S)
    return not left.exists()


def _text(option: str, text: str, most: int) -> str:
    told = plain(text)
    if not told:
        raise UsageError(f"{option} is empty: say it in a few words")
    if len(told) > most:
        raise UsageError(f"{option} has {len(told)} characters: {most} are enough")
    return told


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container's user need not have a name.
        return "unknown"


@click.command("review")
@common.store_option
@common.watches_option
@click.option("--watch", "named", metavar="NAME", multiple=True, help="of this watch alone; may be repeated")
@common.json_option
def review_marks(store: str | None, watches: str | None, named: tuple[str, ...], as_json: bool) -> None:
    """How often each rule was right and how late, by the marks: for each watch, its shadow beside it.

    The interval is Wilson's, 95%. The delay is from a mark's --began to the opening. What a shadow opened
    takes the mark of the incident that it meets, unless it has one of its own.
    """
    settings = configured.settings_of(store=store, watches=watches)
    with asking(settings) as asker:
        standings = review(known.everything(asker), known.marks(asker), known.shadows_begun(asker))
    there = sorted({each.watch for each in standings})
    for name in named:
        if name not in there:
            heard = ", ".join(there) or "it holds incidents of none"
            raise UsageError(f"--watch {plain(name, 80)!r} is no watch with incidents in the store: {heard}")
    standings = [each for each in standings if not named or each.watch in named]
    if as_json:
        for standing in standings:
            click.echo(orjson.dumps(_line(standing), option=orjson.OPT_UTC_Z))
        return
    tongue = tongue_of(settings)
    words = TABLE_WORDS[tongue]
    if not standings:
        click.echo(words.nothing_to_review, err=True)
        return
    show_table(_table(standings, tongue))
    if not any(standing.true + standing.false for standing in standings):
        click.echo(words.nothing_marked, err=True)


def _line(standing: Standing) -> dict[str, Any]:
    delays = standing.delays_s
    line = asdict(standing)
    del line["delays_s"]
    return {
        "rule": "in force" if standing.shadow is None else "shadow",
        **line,
        "unmarked": standing.unmarked,
        "precision": standing.precision,
        "interval": standing.interval,
        "delays": len(delays),
        "delay_s": standing.median_delay_s,
        "longest_delay_s": max(delays, default=None),
    }


def _table(standings: list[Standing], tongue: Tongue) -> Table:
    words, spoken = TABLE_WORDS[tongue], TONGUES[tongue]
    table = Table(box=None, pad_edge=False)
    for heading in (words.watch, words.rule):
        table.add_column(heading, no_wrap=True)
    counted = (words.opened, words.true, words.false, words.unmarked)
    for heading in (*counted, words.precision, words.delay, words.beside):
        table.add_column(heading, no_wrap=True, justify="right")
    for each in standings:
        counts = (each.incidents, each.true, each.false, each.unmarked)
        table.add_row(
            each.watch,
            words.in_force if each.shadow is None else words.shadow.format(sensitivity=each.shadow),
            *(spoken.number(count) for count in counts),
            _precision(each, words, spoken),
            _delay(each, words, spoken),
            _beside(each, words),
        )
    return table


def _precision(standing: Standing, words: TableWords, spoken: Words) -> str:
    if standing.precision is None or standing.interval is None:
        return "-"
    low, high = map(spoken.percent, standing.interval)
    return words.interval.format(precision=spoken.percent(standing.precision), low=low, high=high)


def _delay(standing: Standing, words: TableWords, spoken: Words) -> str:
    if standing.median_delay_s is None:
        return "-"
    minutes = spoken.number(round(standing.median_delay_s / 60))
    return words.delayed.format(minutes=minutes, count=len(standing.delays_s))


def _beside(standing: Standing, words: TableWords) -> str:
    if standing.since is None:
        return ""
    day = f"{standing.since:%Y-%m-%d}"
    return words.beside_since.format(day=day, count=standing.beside, missed=standing.missed)
