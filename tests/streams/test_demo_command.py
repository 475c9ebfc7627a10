"""What `vigie demo` says around its incidents; that it plays is `test_demo.py`'s."""

from __future__ import annotations

import shlex
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.simulated import Planted, PlantedKind, Scenario
from connectors.simulated.plot import ZONE
from streams.commands.demo import _claim, _report, _story, _try_next, with_channels
from streams.commands.demo_words import DEMO_WORDS, own_language
from streams.errors import UsageError
from streams.incidents.words import Tongue
from streams.pipeline import Counts
from streams.records import Incident, IncidentEvent, Severity
from streams.store.open import open_store
from streams.watches_file import parse_watches
from tests.dashboards.written_boards import written as written_boards
from tests.streams.crisis import INCIDENT, fill
from tests.streams.notifiers.incidents import incident

SCENARIO = Scenario(seed=1)
CRISES = [planted for planted in SCENARIO.truth() if planted.is_crisis]


def told(planted: Planted, after: timedelta, severity: Severity, revision: int = 1) -> Incident:
    return incident(
        event="opened" if revision == 1 else "updated",
        revision=revision,
        severity=severity,
        at=planted.starts_at + after,
        id=f"{planted.watch}-volume",
        watch=planted.watch,
    )


def story(states: list[Incident], tongue: Tongue) -> list[str]:
    return list(_story(SCENARIO, states, DEMO_WORDS[tongue], parse_watches(SCENARIO.watches_yaml(tongue))))


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "fr"}, "fr"),
        ({"LANG": "fr_CA.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "fr_BE"}, "fr"),
        ({"LC_ALL": "", "LANG": "fr_FR"}, "fr"),
    ],
)
def test_the_language_is_the_terminals(environ: dict[str, str], language: str) -> None:
    assert own_language(environ) == language


def test_the_story_says_of_each_thing_when_it_was_first_told_and_when_it_became_worse() -> None:
    flood = next(planted for planted in CRISES if planted.kind is PlantedKind.FLOOD)
    states = [
        told(flood, timedelta(minutes=5), Severity.INFO),
        told(flood, timedelta(minutes=10), Severity.WARNING, 2),
        told(flood, timedelta(minutes=40), Severity.WARNING, 3),
        told(flood, timedelta(minutes=150), Severity.CRITICAL, 4),
    ]
    lines = story(states, "en")
    line = next(line for line in lines if "the flood:" in line)
    assert line == (
        f"{flood.starts_at.astimezone(ZONE):%d %b %H:%M}  the flood: first message after 5 min (INFO), "
        "WARNING after 10 min, CRITICAL after 2 h 30 min (crue-volume)"
    )
    assert sum("NO message" in line for line in lines) == len(CRISES) - 1
    assert sum("nobody was woken" in line for line in lines) == len(SCENARIO.truth()) - len(CRISES)
    assert lines[-2] == f"Incidents of warning or worse: 1, for {len(CRISES)} crises."
    french = story(states, "fr")
    said = "la crue\u00a0: premier message après 5 min (INFO), ALERTE après 10 min"
    assert any(said in line for line in french)
    assert len(french) == len(lines) <= 10


def test_an_incident_that_became_a_warning_counts_as_one_that_woke_somebody() -> None:
    states = [told(planted, timedelta(minutes=9), Severity.INFO) for planted in CRISES]
    assert "warning or worse: 0," in story(states, "en")[-2]
    states += [told(planted, timedelta(minutes=19), Severity.WARNING, 2) for planted in CRISES]
    assert f"warning or worse: {len(CRISES)}," in story(states, "en")[-2]


def test_a_false_page_is_called_one() -> None:
    final = next(planted for planted in SCENARIO.truth() if planted.kind is PlantedKind.FINAL)
    wrong = incident(
        severity="warning", at=final.starts_at + timedelta(minutes=9), id="x", watch=final.watch or "hopital"
    )
    assert wrong.event is IncidentEvent.OPENED
    assert any("brushes a watch's words: a false page (x)" in line for line in story([wrong], "en"))


@pytest.mark.parametrize("tongue", ["en", "fr"])
def test_numbers_are_written_as_the_language_writes_them(tongue: Tongue) -> None:
    counts = Counts(read=76_010, stored=48_772, unmatched=27_043)
    line = DEMO_WORDS[tongue].summed(counts, 7, 38.4)
    assert ("76,010" if tongue == "en" else "76\u202f010") in line
    assert "195" in line


@pytest.mark.parametrize(
    ("tongue", "title"), [("en", "The flood: mentions an hour"), ("fr", "Mentions par heure")]
)
def test_it_writes_the_report_and_says_how_to_look(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], tongue: Tongue, title: str
) -> None:
    words = DEMO_WORDS[tongue]
    watches = parse_watches(SCENARIO.watches_yaml(tongue))
    store = open_store(f"chdb://{tmp_path / 'store'}")
    try:
        fill(store)
        worst = store.incidents(ids=[INCIDENT])[0]
        written = _report(store, worst, tmp_path, watches, words)
    finally:
        store.close()
    assert title.rpartition(": ")[2].lower() in written.read_text(encoding="utf-8").lower()
    _try_next("chdb:///a b", tmp_path / "watches.yaml", worst, words)
    commands = [shlex.split(line, comments=True) for line in capsys.readouterr().out.splitlines()]
    ours = {line[1]: line for line in commands if len(line) > 2 and "--store" in line}
    assert {"incidents", "report", "sql", "backtest", "serve"} <= set(ours)
    assert {line[line.index("--store") + 1] for line in ours.values()} == {"chdb:///a b"}
    (grafana,) = (line for line in commands if line[:2] == ["docker", "compose"])
    assert Path(grafana[grafana.index("-f") + 1]).is_file()
    ((board,),) = (line for line in commands if line and line[0].startswith("http://localhost:3000/d/"))
    uid, _, query = board.rpartition("/")[2].partition("?")
    assert uid in {each.content["uid"] for each in written_boards() if each.tongue == tongue}
    given = dict(pair.split("=") for pair in query.split("&"))
    assert given["var-watch"] == worst.watch
    assert int(given["from"]) < worst.opened_at.timestamp() * 1000 < int(given["to"])


class _Store:
    """Settings and a count of mentions."""

    url = "chdb:///x"

    def __init__(self, mentions: int, **settings: str) -> None:
        self.settings = dict(settings)
        self._mentions = mentions

    def get_setting(self, name: str) -> str | None:
        return self.settings.get(name)

    def set_setting(self, name: str, value: str) -> None:
        self.settings[name] = value

    def query(self, _: str) -> list[tuple[Any, ...]]:
        return [(self._mentions,)]


@pytest.mark.parametrize(
    ("store", "refused"),
    [
        (_Store(0), None),
        (_Store(5), "real mentions"),
        (_Store(5, demo="1", demo_seed="1"), None),
        (_Store(5, demo="1", demo_seed="2"), "the play of --seed 2"),
        (_Store(5, demo="1"), "another play"),
    ],
    ids=["new", "real", "the same play", "another seed", "from before seeds were kept"],
)
def test_a_store_is_of_one_play(store: _Store, refused: str | None) -> None:
    if refused is None:
        _claim(store, "1")  # type: ignore[arg-type]
        assert store.settings == {"demo": "1", "demo_seed": "1"}
    else:
        with pytest.raises(UsageError, match=refused):
            _claim(store, "1")  # type: ignore[arg-type]


THEIRS = """\
version: 1
watches: [{name: mine, query: crue, notify: [duty, pager]}]
channels:
  duty: {type: console, drills: true, min_severity: warning}
  pager: {type: console, drills: false}
"""


def test_a_drill_tells_those_channels_of_a_file_that_take_drills(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(THEIRS, encoding="utf-8")
    made = parse_watches(with_channels(SCENARIO.watches_yaml("fr"), str(file)))
    assert list(made.channels) == ["duty"]
    assert made.channels["duty"].min_severity == "warning"
    ours = parse_watches(SCENARIO.watches_yaml("fr"))
    assert [watch.name for watch in made.watches] == [watch.name for watch in ours.watches]
    assert {watch.notify for watch in made.watches} == {("duty",)}
    told_to = list(_story(SCENARIO, [], DEMO_WORDS["en"], made))[-1]
    assert "told as a drill to duty" in told_to


def test_a_drill_that_nobody_would_hear_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(THEIRS.replace("drills: true", "drills: false"), encoding="utf-8")
    with pytest.raises(UsageError, match="takes drills"):
        with_channels(SCENARIO.watches_yaml("en"), str(file))
