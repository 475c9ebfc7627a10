"""What a board is, without Grafana's words for it: panels over SQL files, in two languages.

`dashboards.grafana` turns this into JSON, `dashboards.preview` into pictures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from dashboards.tongue import Text, Tongue

SQL: Final = Path(__file__).with_name("sql")


class Kind(StrEnum):
    """How a panel shows what its query brings.

    TILES: one big figure a column of the only row; with `tile_a_row`, one tile a row, named by its
    first column. SERIES: first column `time`, then a line a column; with `long`, columns `time`,
    `name`, `value` and a line a name, which begins with its rank. STRIPES: the same columns, a row a name
    and a cell a time. BARS: `name`, `value`, longest first.
    """

    TILES = "tiles"
    SERIES = "series"
    STRIPES = "stripes"
    BARS = "bars"
    TABLE = "table"
    WORDS = "words"


class Draw(StrEnum):
    LINE = "line"
    DASHED = "dashed"
    BARS = "bars"


@dataclass(frozen=True, slots=True)
class Word:
    """What stands in place of a code, and its colour."""

    text: Text
    colour: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """From `at` on (None: from below), this colour."""

    at: float | None
    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the query's result, as it is shown. `unit` is Grafana's id of one.

    `fill_to` names the column below down to which the space is filled; `link` is an address with
    Grafana's own placeholders. `hidden` ones are there for the links of others.
    """

    name: str
    title: Text
    unit: str = "none"
    decimals: int | None = None
    colour: str | None = None
    draw: Draw = Draw.LINE
    fill_to: str | None = None
    steps: tuple[Step, ...] = ()
    words: Mapping[str, Word] | None = None
    width: int | None = None
    link: str | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Metric:
    """A PromQL query and how its series are called."""

    promql: str
    legend: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """`sql` names a file under `sql/`, without its ending; `metrics` are for Prometheus instead.

    `counts` says that the panel counts mentions, so that gaps must show beside it. `may_be_empty`
    is what no rows mean, in words that stand in their place; None where there must be rows.
    """

    key: str
    kind: Kind
    title: Text
    description: Text
    width: int
    height: int
    sql: str | None = None
    metrics: tuple[Metric, ...] = ()
    columns: tuple[Column, ...] = ()
    unit: str = "none"
    steps: tuple[Step, ...] = ()
    stacked: bool = False
    long: bool = False
    tile_a_row: bool = False
    step: str | None = None
    counts: bool = False
    may_be_empty: Text | None = None
    words: Text | None = None

    def query(self) -> str:
        assert self.sql is not None
        return read(self.sql)

    def column(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"panel {self.key} has no column {name}")


@dataclass(frozen=True, slots=True)
class Section:
    title: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """Rows of `time`, `timeEnd`, `text` and `tags`, drawn over every chart of the board."""

    name: Text
    sql: str
    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A choice at the head of a board; without `sql`, a free text. `several` brings "all" with it."""

    name: str
    title: Text
    sql: str | None = None
    several: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """`key` is the file's name and, with the tongue, its id in Grafana. `span` is the time shown first."""

    key: str
    title: Text
    description: Text
    span: str
    refresh: str
    parts: tuple[Panel | Section, ...]
    variables: tuple[Variable, ...] = ()
    annotations: tuple[Annotation, ...] = ()

    @property
    def panels(self) -> tuple[Panel, ...]:
        return tuple(part for part in self.parts if isinstance(part, Panel))

    def uid(self, tongue: Tongue) -> str:
        return f"vigie-{self.key.replace('_', '-')}-{tongue}"


def read(name: str) -> str:
    """The SQL of a file, without the comment at its head."""
    lines = (SQL / f"{name}.sql").read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("--")).strip()
