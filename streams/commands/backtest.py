"""`vigie backtest`: what a rule would have opened, beside the rule in force, before anybody trusts it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from secrets import token_bytes
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo

import click
import orjson
from rich.table import Table

from connectors.duration import parse_duration
from connectors.mention import Malformed
from connectors.recorded import Columns, readable
from models.spike import Sensitivity
from streams import configured
from streams.backtest import bare, files
from streams.backtest.altogether import altogether
from streams.backtest.case import Case, Found, Matter, counterpart, matters, sums, within
from streams.backtest.page import SHORT, page
from streams.backtest.run import Plan, Since, over_pieces, over_store
from streams.backtest.words import TRIAL_WORDS
from streams.commands import common
from streams.commands.asking import asking
from streams.commands.counts import on_clock, points_of, timezone_option
from streams.commands.output import show_table, spare, write_out
from streams.commands.progress import Progress, size_of
from streams.commands.report import reader_of
from streams.commands.table_words import TABLE_WORDS, TableWords
from streams.edge import Edge
from streams.enrich import build_enricher
from streams.errors import UsageError
from streams.incidents.wording import TONGUES
from streams.incidents.words import Tongue
from streams.plain import plain
from streams.pseudonym import Pseudonymiser
from streams.records import Severity
from streams.replay import SOURCE
from streams.report.reader import Reader
from streams.series_file import name_of, why_no_series
from streams.settings import Settings
from streams.watches import Watches

MOST_ROWS: Final = 40


@click.command()
@click.argument("files_", nargs=-1, metavar="[FILE]...")
@common.watches_option
@common.store_option
@click.option("--since", default="90d", show_default=True, metavar="T",
              help="from then on: a time, or 90d before the end")  # fmt: skip
@click.option("--until", metavar="T", help="up to then (the end)")
@click.option(
    "--sensitivity",
    "sensitivities",
    type=click.Choice([each.value for each in Sensitivity]),
    multiple=True,
    help="to try beside the watch's own; may be repeated (all)",
)
@click.option("--watch", "chosen", multiple=True, metavar="NAME", help="this watch alone; may be repeated")
@common.columns_options
@timezone_option
@click.option("--html", "html", metavar="OUT.html", help="write a page with charts, which loads nothing")
@click.option("--language", type=click.Choice(get_args(Tongue)), help="of the page (the watches file's)")
@common.json_option
def backtest(
    files_: tuple[str, ...],
    watches: str | None,
    store: str | None,
    since: str,
    until: str | None,
    sensitivities: tuple[str, ...],
    chosen: tuple[str, ...],
    mapping: tuple[str, ...],
    constants: tuple[str, ...],
    timezone: ZoneInfo | None,
    html: str | None,
    language: str | None,
    as_json: bool,
) -> None:
    """Which incidents would each sensitivity have opened, when, why, and how many pages a month?

    Plays the past of a store, or files of posts, or bare series of timestamp,value, through the live steps.
    Nobody is told and nothing is stored. What the rule in force really opened stands beside it.
    """
    settings = configured.settings_of(watches=watches, store=store)
    if files_ and store is not None:
        raise UsageError("name files or --store, not both")
    spare("--html", html, (*files_, settings.watches))
    rules = [Sensitivity(each) for each in sensitivities] or list(Sensitivity)
    readable(files_)
    posts = [why for file in files_ if (why := why_no_series(Path(file))) is not None]
    series = bool(files_) and not mapping and not posts
    if posts and settings.watches is None:
        raise UsageError(f"{posts[0]}. For posts, give --watches FILE or set VIGIE_WATCHES")
    if timezone is not None and not series:
        raise UsageError("--timezone is for bare series: posts are read in the zone of the watches file")
    # A series is on its file's own clock, and so is what is asked of it.
    zone = (timezone or ZoneInfo("UTC")) if series else configured.zone_of(settings)
    from_then = _since(since, zone)
    ends = None if until is None else common.moment_of("--until", until, zone)
    if ends is not None and from_then(ends) >= ends:
        raise UsageError("--since must be before --until")
    if series:
        cases = _bare(files_, timezone, _in_force(settings, chosen), rules, from_then, ends)
    else:
        config = configured.watches_of(settings)
        plan = Plan(watches=config, names=_names(config, chosen), rules=rules, since=from_then, until=ends)
        if files_:
            cases = _over_files(files_, plan, settings, common.columns_of(mapping, constants))
        else:
            with Progress("backtest", None) as progress, asking(settings) as asker:
                cases = over_store(asker, plan, progress.add)
    own_clock = series and timezone is None
    for case in cases:
        if not any(each.mentions for each in case.counted):
            click.echo(
                f"{plain(case.watch, 60)}: there is nothing of it in this time. What a watch matches is "
                "settled when posts are stored: for a new watch, or a new query, replay them",
                err=True,
            )
    if html is not None:
        for_page = on_clock(reader_of(settings, language), timezone)
        written = page(cases, for_page, made_at=common.now(), own_clock=own_clock)
        write_out(written.encode("utf-8"), html)
    if as_json:
        for line in _lines(cases):
            click.echo(orjson.dumps(line, option=orjson.OPT_UTC_Z))
        return
    reader = replace(reader_of(settings, None), zone=zone)
    _show(cases, reader, TABLE_WORDS[reader.language].own_clock if own_clock else str(zone))


def _since(text: str, zone: ZoneInfo) -> Since:
    try:
        length = parse_duration(text)
    except ValueError:
        pass
    else:
        return lambda end: end - length
    try:
        at = common.moment_of("--since", text, zone)
    except UsageError as error:
        raise UsageError(f"{error}, or 90d before the end") from None
    return lambda _: at


def _names(config: Watches, chosen: Sequence[str]) -> list[str]:
    """In the order of the file."""
    names = [each.name for each in config.watches]
    if not chosen and not names:
        raise UsageError("the watches file has no watch to try")
    for watch in chosen:
        if watch not in names:
            raise UsageError(f"--watch {watch!r} is no watch of the file: {', '.join(names) or 'none'}")
    return [name for name in names if not chosen or name in chosen]


def _in_force(settings: Settings, chosen: Sequence[str]) -> Sensitivity:
    """Series know no watch: the rule in force is that of --watch, or balanced."""
    if not chosen:
        return Sensitivity.BALANCED
    if len(chosen) > 1:
        raise UsageError("a series takes the rule in force of one watch: name one with --watch")
    (watch,) = chosen
    if settings.watches is None:
        raise UsageError(
            f"--watch {watch!r}: of a watch a series takes the rule in force; give --watches FILE too"
        )
    config = configured.watches_of(settings)
    return config.watch(*_names(config, chosen)).sensitivity


def _bare(
    paths: Sequence[str],
    zone: ZoneInfo | None,
    in_force: Sensitivity,
    rules: Sequence[Sensitivity],
    since: Since,
    until: datetime | None,
) -> list[Case]:
    cases = []
    for path in paths:
        points = points_of(Path(path), zone, in_force)
        if not points:
            raise UsageError(f"{path} has no row")
        case = bare.bare_case(name_of(Path(path)), points, in_force, rules)
        ends = min(case.until, until or case.until)
        begins = max(case.since, since(ends))
        if begins >= ends:
            raise UsageError(f"{path} has nothing there: it is from {case.since} to {case.until}")
        cases.append(within(case, begins, ends))
    return cases


def _over_files(paths: Sequence[str], plan: Plan, settings: Settings, columns: Columns) -> list[Case]:
    # Nothing leaves this process, and decisions depend on no key.
    pseudonymiser = Pseudonymiser(token_bytes(32))
    parked: list[str] = []

    def park(name: str, line: Malformed) -> None:
        parked.append(f"{name} {line.position}: {line.reason}")

    with Progress("backtest", size_of(paths)) as progress:
        cases = over_pieces(
            files.pieces(
                paths,
                Edge(SOURCE, pseudonymiser, settings.lateness_s),
                build_enricher(plan.watches, pseudonymiser),
                size=settings.batch_mentions,
                now=common.now(),
                columns=columns,
                parked=park,
            ),
            plan,
            progress.add,
        )
    if parked:
        click.echo(f"{len(parked):,} lines could not be read, the first: {parked[0]}", err=True)
    return cases


def _lines(cases: Sequence[Case]) -> Iterator[dict[str, Any]]:
    """Of each watch a line a rule, and a line an incident, in the order of time; then all watches."""
    for case in cases:
        for rule, in_force, found in _rules(case):
            total = sums(found, case.in_force.found, case)
            yield {
                "type": "rule",
                "watch": case.watch,
                "rule": rule,
                "in_force": in_force,
                "since": case.since,
                "until": case.until,
                "learnt_from": case.learnt_from,
                "days": round(case.heard.total_seconds() / 86_400, 3),
                "deleted": case.deleted,
                "opened": total.opened,
                **{level.value: count for level, count in total.by_severity.items()},
                "pages_a_month": None if total.a_month is None else round(total.a_month, 2),
                "rough_guess": case.heard < SHORT,
                "only_here": total.only_here,
                "missed": total.missed,
                "sooner_s": total.sooner_s,
                "marked_true": total.true,
                "marked_false": total.false,
            }
        for rule, in_force, found in _rules(case):
            for each in found:
                yield _incident(each, rule, in_force, case)
    for all_of in altogether(cases) if len(cases) > 1 else ():
        yield {
            "type": "total",
            "rule": all_of.rule,
            "in_force": all_of.in_force,
            "watches": all_of.watches,
            "opened": all_of.opened,
            **{level.value: count for level, count in all_of.by_severity.items()},
            "pages_a_month": None if all_of.a_month is None else round(all_of.a_month, 2),
            "rough_guess": any(case.heard < SHORT for case in cases),
            "at_once": all_of.at_once,
        }


def _rules(case: Case) -> Iterator[tuple[str, bool, Sequence[Found]]]:
    if case.recorded is not None:
        yield "recorded", False, case.recorded
    for tried in case.tried:
        yield tried.rule.value, tried.in_force, tried.found


def _incident(found: Found, rule: str, in_force: bool, case: Case) -> dict[str, Any]:
    """As it opened, with what became of it; `reasons` are of the moment it came to its highest severity."""
    first, gravest, last = found.first, found.gravest, found.last
    opened, resolved = found.at or (first.opened_at, last.resolved_at)
    met = counterpart(found, case.recorded or ())
    return {
        "type": "incident",
        "watch": case.watch,
        "rule": rule,
        "in_force": in_force,
        "id": first.id,
        "signal": first.signal,
        "opened_at": opened,
        "resolved_at": resolved,
        "opened_as": first.severity,
        "severity": gravest.severity,
        "severity_at": found.at[0] if found.at else gravest.updated_at,
        "reasons": gravest.evidence.reasons,
        "observed": first.observed,
        "expected": first.expected,
        "limit": first.limit,
        "window_s": first.evidence.window_s,
        "signs": last.evidence.signs,
        "summary": first.summary,
        "recorded": None if met is None else met.first.id,
    }


def _show(cases: Sequence[Case], reader: Reader, clock: str) -> None:
    """`clock` says whose the times of the reader's zone are."""
    words = TABLE_WORDS[reader.language]
    show_table(_sums_table(cases, reader, words))
    click.echo()
    if any(found for case in cases for _, _, found in _rules(case)):
        show_table(_incidents_table(cases, reader, words, clock))
    else:
        click.echo(words.nothing)
    if len(cases) > 1:
        close = next(each.at_once for each in altogether(cases) if each.in_force)
        if close:
            click.echo(words.at_once.format(count=reader.number(close)))
    if deleted := max(case.deleted for case in cases):
        said = TRIAL_WORDS[reader.language].deleted
        click.echo(said.format(count=reader.number(deleted)), err=True)
    if any(case.heard < SHORT for case in cases):
        click.echo(words.short, err=True)


def _sums_table(cases: Sequence[Case], reader: Reader, words: TableWords) -> Table:
    table = Table(box=None, pad_edge=False)
    levels = [*reversed(Severity)]
    for heading in (words.watch, words.rule):
        table.add_column(heading, no_wrap=True)
    for heading in (
        words.opened, *(_severity(level, reader) for level in levels), words.a_month, words.only_here,
        words.missed, words.sooner, words.marked_true, words.marked_false,
    ):  # fmt: skip
        table.add_column(heading, no_wrap=True, justify="right")
    number = reader.number
    for case in cases:
        for rule, in_force, found in _rules(case):
            total = sums(found, case.in_force.found, case)
            table.add_row(
                _cell(case.watch),
                _rule(rule, words, in_force=in_force),
                number(total.opened),
                *(number(total.by_severity[level]) for level in levels),
                "-" if total.a_month is None else reader.decimal(total.a_month),
                number(total.only_here),
                number(total.missed),
                "-" if total.sooner_s is None else f"{number(total.sooner_s / 60)} min",
                *(number(count) if case.marked else "-" for count in (total.true, total.false)),
            )
    for all_of in altogether(cases) if len(cases) > 1 else ():
        table.add_row(
            words.every.format(count=all_of.watches),
            _rule(all_of.rule, words, in_force=all_of.in_force and all_of.rule != "in force"),
            number(all_of.opened),
            *(number(all_of.by_severity[level]) for level in levels),
            "-" if all_of.a_month is None else reader.decimal(all_of.a_month),
            *["-"] * 5,
        )
    return table


def _rule(name: str, words: TableWords, *, in_force: bool = False) -> str:
    """Sensitivities are called what they are called in the watches file."""
    said = words.rules.get(name, name)
    return f"{said} ({words.in_force})" if in_force else said


def _severity(level: Severity, reader: Reader) -> str:
    return TONGUES[reader.language].severities[level].lower()


def _incidents_table(cases: Sequence[Case], reader: Reader, words: TableWords, clock: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in (words.opened_at.format(clock=clock), words.resolved_at, words.watch):
        table.add_column(heading, no_wrap=True)
    for heading, whole in ((words.by, False), (words.severity, True), (words.what, False)):
        table.add_column(heading, no_wrap=whole, overflow="fold")
    everything = [
        (matter, case)
        for case in cases
        for matter in matters(((name, found) for name, _, found in _rules(case)), case.in_force.rule)
    ]
    everything.sort(key=lambda entry: (entry[0].told.last.opened_at, entry[1].watch))
    for matter, case in everything[:MOST_ROWS]:
        table.add_row(*_row(matter, case.watch, reader, words))
    if len(everything) > MOST_ROWS:
        click.echo(words.more.format(count=reader.number(len(everything) - MOST_ROWS)), err=True)
    return table


def _row(matter: Matter, watch: str, reader: Reader, words: TableWords) -> tuple[str, ...]:
    told, zone = matter.told, reader.zone
    opened_at, over_at = told.last.opened_at, told.last.resolved_at

    def clock(at: datetime) -> str:
        return _clock(at, opened_at, zone)

    return (
        f"{opened_at.astimezone(zone):%Y-%m-%d %H:%M}",
        "" if over_at is None else f"{over_at.astimezone(zone):%m-%d %H:%M}",
        _cell(watch),
        ", ".join(f"{_rule(name, words)} {clock(found.last.opened_at)}" for name, found in matter.by),
        told.severities(lambda level: _severity(level, reader), clock),
        _cell(told.first.summary) or _numbers(told, reader, words),
    )


def _clock(at: datetime, began: datetime, zone: ZoneInfo) -> str:
    """The time of day; with its date where that is another."""
    local = at.astimezone(zone)
    return f"{local:%H:%M}" if local.date() == began.astimezone(zone).date() else f"{local:%m-%d %H:%M}"


def _cell(text: str) -> str:
    return plain(text, 300).replace("[", "\\[")


def _numbers(found: Found, reader: Reader, words: TableWords) -> str:
    first, tongue = found.first, TONGUES[reader.language]
    return words.numbers.format(
        observed=reader.times(first.observed),
        lately=tongue.lately(first.evidence.window_s),
        usual=tongue.usual(first.expected),
        limit=reader.times(first.limit),
    )
