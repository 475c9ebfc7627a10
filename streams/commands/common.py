"""What several commands share: their options, and how what was written there is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from connectors.recorded import Columns
from streams.errors import UsageError

_PAIR = re.compile(r"\s*([^=,\s]+)\s*=\s*(.*?)\s*\Z")

store_option = click.option(
    "--store",
    metavar="URL",
    help="chdb:///path/to/dir or clickhouse://user:password@host:9000/db (or VIGIE_STORE)",
)
watches_option = click.option("--watches", metavar="FILE", help="the watches file, YAML (or VIGIE_WATCHES)")
kafka_option = click.option("--kafka", metavar="HOST:PORT", help="bootstrap servers (or VIGIE_KAFKA)")
json_option = click.option("--json", "as_json", is_flag=True, help="JSON on stdout, an object a line")


def columns_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--map and --set: how a file's own columns become mention lines."""
    for option in (
        click.option(
            "--map",
            "mapping",
            multiple=True,
            metavar="NAME=COLUMN,...",
            help="names of the file's own columns: native_id=id,created_at=ts",
        ),
        click.option(
            "--set",
            "constants",
            multiple=True,
            metavar="NAME=VALUE,...",
            help="what lines do not have themselves: platform=x,lang=en",
        ),
    ):
        command = option(command)
    return command


def now() -> datetime:
    """The clock of the command line: the only one that these commands own."""
    return datetime.now(UTC)


def moment_of(option: str, text: str, zone: ZoneInfo) -> datetime:
    """A time that somebody wrote; without an offset it is local to `zone`."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{option} {text!r} is no time: write 2026-03-02 or 2026-03-02T06:00+01:00"
        ) from None
    return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)


def columns_of(mapping: tuple[str, ...], constants: tuple[str, ...]) -> Columns:
    return Columns(_pairs("--map", mapping), _pairs("--set", constants))


def _pairs(option: str, values: tuple[str, ...]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for part in (part for value in values for part in value.split(",") if part.strip()):
        match = _PAIR.match(part)
        if match is None or not match[2]:
            raise UsageError(f"{option} {part!r}: it must be NAME=VALUE, several with commas between")
        pairs[match[1]] = match[2]
    return pairs
