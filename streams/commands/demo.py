"""`vigie demo`: a newcomer sees in a minute what Vigie does."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import click
import yaml
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from connectors.simulated import Planted, Scenario
from streams import configured
from streams import demo as theatre
from streams.announce import Aloud, Announcer, Silence
from streams.commands import common
from streams.commands.demo_words import DEMO_WORDS, DemoWords, own_language
from streams.commands.serve import serve
from streams.desk import board_link
from streams.enrich import build_enricher
from streams.errors import UsageError
from streams.incidents.life import SEVERITIES
from streams.incidents.wording import TONGUES
from streams.incidents.words import Tongue
from streams.pipeline import DEMO_SETTING, Counts, Pipeline
from streams.records import Incident, Severity
from streams.report.gather import gather, incident_span
from streams.report.page import page
from streams.report.reader import Reader
from streams.store.base import Store
from streams.store.owner import Owner
from streams.watches import Watches
from streams.watches_file import load_watches

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_COLOURS: Final = {Severity.INFO: "cyan", Severity.WARNING: "yellow", Severity.CRITICAL: "bold red"}
_SPARK_HOURS: Final = 48
# Beside the source; an installed Vigie has no containers to offer.
_GRAFANA: Final = Path(__file__).parents[2] / "deploy" / "grafana" / "compose.yml"
# The demo's weeks are long past: a board opens at their time or shows nothing.
_BOARD: Final = "http://localhost:3000/d/vigie-crisis-room-TONGUE?var-watch={watch}&from={from_ms}&to={to_ms}"
_SEED_SETTING: Final = "demo_seed"
_QUESTIONS: Final = (
    "SELECT watch, sum(mentions), sum(negative), max(limit) FROM volume_hourly GROUP BY watch",
    "SELECT connector, min(from_at), max(until_at), any(reason) FROM gaps GROUP BY connector",
    "SELECT at, watch, verdict, reason FROM decisions ORDER BY at",
)


class _Told:
    """Passes on what is decided, and hands the news to whoever draws."""

    def __init__(self, announcer: Announcer) -> None:
        self._announcer = announcer
        self.news: list[Incident] = []

    def announce(self, incidents: Sequence[Incident]) -> None:
        self._announcer.announce(incidents)
        self.news += incidents


@click.command()
@click.option("--seed", default=1, show_default=True, help="another seed is another four weeks")
@common.store_option
@click.option("--serve", "stay", is_flag=True, help="stay up: answer SQL over HTTP on the demo's store")
@click.option("--language", type=click.Choice(["en", "fr"]), help="the terminal's (LANG), or else English")
@click.option(
    "--notify",
    "channels",
    metavar="WATCHES",
    help="a drill: tell those channels of this watches file that have `drills: true`",
)
@click.pass_context
def demo(
    context: click.Context,
    seed: int,
    store: str | None,
    stay: bool,
    language: Tongue | None,
    channels: str | None,
) -> None:
    """Play four simulated weeks of an invented valley: a flood, a rumour, and much that is no crisis."""
    began = time.monotonic()
    words = DEMO_WORDS[language or own_language(os.environ)]
    folder = _stage(store)
    url = store or f"chdb://{folder / 'store'}"
    scenario = Scenario(seed=seed, drill=channels is not None)
    (folder / "claims.yaml").write_text(scenario.claims_yaml(words.tongue), encoding="utf-8")
    watches_file = folder / "watches.yaml"
    text = scenario.watches_yaml(words.tongue, claims="claims.yaml")
    watches_file.write_text(text if channels is None else with_channels(text, channels), encoding="utf-8")
    settings = configured.settings_of(watches=str(watches_file), store=url)
    watches = load_watches(watches_file)
    with configured.store_of(settings, create=True, retention_days=watches.retention_days) as opened:
        _claim(opened, f"{seed}" if channels is None else f"{seed}, a drill")
        pseudonymiser = configured.pseudonymiser_of(settings)
        counts = Counts()
        with (
            _announcer(watches, opened, aloud=channels is not None) as announcer,
            _screen(scenario, watches, opened, words) as screen,
        ):
            told = _Told(announcer)
            pipeline = Pipeline(watches, opened, build_enricher(watches, pseudonymiser), settings, told)
            for scene in theatre.play(scenario, pipeline, pseudonymiser):
                counts = scene.counts
                screen.show(scene.at, counts, told.news)
                told.news = []
        # From the store: a play that was stopped and goes on now has told the first acts before.
        states = [state for found in opened.incidents() for state in opened.incident_history(found.id)]
        states.sort(key=lambda state: state.updated_at)
        worst = max(states, key=lambda state: (SEVERITIES[state.severity], state.observed), default=None)
        report = None if worst is None else _report(opened, worst, folder, watches, words)
    incidents = len({state.id for state in states})
    click.echo("\n" + words.summed(counts, incidents, time.monotonic() - began))
    for line in _story(scenario, states, words, watches):
        click.echo(f"  {line}")
    if report is not None:
        click.echo("\n" + words.report.format(path=report))
    _try_next(url, watches_file, worst, words)
    if stay:
        context.invoke(serve, store=url)


def _stage(store: str | None) -> Path:
    """The folder of the demo's own files, emptied of the last demo's store unless one is named.

    Raises:
        StoreHeld: another demo plays there, or still serves.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "vigie-demo"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if store is None and (folder / "store").exists():
            with Owner(folder / "store", common.now()):
                shutil.rmtree(folder / "store")
    except OSError as error:
        raise UsageError(
            f"the demo's folder {folder} cannot be used: {error.strerror}; XDG_CACHE_HOME names another"
        ) from None
    return folder


@contextmanager
def _announcer(watches: Watches, store: Store, *, aloud: bool) -> Iterator[Announcer]:
    if not aloud:
        yield Silence(watches, store, "a demo tells nobody")
        return
    with Aloud(watches, store, common.now) as announcer:
        yield announcer


def with_channels(text: str, path: str) -> str:
    """The demo's watches file, whose every watch tells the channels of the file at `path` that take drills.

    Raises:
        UsageError: the file is wrong, or none of its channels takes drills.
    """
    theirs = configured.watches_of(configured.settings_of(watches=path))
    wanted = [name for name, channel in theirs.channels.items() if channel.drills]
    if not wanted:
        raise UsageError(f"no channel of {path} takes drills: give those that shall `drills: true`")
    raw = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    ours = yaml.safe_load(text)
    ours["channels"] = {name: raw["channels"][name] for name in wanted}
    for watch in ours["watches"]:
        watch["notify"] = wanted
    return yaml.safe_dump(ours, allow_unicode=True, sort_keys=False)


def _claim(opened: Store, seed: str) -> None:
    """Make the store a demo's own, of this one play.

    Raises:
        UsageError: it holds something else.
    """
    if opened.get_setting(DEMO_SETTING) != "1":
        if opened.query("SELECT count() FROM mentions")[0][0]:
            raise UsageError(f"the store {opened.url} holds real mentions: give the demo one of its own")
        opened.set_setting(DEMO_SETTING, "1")
        opened.set_setting(_SEED_SETTING, seed)
    if (held := opened.get_setting(_SEED_SETTING)) != seed:
        played = "another play" if held is None else f"the play of --seed {held}"
        raise UsageError(f"the store {opened.url} holds {played}: give this one a store of its own")


class _Screen:
    """The live table on a terminal; a line an incident in a pipe."""

    def __init__(
        self, scenario: Scenario, watches: Watches, store: Store, words: DemoWords, live: Live | None
    ) -> None:
        self._scenario = scenario
        self._words = words
        self._watches = watches
        self._store = store
        self._live = live
        self._log: list[Incident] = []

    def show(self, at: datetime, counts: Counts, news: Sequence[Incident]) -> None:
        self._log += news
        words, zone = self._words, self._watches.zone
        if self._live is None:
            said = TONGUES[words.tongue]
            for incident in news:
                click.echo(f"{words.day(incident.updated_at, zone)}  {said.severities[incident.severity]:8}  "
                           f"{said.events[incident.event]:8}  {incident.summary}")  # fmt: skip
            return
        done = (at - self._scenario.start) / (self._scenario.ends_at - self._scenario.start)
        read = words.posts.format(read=words.number(counts.read), stored=words.number(counts.stored))
        head = Text(f"{words.day(at, zone)}   {read}", style="bold")
        table = Table(box=None, pad_edge=False, expand=True)
        table.add_column(words.watch, no_wrap=True)
        table.add_column(words.hours.format(hours=_SPARK_HOURS), no_wrap=True)
        table.add_column(words.now, justify="right")
        opened = {incident.watch: incident for incident in self._log if incident.state == "open"}
        closed = {incident.id for incident in self._log if incident.state == "resolved"}
        for watch in self._watches.watches:
            hours = self._hours(watch.name, at)
            running = opened.get(watch.name)
            style = "" if running is None or running.id in closed else _COLOURS[running.severity]
            table.add_row(Text(watch.label, style=style), Text(sparkline(hours), style=style), str(hours[-1]))
        events = TONGUES[words.tongue].events
        lines = [
            Text(
                f"{words.moment(incident.updated_at, zone)} {events[incident.event]}  {incident.summary}",
                style=_COLOURS[incident.severity],
                overflow="ellipsis",
                no_wrap=True,
            )
            for incident in self._log[-6:]
        ]
        bar = ProgressBar(total=1.0, completed=min(done, 1.0))
        self._live.update(Group(head, bar, table, *lines), refresh=True)

    def _hours(self, watch: str, at: datetime) -> list[int]:
        since = at.replace(minute=0, second=0, microsecond=0) - timedelta(hours=_SPARK_HOURS - 1)
        found = dict(self._store.volumes(watch, since, at + timedelta(hours=1), 3600))
        return [found.get(since + timedelta(hours=hour), 0) for hour in range(_SPARK_HOURS)]


def sparkline(values: Sequence[float]) -> str:
    """One block a value, the highest being full."""
    top = max(values, default=0) or 1
    return "".join(_BLOCKS[min(len(_BLOCKS) - 1, int(value / top * len(_BLOCKS)))] for value in values)


@contextmanager
def _screen(scenario: Scenario, watches: Watches, store: Store, words: DemoWords) -> Iterator[_Screen]:
    if not sys.stdout.isatty():
        yield _Screen(scenario, watches, store, words, None)
        return
    with Live(console=Console(), auto_refresh=False, transient=True) as live:
        yield _Screen(scenario, watches, store, words, live)


def _story(scenario: Scenario, told: list[Incident], words: DemoWords, watches: Watches) -> Iterator[str]:
    zone = watches.zone
    for planted in scenario.truth():
        name = f"{words.moment(planted.starts_at, zone)}  {words.names[planted.kind]}"
        yield words.told_of(name, _outcome(planted, told, words))
    crises = sum(1 for planted in scenario.truth() if planted.is_crisis)
    woken = len({state.id for state in told if state.severity is not Severity.INFO})
    yield words.total.format(woken=woken, crises=crises)
    yield words.drilled.format(channels=", ".join(watches.channels)) if watches.channels else words.nobody


def _outcome(planted: Planted, told: list[Incident], words: DemoWords) -> str:
    seen = theatre.seen(planted, told)
    severities = TONGUES[words.tongue].severities
    if seen.incident is None:
        return words.unseen if planted.is_crisis else words.quiet
    if not planted.is_crisis or seen.delay is None:
        return f"{words.false_page} ({seen.incident.id})"
    said = [words.told.format(delay=words.delay(seen.delay), severity=severities[seen.incident.severity])]
    worst = seen.incident.severity
    for state in told:
        if state.id == seen.incident.id and SEVERITIES[state.severity] > SEVERITIES[worst]:
            worst = state.severity
            delay = words.delay(state.updated_at - planted.starts_at)
            said.append(words.worse.format(severity=severities[worst], delay=delay))
    return f"{', '.join(said)} ({seen.incident.id})"


def _report(store: Store, worst: Incident, folder: Path, watches: Watches, words: DemoWords) -> Path:
    reader = Reader(
        language=words.tongue,
        zone=watches.zone,
        titles={watch.name: watch.label for watch in watches.watches},
    )
    target = folder / "report.html"
    data = gather(store, incident_span(store, worst.id))
    target.write_text(page(data, reader, made_at=common.now()), encoding="utf-8")
    return target


def _try_next(url: str, watches: Path, worst: Incident | None, words: DemoWords) -> None:
    program = shlex.quote(os.path.relpath(sys.argv[0]) if os.sep in sys.argv[0] else sys.argv[0])
    store = shlex.quote(url)
    click.echo(f"\n{words.next}")
    click.echo(f"  {program} incidents list --store {store}")
    if worst is not None:
        click.echo(f"  {program} incidents show {worst.id} --store {store}")
        click.echo(f"  {program} report --incident {worst.id} --store {store} --out report.html")
    for question in _QUESTIONS:
        click.echo(f"  {program} sql --store {store} '{question}'")
    click.echo(f"  {program} check {shlex.quote(str(watches))}")
    tried = f"--watches {shlex.quote(str(watches))} --store {store} --html backtest.html"
    click.echo(f"  {program} backtest {tried}")
    click.echo(f"  {program} serve --store {store}    # {words.serve}")
    if _GRAFANA.exists():
        click.echo(f"  docker compose -f {shlex.quote(os.path.relpath(_GRAFANA))} up    # {words.grafana}")
        if worst is not None:
            click.echo(f"    {board_link(_BOARD.replace('TONGUE', words.tongue), worst)}")
