"""What the SDK does not know: a query of the ClickHouse plugin, for a panel and for an annotation."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.dashboard import AnnotationTarget

STORE_TYPE: Final = "grafana-clickhouse-datasource"
PLUGIN_VERSION: Final = "4.5.1"


def _query(sql: str, *, series: bool, ref: str) -> dict[str, object]:
    """`format` 0 lets the plugin turn (time, name, value) into a line a name; 1 is a plain table."""
    return {
        "datasource": {"type": STORE_TYPE, "uid": "${store}"},
        "editorType": "sql",
        "format": 0 if series else 1,
        "pluginVersion": PLUGIN_VERSION,
        "queryType": "timeseries" if series else "table",
        "rawSql": sql,
        "refId": ref,
    }


class StoreQuery(Builder[Dataquery], Dataquery):
    """Its own builder: there is nothing to set but the SQL."""

    def __init__(self, sql: str, *, series: bool) -> None:
        self._payload = _query(sql, series=series, ref="A")

    def build(self) -> StoreQuery:
        return self

    def to_json(self) -> dict[str, object]:
        return self._payload


class AnnotationQuery(AnnotationTarget):
    """The SDK's own carries only the fields of Grafana's built-in source."""

    def __init__(self, sql: str) -> None:
        super().__init__()
        self._payload = _query(sql, series=False, ref="annotation")

    def to_json(self) -> dict[str, object]:
        return self._payload
