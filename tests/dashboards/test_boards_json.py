"""The committed JSON: fresh, complete in both languages, linked, and readable by everybody."""

from __future__ import annotations

import json
import math
import re
from itertools import combinations
from typing import Any, Final

import pytest

from dashboards import palette, words
from dashboards.__main__ import files
from dashboards.boards import BOARDS
from dashboards.define import Board, Column, Kind, Panel, Section
from dashboards.tongue import Text, Tongue
from streams import metrics as declared
from streams.records import IncidentEvent, IncidentState, Severity, Signal
from tests.dashboards.written_boards import Written, written

WRITTEN = written()
PANELS = [(each, panel, shown) for each in WRITTEN for panel, shown in each.panels()]
UNITS = {
    "none", "short", "percentunit", "m", "s", "bytes", "cps", "dateTimeAsLocal",
}  # fmt: skip


def test_the_files_are_what_the_definitions_give() -> None:
    stale = [path.name for path, content in files() if path.read_text(encoding="utf-8") != content]
    assert not stale, "run: python -m dashboards"


def test_generating_twice_gives_the_same_bytes() -> None:
    assert dict(files()) == dict(files())


@pytest.mark.parametrize(
    ("board", "panel", "shown"), PANELS, ids=lambda value: str(getattr(value, "key", value))[:40]
)
def test_every_panel_has_words_unit_and_place(board: Written, panel: Panel, shown: dict[str, Any]) -> None:
    assert shown["title"] == panel.title.to(board.tongue)
    assert len(shown["description"]) > 15
    place = shown["gridPos"]
    assert place["x"] + place["w"] <= 24
    if panel.kind is Kind.WORDS:
        return
    assert shown["fieldConfig"]["defaults"]["unit"] in UNITS
    assert shown["fieldConfig"]["defaults"]["thresholds"]["steps"]
    for column in panel.columns:
        assert column.unit in UNITS
    (*targets,) = shown["targets"]
    assert targets
    for target in targets:
        assert target["datasource"]["uid"] in {"${store}", "${metrics}"}
        assert ("rawSql" in target) == (panel.sql is not None)


@pytest.mark.parametrize("board", WRITTEN, ids=str)
def test_panels_do_not_overlap_and_stand_in_the_order_of_reading(board: Written) -> None:
    """Grafana stacks panels in this order on a phone."""
    taken: set[tuple[int, int]] = set()
    before = (-1, -1)
    for panel in board.content["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
        assert (place["y"], place["x"]) > before
        before = (place["y"], place["x"])


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.key)
def test_gaps_show_beside_every_count(board: Board) -> None:
    if any(panel.counts for panel in board.panels):
        assert "unheard" in {panel.key for panel in board.panels}
        assert "gaps" in {panel.key for panel in board.panels}
    assert "shared/gap_regions" in {each.sql for each in board.annotations}
    counted = {"mentions", "volume_hourly", "sentiment_hourly"}
    for panel in board.panels:
        if panel.sql and panel.kind is not Kind.TABLE:
            reads = set(re.findall(r"FROM (\w+)", panel.query())) & counted
            assert panel.counts or not reads, f"{panel.key} counts {reads}"


@pytest.mark.parametrize("board", WRITTEN, ids=str)
def test_links_lead_to_boards_that_exist_and_keep_the_time(board: Written) -> None:
    uids = {each.content["uid"] for each in WRITTEN}
    assert len(uids) == len(WRITTEN)
    heads = board.content["links"]
    assert len(heads) == len(BOARDS)
    for link in heads:
        assert link["url"].removeprefix("/d/") in uids
        assert link["keepTime"]
        assert link["includeVars"]
    assert heads[-1]["url"].endswith({"en": "-fr", "fr": "-en"}[board.tongue]), "and to the other language"
    for url in re.findall(r'"url": "(/d/[^"?]+)', _text(board.content)):
        assert url.removeprefix("/d/") in uids
    for query in re.findall(r'"url": "/d/[^"?]+\?([^"]+)', _text(board.content)):
        assert "var-watch=" in query
        assert "from=" in query or "${__url_time_range}" in query


def _text(content: object) -> str:
    return json.dumps(content)


def _texts(board: Board) -> list[Text]:
    found = [board.title, board.description]
    found += [each.title for each in board.variables]
    found += [each.name for each in board.annotations]
    for part in board.parts:
        if isinstance(part, Section):
            found.append(part.title)
            continue
        found += [part.title, part.description, *filter(None, (part.may_be_empty, part.words))]
        found += [metric.legend for metric in part.metrics]
        for column in part.columns:
            found += [column.title, *(word.text for word in (column.words or {}).values())]
    return found


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.key)
def test_every_text_is_there_in_both_languages(board: Board) -> None:
    for text in _texts(board):
        assert bool(text.en) == bool(text.fr)
        if len(text.en) > 25:
            assert text.en != text.fr
        assert (
            not re.search(r"[^\s ][;!?]", text.fr.replace("&", "")) or "`" in text.fr or "http" in text.fr
        ), text.fr


def test_prometheus_panels_name_only_metrics_that_exist() -> None:
    exposed = exposed_names()
    named = {
        name
        for board in BOARDS
        for panel in board.panels
        for metric in panel.metrics
        for name in re.findall(r"\bvigie_\w+", metric.promql)
    }
    assert named
    assert named <= exposed, named - exposed


def exposed_names() -> set[str]:
    """As a scrape spells them: a counter ends in _total, a histogram has three series."""
    names: set[str] = set()
    for metric in vars(declared).values():
        describe = getattr(metric, "describe", None)
        if describe is None or isinstance(metric, type):
            continue
        for family in describe():
            suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(
                family.type, ("",)
            )
            names |= {family.name + suffix for suffix in suffixes}
    return names


def test_every_signal_severity_and_state_has_its_words() -> None:
    """A code that has none would stand on a board as it stands in the store, in English."""
    assert set(words.SIGNALS) == set(Signal)
    assert set(words.SEVERITIES) == set(Severity)
    assert set(words.STATES) == set(IncidentState)
    assert set(IncidentEvent) <= set(words.EVENTS)


COLOURS: Final = re.compile(r"#[0-9A-Fa-f]{6}")


def test_only_colours_of_the_palette_are_used() -> None:
    for each in WRITTEN:
        assert set(COLOURS.findall(_text(each.content))) <= set(palette.ALL)


# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
BLINDNESS: Final = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def _linear(colour: str) -> tuple[float, ...]:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return tuple(p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)


def _lab(rgb: tuple[float, ...]) -> tuple[float, float, float]:
    """CIE L*a*b*, D65."""
    r, g, b = (min(max(part, 0.0), 1.0) for part in rgb)
    x = (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    z = (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


@pytest.mark.parametrize("blindness", [None, *BLINDNESS])
def test_levels_are_told_apart_by_everybody(blindness: str | None) -> None:
    """A difference of 2.3 is just noticeable; neighbours on a wall need several times that."""
    levels = (palette.CALM, palette.UNHEARD, palette.INFO, palette.WARNING, palette.CRITICAL)
    for one, other in combinations(levels, 2):
        seen = []
        for colour in (one, other):
            rgb = _linear(colour)
            if blindness is not None:
                rgb = tuple(sum(w * p for w, p in zip(row, rgb, strict=True)) for row in BLINDNESS[blindness])
            seen.append(_lab(rgb))
        assert math.dist(*seen) > 12, (one, other)


def test_a_level_is_never_a_colour_alone() -> None:
    columns: list[Column] = [column for board in BOARDS for panel in board.panels for column in panel.columns]
    for column in columns:
        words = [word for word in (column.words or {}).values() if word.colour]
        for tongue in Tongue:
            said = [word.text.to(tongue) for word in words]
            assert len(set(said)) == len(said)
            assert all(said)
