"""Every panel's SQL, as Grafana would send it, on a real ClickHouse over a store with a crisis in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from dashboards.boards import BOARDS
from dashboards.define import Annotation, Board, Kind, Panel, Variable, read
from dashboards.macros import Shown, expand
from streams.store.base import Store
from streams.store.open import open_store
from tests.dashboards.filled_store import END, FLOOD, START, WATCHES, fill

SHOWN = Shown(START, END, interval_s=600)
VARIABLES: dict[str, str | list[str]] = {
    "platform": ["x", "mastodon", "bluesky"],
    "lang": ["fr"],
    "words": "",
}
VIEWS = {
    "mentions", "volume_hourly", "sentiment_hourly", "incidents", "incident_log", "decisions",
    "notifications", "gaps", "dead_letters", "planned",
}  # fmt: skip
PANELS = [(board, panel) for board in BOARDS for panel in board.panels if panel.sql is not None]
NUMBER = re.compile(r"^(Nullable\()?(U?Int|Float)")
MOMENT = re.compile(r"^(Nullable\()?DateTime")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(
        f"chdb://{tmp_path_factory.mktemp('boards') / 'store'}",
        clock=lambda: datetime(2026, 6, 1, tzinfo=UTC),
    )
    opened.migrate()
    fill(opened)
    yield opened
    opened.close()


def variables(board: Board) -> dict[str, str | list[str]]:
    several = next((each.several for each in board.variables if each.name == "watch"), True)
    return {**VARIABLES, "watch": list(WATCHES) if several else "flood"}


def ask(
    store: Store, sql: str, board: Board, shown: Shown = SHOWN
) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Types of the columns, and the rows."""
    answer = orjson.loads(store.select(expand(sql, shown, variables(board)), format="JSON"))
    return {each["name"]: each["type"] for each in answer["meta"]}, answer["data"]


def name(value: object) -> str:
    return getattr(value, "key", "") or getattr(value, "name", "")


@pytest.mark.parametrize(("board", "panel"), PANELS, ids=name)
def test_columns_are_those_of_the_panel(store: Store, board: Board, panel: Panel) -> None:
    types, rows = ask(store, panel.query(), board)
    named = [column.name for column in panel.columns]
    if panel.kind is Kind.SERIES or panel.kind is Kind.STRIPES:
        assert next(iter(types)) == "time"
        assert MOMENT.match(types["time"])
        assert list(types)[1:] == (named or ["name", "value"])
        values = ["value"] if panel.long or panel.kind is Kind.STRIPES else named
    elif panel.kind is Kind.BARS:
        assert list(types) == ["name", "value"]
        values = ["value"]
    else:
        assert list(types) == named
        values = [
            column.name for column in panel.columns if column.unit != "none" and "date" not in column.unit
        ]
    for column in values:
        assert NUMBER.match(types[column]), f"{column} is {types[column]}"
    for each in panel.columns:
        if each.unit.startswith("dateTime"):
            assert MOMENT.match(types[each.name])
    assert rows, "this store has something for every panel"


@pytest.mark.parametrize(("board", "panel"), PANELS, ids=name)
def test_nothing_comes_from_outside_the_time_shown(store: Store, board: Board, panel: Panel) -> None:
    _, rows = ask(store, panel.query(), board)
    low = f"{SHOWN.from_at - timedelta(hours=1):%F %T}"
    high = f"{SHOWN.to_at:%F %T}.999"
    for row in rows:
        for column in ("time", "at", "first_at", "last_at", "from_at", "until_at"):
            if row.get(column) is not None:
                assert low <= row[column] <= high
        assert "outside" not in {row.get("text"), row.get("what"), row.get("name")}


@pytest.mark.parametrize(("board", "panel"), PANELS, ids=name)
def test_a_time_of_nothing_is_empty_and_no_error(store: Store, board: Board, panel: Panel) -> None:
    nothing = Shown(START + timedelta(days=400), START + timedelta(days=401), 600)
    _, rows = ask(store, panel.query(), board, nothing)
    if panel.kind is Kind.TILES:
        assert len(rows) == (len(WATCHES) if panel.tile_a_row else panel.may_be_empty is None)
    else:
        assert rows == []
        assert panel.may_be_empty is not None or panel.kind is Kind.SERIES


EVERY_SQL = [
    *((board, panel.query(), panel.sql) for board, panel in PANELS),
    *((board, read(each.sql), each.sql) for board in BOARDS for each in board.annotations),
    *((board, read(each.sql), each.sql) for board in BOARDS for each in board.variables if each.sql),
]


@pytest.mark.parametrize(
    ("board", "sql", "file"),
    EVERY_SQL,
    ids=lambda value: value if isinstance(value, str) and "/" in value and " " not in value else "",
)
def test_only_views_are_read(store: Store, board: Board, sql: str, file: str) -> None:
    """Asked of ClickHouse itself: which tables stand in the statement, once parsed."""
    answer = store.select(f"EXPLAIN AST {expand(sql, SHOWN, variables(board))}", format="TSVRaw")
    tables = set(re.findall(r"TableIdentifier (\S+)", answer.decode()))
    assert tables
    assert tables <= VIEWS


@pytest.mark.parametrize(
    "annotation", {each.sql: each for board in BOARDS for each in board.annotations}.values(), ids=name
)
def test_annotations_are_regions_within_the_time_shown(store: Store, annotation: Annotation) -> None:
    board = next(board for board in BOARDS if annotation in board.annotations)
    types, rows = ask(store, read(annotation.sql), board)
    assert list(types) == ["time", "timeEnd", "text", "tags"]
    assert MOMENT.match(types["time"])
    assert MOMENT.match(types["timeEnd"])
    assert rows
    for row in rows:
        assert f"{START:%F %T}" <= row["time"] <= row["timeEnd"] <= f"{END:%F %T}.999"


def test_a_board_marks_the_planned_events_of_its_watches(store: Store) -> None:
    sql = read("shared/planned_regions")

    def marked(key: str) -> list[str]:
        board = next(board for board in BOARDS if board.key == key)
        assert sql in {read(each.sql) for each in board.annotations}
        return [row["text"] for row in ask(store, sql, board)[1]]

    assert marked("crisis_room") == ["open day (×3)", "sailing race (×3)"]
    assert marked("analyst") == ["school fair (×3)", "open day (×3)", "sailing race (×3)"]


@pytest.mark.parametrize(
    "variable",
    {each.sql: each for board in BOARDS for each in board.variables if each.sql}.values(),
    ids=name,
)
def test_variables_list_what_there_is(store: Store, variable: Variable) -> None:
    assert variable.sql is not None
    _, rows = ask(store, read(variable.sql), BOARDS[0])
    values = [next(iter(row.values())) for row in rows]
    expected = {"watch": set(WATCHES), "platform": {"x", "mastodon", "bluesky"}, "lang": {"fr"}}
    assert set(values) == expected[variable.name]
    assert len(values) == len(set(values))


def panel_of(board_key: str, panel_key: str) -> tuple[Board, Panel]:
    return next((b, p) for b, p in PANELS if b.key == board_key and p.key == panel_key)


def test_the_tiles_say_how_each_watch_stands(store: Store) -> None:
    board, panel = panel_of("lookout", "state")

    def levels(until: datetime) -> dict[str, int]:
        _, rows = ask(store, panel.query(), board, Shown(START, until))
        return {row["watch"]: row["level"] for row in rows}

    assert levels(START + timedelta(hours=1)) == {"flood": 0, "school": 3}
    assert levels(START + timedelta(hours=3)) == {"flood": 0, "school": 0}
    assert levels(FLOOD + timedelta(minutes=30)) == {"flood": 3, "school": 0}
    assert levels(FLOOD + timedelta(hours=2, minutes=5)) == {"flood": 4, "school": 1}, "deaf is not calm"


def test_sources_that_were_away_together_count_once(store: Store) -> None:
    board, panel = panel_of("lookout", "unheard")
    assert ask(store, panel.query(), board)[1] == [{"unheard": 10}]
    half = Shown(START, FLOOD + timedelta(hours=2, minutes=4))
    assert ask(store, panel.query(), board, half)[1] == [{"unheard": 4}]


def test_hostile_posts_are_shown_as_harmless_text(store: Store) -> None:
    board, panel = panel_of("crisis_room", "posts")
    _, rows = ask(store, panel.query(), board, Shown(FLOOD, FLOOD + timedelta(minutes=3)))
    (row,) = (row for row in rows if "script" in row["text"])
    assert row["text"].startswith("<script>alert(1)</script> gnp.exe [31mred ww"), "text stays text"
    assert len(row["text"]) == 280
    assert not re.search(r"[\x00-\x1f\u202a-\u202e\u2066-\u2069]", row["text"])
    assert row["url"] == "", "only http and https lead anywhere"


def test_spread_stands_against_corrections(store: Store) -> None:
    board, panel = panel_of("misinformation", "now")
    _, (row,) = ask(store, panel.query(), board)
    assert (row["flagged"], row["corrections"], row["per_correction"]) == (16, 4, 4)


def test_the_analysts_words_filter_and_cannot_break_out(store: Store) -> None:
    board, panel = panel_of("analyst", "posts")

    def found(words: str) -> int:
        sql = expand(panel.query(), SHOWN, {**variables(board), "words": words})
        return len(orjson.loads(store.select(sql, format="JSON"))["data"])

    assert found("DAM HAS") == 20
    assert found("') OR 1=1 --") == 0


def test_every_sql_file_is_used() -> None:
    folder = Path(__file__).parents[2] / "dashboards" / "sql"
    there = {str(path.relative_to(folder).with_suffix("")) for path in folder.glob("*/*.sql")}
    assert there == {file for _, _, file in EVERY_SQL}
