"""The plugin's macros, as its README documents them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dashboards.macros import Shown, UnknownMacroError, expand

# The README's own examples.
SHOWN = Shown(datetime.fromtimestamp(1415792726.123, UTC), datetime.fromtimestamp(1447328726.456, UTC), 20)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("$__timeFilter(time)", "time >= toDateTime(1415792726) AND time <= toDateTime(1447328726)"),
        (
            "$__timeFilter_ms(time)",
            (
                "time >= fromUnixTimestamp64Milli(1415792726123) "
                "AND time <= fromUnixTimestamp64Milli(1447328726456)"
            ),
        ),
        ("$__timeInterval(column)", "toStartOfInterval(toDateTime(column), INTERVAL 20 second)"),
        ("$__fromTime < $__toTime", "toDateTime(1415792726) < toDateTime(1447328726)"),
        ("$__interval_s", "20"),
        ("IN (${watch:singlequote})", "IN ('a','b\\'c')"),
        ("position(text, ${words:singlequote})", "position(text, '')"),
    ],
)
def test_expands_as_documented(sql: str, expected: str) -> None:
    assert expand(sql, SHOWN, {"watch": ["a", "b'c"], "words": ""}) == expected


@pytest.mark.parametrize(
    "sql", ["$__timeGroup(x)", "$watch", "${watch}", "${other:singlequote}", "$__fromTimeX"]
)
def test_what_the_plugin_would_not_know_is_an_error(sql: str) -> None:
    with pytest.raises(UnknownMacroError):
        expand(sql, SHOWN, {"watch": "a"})


def test_a_value_is_not_expanded_again() -> None:
    assert expand("${watch:singlequote}", SHOWN, {"watch": "$__toTime"}) == "'$__toTime'"


def test_an_interval_is_never_less_than_a_second() -> None:
    shown = Shown(SHOWN.from_at, SHOWN.to_at, 0)
    assert expand("$__interval_s", shown, {}) == "1"
