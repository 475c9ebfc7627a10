"""The pictures: every board in both languages, well formed, with what the officer must see on them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from dashboards import palette
from dashboards.boards import BOARDS
from dashboards.preview.__main__ import main
from dashboards.preview.figures import colour_at, figure, ink
from dashboards.preview.paper import Paper, cut
from dashboards.tongue import Tongue
from streams.store.open import open_store
from tests.dashboards.filled_store import END, START, fill

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("preview")
    url = f"chdb://{folder / 'store'}"
    store = open_store(url, clock=lambda: datetime(2026, 6, 1, tzinfo=UTC))
    store.migrate()
    fill(store)
    store.close()
    span = ("--from", f"{START:%Y-%m-%d %H:%M:%S}", "--until", f"{END:%Y-%m-%d %H:%M:%S}")
    answer = CliRunner().invoke(main, ["--store", url, "--out", str(folder / "out"), *span])
    assert answer.exit_code == 0, answer.output
    return folder / "out"


def texts(path: Path) -> list[str]:
    sheet = ElementTree.parse(path).getroot()  # noqa: S314 - our own file
    return [each.text or "" for each in sheet.iter(f"{SVG}text")]


def test_every_board_is_drawn_for_wall_and_phone_in_both_languages(drawn: Path) -> None:
    there = {str(path.relative_to(drawn)) for path in drawn.rglob("*.svg")}
    assert there == {f"{t}/{b.key}-{w}.svg" for t in Tongue for b in BOARDS for w in ("wall", "phone")}
    for path in drawn.rglob("*.svg"):
        sheet = ElementTree.parse(path).getroot()  # noqa: S314 - our own file
        width = float(sheet.get("width", "0"))
        for mark in sheet.iter(f"{SVG}rect"):
            assert float(mark.get("x", "0")) + float(mark.get("width", "0")) <= width + 1, path.name


@pytest.mark.parametrize(("tongue", "words"), [("en", "■ CRITICAL"), ("fr", "■ CRITIQUE")])
def test_the_wall_says_the_level_in_words(drawn: Path, tongue: str, words: str) -> None:
    said = texts(drawn / tongue / "lookout-wall.svg")
    assert words in said
    assert said[0].startswith("Vigie · ")


@pytest.mark.parametrize(("tongue", "words"), [("en", "Planned events"), ("fr", "Événements prévus")])
def test_the_stretches_behind_the_charts_are_named(drawn: Path, tongue: str, words: str) -> None:
    for width in ("wall", "phone"):
        path = drawn / tongue / f"crisis_room-{width}.svg"
        assert words in texts(path)
        sheet = ElementTree.parse(path).getroot()  # noqa: S314 - our own file
        shades = [each for each in sheet.iter(f"{SVG}rect") if each.get("fill-opacity") == "0.16"]
        assert sum(each.get("fill") == palette.PLANNED for each in shades) >= 2, "two events on each chart"


def test_hostile_text_is_drawn_as_text(drawn: Path) -> None:
    path = drawn / "en" / "crisis_room-wall.svg"
    assert any("<script>alert(1)</script>" in text for text in texts(path))
    assert "<script" not in path.read_text(encoding="utf-8")


def test_times_below_a_chart_do_not_overlap(drawn: Path) -> None:
    for path in drawn.rglob("*.svg"):
        sheet = ElementTree.parse(path).getroot()  # noqa: S314 - our own file
        ends: dict[str, float] = {}
        for each in sheet.iter(f"{SVG}text"):
            if re.fullmatch(r"(\d\d[-/]\d\d )?\d\d:\d\d", said := each.text or ""):
                width, x = len(said) * 6.0, float(each.get("x", "0"))
                left = x - width * {"start": 0, "middle": 0.5, "end": 1}[each.get("text-anchor", "start")]
                assert left >= ends.get(each.get("y", ""), 0), (path.name, said)
                ends[each.get("y", "")] = left + width


def test_a_store_without_anything_in_that_time_is_a_sentence(tmp_path: Path) -> None:
    store = open_store(f"chdb://{tmp_path / 'store'}")
    store.migrate()
    store.close()
    span = ("--from", "2026-01-01", "--until", "2026-01-02")
    answer = CliRunner().invoke(main, ["--store", f"chdb://{tmp_path / 'store'}", *span])
    assert answer.exit_code == 1
    assert "nothing in that time" in answer.output


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "en", "fr"),
    [
        (None, "short", None, "–", "–"),
        (12, "short", None, "12", "12"),
        (2140, "short", None, "2.1 K", "2,1 k"),
        (0.714, "percentunit", 0, "71%", "71\u202f%"),
        (1234567, "none", None, "1,234,567", "1\u202f234\u202f567"),
        (10, "m", None, "10 min", "10 min"),
        (90, "m", None, "1.5 h", "1,5 h"),
        (172_800, "s", None, "2.0 d", "2,0 j"),
        (START, "dateTimeAsLocal", None, "2026-03-02 00:00", "02/03/2026 00:00"),
    ],
)
def test_figures_read_as_in_grafana(value: object, unit: str, decimals: int | None, en: str, fr: str) -> None:
    assert figure(value, unit, decimals, Tongue.EN) == en
    assert figure(value, unit, decimals, Tongue.FR) == fr


def test_a_threshold_is_reached_from_its_value_on() -> None:
    steps = BOARDS[0].panels[3].steps
    found: Sequence[str] = [colour_at(value, steps) for value in (0, 0.49, 0.5, 1, 1.99, 2)]
    grey, sky, orange, red = palette.GREY, palette.SKY, palette.ORANGE, palette.VERMILION
    assert found == [grey, grey, sky, orange, orange, red]


def test_letters_are_readable_on_every_colour() -> None:
    for colour in palette.ALL:
        assert ink(colour) in {"#111111", "#ffffff"}
    assert ink(palette.YELLOW) == "#111111"
    assert ink("#000000") == "#ffffff"


def test_text_is_cut_to_its_room_and_escaped() -> None:
    assert cut("a" * 100, 57, 10) == "a" * 9 + "…"
    paper = Paper()
    paper.text(0, 0, "<&>")
    assert "&lt;&amp;&gt;" in paper.svg(10, 10)
