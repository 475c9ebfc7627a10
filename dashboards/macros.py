"""The macros of Grafana's ClickHouse plugin and Grafana's variables, expanded as both document it.

For the tests, the benchmark and the preview: what runs there is what Grafana would send. From the plugin's
README (version 4) and Grafana's "variable syntax"; only what the boards use is known, and anything else is
an error rather than left standing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

_WITH_COLUMN: Final = re.compile(r"\$__(timeFilter_ms|timeFilter|timeInterval)\(([A-Za-z_.]+)\)")
_PLAIN: Final = re.compile(r"\$__(fromTime|toTime|interval_s)\b")
_VARIABLE: Final = re.compile(r"\$\{([A-Za-z_]+):singlequote\}")


class UnknownMacroError(ValueError):
    """Something that begins with `$` and is no macro that the boards may use."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody looks at: a span of time, and how many seconds one point of a chart stands for."""

    from_at: datetime
    to_at: datetime
    interval_s: int = 3600


def expand(sql: str, shown: Shown, variables: Mapping[str, str | Sequence[str]]) -> str:
    """The statement as it reaches ClickHouse.

    Raises:
        UnknownMacroError: a macro that is not known here, or a variable without a value.
    """

    def with_column(match: re.Match[str]) -> str:
        name, column = match.groups()
        if name == "timeInterval":
            return f"toStartOfInterval(toDateTime({column}), INTERVAL {max(shown.interval_s, 1)} second)"
        since, until = (_ms if name.endswith("_ms") else _s)(shown)
        return f"{column} >= {since} AND {column} <= {until}"

    def plain(match: re.Match[str]) -> str:
        since, until = _s(shown)
        return {"fromTime": since, "toTime": until, "interval_s": str(max(shown.interval_s, 1))}[match[1]]

    def value(match: re.Match[str]) -> str:
        if match[1] not in variables:
            raise UnknownMacroError(f"the variable {match[1]} has no value")
        chosen = variables[match[1]]
        values = (chosen,) if isinstance(chosen, str) else chosen
        return ",".join("'" + each.replace("'", "\\'") + "'" for each in values)

    # Variables last: nothing that stands in a value is taken for a macro.
    expanded = _PLAIN.sub(plain, _WITH_COLUMN.sub(with_column, sql))
    if left := re.search(r"\$(?!\{[A-Za-z_]+:singlequote\}).{0,20}", expanded):
        raise UnknownMacroError(f"{left[0]!r} is not known here")
    return _VARIABLE.sub(value, expanded)


def _s(shown: Shown) -> tuple[str, str]:
    return f"toDateTime({int(shown.from_at.timestamp())})", f"toDateTime({int(shown.to_at.timestamp())})"


def _ms(shown: Shown) -> tuple[str, str]:
    return (
        f"fromUnixTimestamp64Milli({int(shown.from_at.timestamp() * 1000)})",
        f"fromUnixTimestamp64Milli({int(shown.to_at.timestamp() * 1000)})",
    )
