"""From a definition to Grafana's JSON, through Grafana's own foundation SDK."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from grafana_foundation_sdk.builders import bargauge, common, stat, statushistory, table, text, timeseries
from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.builders import prometheus as prometheus_builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.text import TextMode

from dashboards import palette
from dashboards.define import (
    Annotation,
    Board,
    Column,
    Draw,
    Kind,
    Panel,
    Section,
    Step,
    Variable,
    Word,
    read,
)
from dashboards.query import STORE_TYPE, AnnotationQuery, StoreQuery
from dashboards.tongue import Tongue

STORE: Final = model.DataSourceRef(type_val=STORE_TYPE, uid="${store}")
METRICS: Final = model.DataSourceRef(type_val="prometheus", uid="${metrics}")
RANKED: Final = (
    palette.BLUE,
    palette.ORANGE,
    palette.GREEN,
    palette.PURPLE,
    palette.SKY,
    palette.VERMILION,
    palette.YELLOW,
    palette.GREY,
)
# They have every method in common that is used here, and no base class that says so.
AnyPanel = Any


def to_json(board: Board, tongue: Tongue, boards: Sequence[Board]) -> str:
    """The file of one board in one language; the same definition gives the same bytes."""
    built = _board(board, tongue, boards).build()
    return json.dumps(built, cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _board(board: Board, tongue: Tongue, boards: Sequence[Board]) -> build.Dashboard:
    made = (
        build.Dashboard(board.title.to(tongue))
        .uid(board.uid(tongue))
        .description(board.description.to(tongue))
        .tags(["vigie", f"vigie-{tongue}"])
        .readonly()
        .timezone("browser")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .time(board.span, "now")
        .refresh(board.refresh)
    )
    made = made.with_variable(_source("store", STORE_TYPE))
    if any(panel.metrics for panel in board.panels):
        made = made.with_variable(_source("metrics", "prometheus"))
    for variable in board.variables:
        made = made.with_variable(_variable(variable, tongue))
    for annotation in board.annotations:
        made = made.annotation(_annotation(annotation, tongue))
    for other in boards:
        if other is not board:
            made = made.link(_link(other, tongue))
    made = made.link(_own_link(board, tongue))
    for part in board.parts:
        if isinstance(part, Section):
            made = made.with_row(build.Row(part.title.to(tongue)))
        else:
            made = made.with_panel(_panel(part, tongue))
    return made


def _source(name: str, kind: str) -> build.DatasourceVariable:
    return build.DatasourceVariable(name).type(kind).hide(model.VariableHide.HIDE_VARIABLE)


def _variable(variable: Variable, tongue: Tongue) -> build.QueryVariable | build.TextBoxVariable:
    if variable.sql is None:
        return build.TextBoxVariable(variable.name).label(variable.title.to(tongue)).default_value("")
    made = (
        build.QueryVariable(variable.name)
        .label(variable.title.to(tongue))
        .datasource(STORE)
        .query(read(variable.sql))
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
    )
    if variable.several:
        everything = {Tongue.EN: "All", Tongue.FR: "Toutes"}[tongue]
        chosen = model.VariableOption(text=[everything], value=["$__all"], selected=True)
        made = made.multi(True).include_all(True).current(chosen)
    return made


def _annotation(annotation: Annotation, tongue: Tongue) -> build.AnnotationQuery:
    made = (
        build.AnnotationQuery()
        .name(annotation.name.to(tongue))
        .datasource(STORE)
        .enable(True)
        .icon_color(annotation.colour)
    )
    made.build().target = AnnotationQuery(read(annotation.sql))
    return made


def _link(to: Board, tongue: Tongue) -> build.DashboardLink:
    """The time and the watch are kept."""
    return (
        build.DashboardLink(to.title.to(tongue))
        .type(model.DashboardLinkType.LINK)
        .url(f"/d/{to.uid(tongue)}")
        .tooltip(to.description.to(tongue))
        .icon("dashboard")
        .keep_time(True)
        .include_vars(True)
    )


def _own_link(board: Board, tongue: Tongue) -> build.DashboardLink:
    """To the same board in the other language."""
    other = Tongue.EN if tongue is Tongue.FR else Tongue.FR
    return (
        build.DashboardLink({Tongue.EN: "English", Tongue.FR: "Français"}[other])
        .type(model.DashboardLinkType.LINK)
        .url(f"/d/{board.uid(other)}")
        .tooltip(board.description.to(other))
        .icon("external link")
        .keep_time(True)
        .include_vars(True)
    )


def _panel(panel: Panel, tongue: Tongue) -> AnyPanel:
    made: AnyPanel = {
        Kind.TILES: _tiles,
        Kind.SERIES: _series,
        Kind.STRIPES: _stripes,
        Kind.BARS: _bars,
        Kind.TABLE: _table,
        Kind.WORDS: _words,
    }[panel.kind](panel, tongue)
    made = (
        made.title(panel.title.to(tongue))
        .description(panel.description.to(tongue))
        .span(panel.width)
        .height(panel.height)
    )
    if panel.kind is Kind.WORDS:
        return made
    made = made.unit(panel.unit).thresholds(_thresholds(panel.steps))
    if panel.may_be_empty is not None:
        made = made.no_value(panel.may_be_empty.to(tongue))
    if panel.step is not None:
        made = made.interval(panel.step)
    for column in panel.columns:
        made = made.override_by_name(column.name, _properties(column, panel, tongue))
    if panel.metrics:
        made = made.datasource(METRICS)
        for letter, metric in zip("ABCD", panel.metrics, strict=False):
            made = made.with_target(
                prometheus_builder.Dataquery()
                .expr(metric.promql)
                .legend_format(metric.legend.to(tongue))
                .ref_id(letter)
                .datasource(METRICS)
            )
        return made
    series = panel.kind in (Kind.SERIES, Kind.STRIPES)
    return made.datasource(STORE).with_target(StoreQuery(panel.query(), series=series))


def _tiles(panel: Panel, _tongue: Tongue) -> AnyPanel:
    reduce = common.ReduceDataOptions().calcs(["lastNotNull"]).values(panel.tile_a_row).fields("")
    return (
        stat.Panel()
        .reduce_options(reduce)
        .color_mode(
            options.BigValueColorMode.BACKGROUND_SOLID if _coloured(panel) else options.BigValueColorMode.NONE
        )
        .graph_mode(options.BigValueGraphMode.NONE)
        .justify_mode(options.BigValueJustifyMode.CENTER)
        .text_mode(
            options.BigValueTextMode.VALUE_AND_NAME
            if len(panel.columns) > 1
            else options.BigValueTextMode.VALUE
        )
        .color_scheme(build.FieldColor().mode(model.FieldColorModeId.THRESHOLDS))
    )


def _coloured(panel: Panel) -> bool:
    return bool(panel.steps) or any(column.steps or column.words for column in panel.columns)


def _series(panel: Panel, _tongue: Tongue) -> AnyPanel:
    made = (
        timeseries.Panel()
        .legend(
            common.VizLegendOptions()
            .display_mode(options.LegendDisplayMode.LIST)
            .placement(options.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(
            common.VizTooltipOptions()
            .mode(options.TooltipDisplayMode.MULTI)
            .sort(options.SortOrder.DESCENDING)
        )
        .min(0)
        .line_width(2)
        .fill_opacity(0)
        .show_points(options.VisibilityMode.NEVER)
        .span_nulls(False)
        .color_scheme(build.FieldColor().mode(model.FieldColorModeId.PALETTE_CLASSIC_BY_NAME))
    )
    if panel.steps:
        made = made.thresholds_style(
            common.GraphThresholdsStyleConfig().mode(options.GraphThresholdsStyleMode.DASHED)
        )
    if panel.long:
        for rank, colour in enumerate(RANKED, start=1):
            made = made.override_by_regexp(f"/^{rank} · /", [_property("color", _fixed(colour))])
    return made


def _stripes(_panel: Panel, _tongue: Tongue) -> AnyPanel:
    return (
        statushistory.Panel()
        .show_value(options.VisibilityMode.NEVER)
        .row_height(0.9)
        .fill_opacity(90)
        .line_width(0)
        .legend(common.VizLegendOptions().show_legend(False))
        .color_scheme(build.FieldColor().mode(model.FieldColorModeId.THRESHOLDS))
    )


def _bars(_panel: Panel, _tongue: Tongue) -> AnyPanel:
    return (
        bargauge.Panel()
        .reduce_options(common.ReduceDataOptions().values(True).calcs([]).fields(""))
        .orientation(options.VizOrientation.HORIZONTAL)
        .display_mode(options.BarGaugeDisplayMode.BASIC)
        .show_unfilled(False)
        .min(0)
        .color_scheme(build.FieldColor().mode(model.FieldColorModeId.FIXED).fixed_color(palette.BLUE))
    )


def _table(_panel: Panel, _tongue: Tongue) -> AnyPanel:
    return table.Panel().cell_height(options.TableCellHeight.SM).show_header(True)


def _words(panel: Panel, tongue: Tongue) -> AnyPanel:
    assert panel.words is not None
    return text.Panel().mode(TextMode.MARKDOWN).content(panel.words.to(tongue))


def _thresholds(steps: Sequence[Step]) -> build.ThresholdsConfig:
    shown = steps or (Step(None, palette.BLUE),)
    return (
        build.ThresholdsConfig()
        .mode(model.ThresholdsMode.ABSOLUTE)
        .steps([model.Threshold(value=step.at, color=step.colour) for step in shown])
    )


def _property(name: str, value: object) -> model.DynamicConfigValue:
    return model.DynamicConfigValue(id_val=name, value=value)


def _fixed(colour: str) -> dict[str, str]:
    return {"mode": "fixed", "fixedColor": colour}


def _properties(column: Column, panel: Panel, tongue: Tongue) -> list[model.DynamicConfigValue]:
    """Titles are display names, so that one SQL serves both languages."""
    made = [_property("displayName", column.title.to(tongue))]
    if column.hidden:
        # The second spelling is that of newer Grafanas; each ignores the other's.
        return [*made, _property("custom.hidden", True), _property("custom.hideFrom", {"viz": True})]
    if column.unit != "none":
        made.append(_property("unit", column.unit))
    if column.decimals is not None:
        made.append(_property("decimals", column.decimals))
    if column.colour is not None:
        made.append(_property("color", _fixed(column.colour)))
    if column.steps:
        made.append(_property("thresholds", _thresholds(column.steps).build()))
    if column.words is not None:
        made.append(_property("mappings", [_mapping(column.words, tongue)]))
        if panel.kind is Kind.TABLE and any(word.colour for word in column.words.values()):
            made.append(_property("custom.cellOptions", {"type": "color-text"}))
    if column.width is not None:
        made.append(_property("custom.width", column.width))
    if column.link is not None:
        link = {"title": column.title.to(tongue), "url": column.link.replace("{tongue}", tongue)}
        made.append(_property("links", [link | {"targetBlank": not link["url"].startswith("/")}]))
    if panel.kind is Kind.SERIES:
        made += _drawn(column, panel, tongue)
    return made


def _mapping(words: Any, tongue: Tongue) -> model.ValueMap:
    def result(index: int, word: Word) -> model.ValueMappingResult:
        return model.ValueMappingResult(text=word.text.to(tongue), color=word.colour, index=index)

    return model.ValueMap(options={code: result(i, word) for i, (code, word) in enumerate(words.items())})


def _drawn(column: Column, panel: Panel, tongue: Tongue) -> list[model.DynamicConfigValue]:
    if column.draw is Draw.BARS:
        made = [
            _property("custom.drawStyle", "bars"),
            _property("custom.fillOpacity", 75),
            _property("custom.lineWidth", 0),
        ]
        if panel.stacked:
            made.append(_property("custom.stacking", {"mode": "normal", "group": "A"}))
        return made
    made = []
    if column.draw is Draw.DASHED:
        made.append(_property("custom.lineStyle", {"fill": "dash", "dash": [8, 6]}))
    if column.fill_to is not None:
        made.append(_property("custom.fillBelowTo", panel.column(column.fill_to).title.to(tongue)))
        made.append(_property("custom.fillOpacity", 15))
    return made
