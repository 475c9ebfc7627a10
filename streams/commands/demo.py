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
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from connectors.simulated import PlantedKind, Scenario
from streams import demo as theatre
from streams.announce import Silence
from streams.commands import common
from streams.commands.serve import serve
from streams.enrich import build_enricher
from streams.errors import UsageError
from streams.pipeline import DEMO_SETTING, Counts, Pipeline
from streams.records import Incident, Severity
from streams.store.base import Store
from streams.watches import Watches, load_watches

_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_COLOURS: Final = {Severity.INFO: "cyan", Severity.WARNING: "yellow", Severity.CRITICAL: "bold red"}
_SPARK_HOURS: Final = 48
_QUESTIONS: Final = (
    "SELECT watch, sum(mentions), sum(negative), max(limit) FROM volume_hourly GROUP BY watch",
    "SELECT * FROM gaps",
)
_NAMES: Final = {
    PlantedKind.FLOOD: "the flood",
    PlantedKind.RUMOUR: "the false rumour of a few accounts",
    PlantedKind.SLOW_BURN: "the slow burn over the drinking water",
    PlantedKind.FINAL: "the football final that brushes a watch's words",
    PlantedKind.PRESS_CONFERENCE: "the press conference that is in the calendar",
    PlantedKind.OUTAGE: "the outage of a connector",
    PlantedKind.BACKFILL: "its backfill",
}


class _Told:
    """Keeps what is decided, marks it as not to be told, and hands the news to whoever draws."""

    def __init__(self, watches: Watches, store: Store) -> None:
        self._silence = Silence(watches, store, "a demo tells nobody")
        self.states: list[Incident] = []
        self.news: list[Incident] = []

    def announce(self, incidents: Sequence[Incident]) -> None:
        self._silence.announce(incidents)
        self.states += incidents
        self.news += incidents


@click.command()
@click.option("--seed", default=1, show_default=True, help="another seed is another four weeks")
@common.store_option
@click.option("--serve", "stay", is_flag=True, help="stay up: answer SQL over HTTP on the demo's store")
@click.option("--language", type=click.Choice(["en", "fr"]), default="en", show_default=True)
@click.pass_context
def demo(context: click.Context, seed: int, store: str | None, stay: bool, language: str) -> None:
    """Play four simulated weeks of an invented valley: a flood, a rumour, and much that is no crisis."""
    began = time.monotonic()
    folder = _stage(None if store is None else store)
    url = store or f"chdb://{folder / 'store'}"
    scenario = Scenario(seed=seed)
    (folder / "claims.yaml").write_text(scenario.claims_yaml(language), encoding="utf-8")
    watches_file = folder / "watches.yaml"
    watches_file.write_text(scenario.watches_yaml(language, claims="claims.yaml"), encoding="utf-8")
    settings = common.settings_of(watches=str(watches_file), store=url)
    watches = load_watches(watches_file)
    with common.store_of(settings, create=True, retention_days=watches.retention_days) as opened:
        if opened.get_setting(DEMO_SETTING) != "1":
            if opened.query("SELECT count() FROM mentions")[0][0]:
                raise UsageError(f"the store {opened.url} holds real mentions: give the demo one of its own")
            opened.set_setting(DEMO_SETTING, "1")
        pseudonymiser = common.pseudonymiser_of(settings)
        told = _Told(watches, opened)
        pipeline = Pipeline(watches, opened, build_enricher(watches, pseudonymiser), settings, told)
        counts = Counts()
        with _screen(scenario, watches, opened) as screen:
            for scene in theatre.play(scenario, pipeline, pseudonymiser):
                counts = scene.counts
                screen.show(scene.at, counts, told.news)
                told.news = []
    for line in _story(scenario, told.states, counts, time.monotonic() - began):
        click.echo(line)
    _try_next(url, watches_file, told.states)
    if stay:
        context.invoke(serve, store=url)


def _stage(store: str | None) -> Path:
    """The folder of the demo's own files, emptied of the last demo's store unless one is named."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "vigie-demo"
    folder.mkdir(parents=True, exist_ok=True)
    if store is None and (folder / "store").exists():
        shutil.rmtree(folder / "store")
    return folder


class _Screen:
    """The live table on a terminal; a line an incident in a pipe."""

    def __init__(self, scenario: Scenario, watches: Watches, store: Store, live: Live | None) -> None:
        self._scenario = scenario
        self._watches = watches
        self._store = store
        self._live = live
        self._log: list[Incident] = []

    def show(self, at: datetime, counts: Counts, news: Sequence[Incident]) -> None:
        self._log += news
        if self._live is None:
            for incident in news:
                click.echo(f"{incident.updated_at:%a %d %b %H:%M}  {incident.severity:8}  "
                           f"{incident.event:8}  {incident.summary}")  # fmt: skip
            return
        done = (at - self._scenario.start) / (self._scenario.ends_at - self._scenario.start)
        head = Text(f"{at:%a %d %b %Y %H:%M}   {counts.read:,} posts, {counts.stored:,} stored", style="bold")
        table = Table(box=None, pad_edge=False, expand=True)
        table.add_column("watch", no_wrap=True)
        table.add_column(f"mentions an hour, the last {_SPARK_HOURS} hours", no_wrap=True)
        table.add_column("now", justify="right")
        opened = {incident.watch: incident for incident in self._log if incident.state == "open"}
        closed = {incident.id for incident in self._log if incident.state == "resolved"}
        for watch in self._watches.watches:
            hours = self._hours(watch.name, at)
            running = opened.get(watch.name)
            style = "" if running is None or running.id in closed else _COLOURS[running.severity]
            table.add_row(Text(watch.label, style=style), Text(sparkline(hours), style=style), str(hours[-1]))
        said = [
            Text(
                f"{incident.updated_at:%d %b %H:%M} {incident.event}: {incident.summary}",
                style=_COLOURS[incident.severity],
                overflow="ellipsis",
                no_wrap=True,
            )
            for incident in self._log[-6:]
        ]
        bar = ProgressBar(total=1.0, completed=min(done, 1.0))
        self._live.update(Group(head, bar, table, *said), refresh=True)

    def _hours(self, watch: str, at: datetime) -> list[int]:
        since = at.replace(minute=0, second=0, microsecond=0) - timedelta(hours=_SPARK_HOURS - 1)
        found = dict(self._store.volumes(watch, since, at + timedelta(hours=1), 3600))
        return [found.get(since + timedelta(hours=hour), 0) for hour in range(_SPARK_HOURS)]


def sparkline(values: Sequence[float]) -> str:
    """One block a value, the highest being full."""
    top = max(values, default=0) or 1
    return "".join(_BLOCKS[min(len(_BLOCKS) - 1, int(value / top * len(_BLOCKS)))] for value in values)


@contextmanager
def _screen(scenario: Scenario, watches: Watches, store: Store) -> Iterator[_Screen]:
    if not sys.stdout.isatty():
        yield _Screen(scenario, watches, store, None)
        return
    with Live(console=Console(), auto_refresh=False, transient=True) as live:
        yield _Screen(scenario, watches, store, live)


def _story(scenario: Scenario, told: list[Incident], counts: Counts, seconds: float) -> Iterator[str]:
    yield (
        f"\nFour weeks of an invented valley in {seconds:.0f} s: {counts.read:,} posts read, "
        f"{counts.stored:,} stored, {counts.unmatched:,} of no watch, {counts.incidents} incidents."
    )
    for planted in scenario.truth():
        seen = theatre.seen(planted, told)
        name = f"  {planted.starts_at:%d %b %H:%M}  {_NAMES[planted.kind]}"
        if planted.is_crisis and seen.incident is not None and seen.delay is not None:
            yield f"{name}: told after {_delay(seen.delay)}, {seen.incident.severity} ({seen.incident.id})"
        elif planted.is_crisis:
            yield f"{name}: NOT seen"
        elif seen.incident is None:
            yield f"{name}: nobody was woken"
        else:
            yield f"{name}: a false page ({seen.incident.id})"
    crises = [planted for planted in scenario.truth() if planted.is_crisis]
    woken = sum(1 for state in told if state.event == "opened" and state.severity is not Severity.INFO)
    yield f"  {woken} incidents of warning or worse for {len(crises)} crises."


def _delay(delay: timedelta) -> str:
    minutes = int(delay.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02} min"


def _try_next(url: str, watches: Path, told: list[Incident]) -> None:
    program = shlex.quote(os.path.relpath(sys.argv[0]) if os.sep in sys.argv[0] else sys.argv[0])
    store = shlex.quote(url)
    worst = max(told, key=lambda state: ([*Severity].index(state.severity), state.observed), default=None)
    click.echo("\nTry next:")
    click.echo(f"  {program} incidents list --store {store}")
    if worst is not None:
        click.echo(f"  {program} incidents show {worst.id} --store {store}")
        click.echo(f"  {program} report --incident {worst.id} --store {store} --out report.html")
    for question in _QUESTIONS:
        click.echo(f"  {program} sql --store {store} '{question}'")
    click.echo(f"  {program} check {shlex.quote(str(watches))}")
    click.echo(
        f"  {program} serve --store {store}    # SQL over HTTP, for Grafana and notebooks: docs/cookbook.md"
    )
