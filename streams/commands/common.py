"""What several commands share: their options, and how the parts they need are put together."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import click

from connectors.recorded import Columns
from streams.errors import UnavailableError, UsageError
from streams.pseudonym import Pseudonymiser
from streams.settings import Settings, SettingsError, load_settings
from streams.store.base import Store
from streams.store.embedded import directory_of
from streams.store.open import open_store
from streams.watches import Watches
from streams.watches_file import WatchesError, load_watches

KEY_FILE: Final = ".vigie/pseudonym.key"
_PAIR = re.compile(r"\s*([^=,\s]+)\s*=\s*(.*?)\s*\Z")

store_option = click.option(
    "--store",
    metavar="URL",
    help="chdb:///path/to/dir or clickhouse://user:password@host:9000/db (or VIGIE_STORE)",
)
watches_option = click.option("--watches", metavar="FILE", help="the watches file, YAML (or VIGIE_WATCHES)")
json_option = click.option("--json", "as_json", is_flag=True, help="one JSON object on stdout")


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


def zone_of(settings: Settings) -> ZoneInfo:
    """The watches file's, where one is named."""
    return ZoneInfo("UTC") if settings.watches is None else watches_of(settings).zone


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


def settings_of(**overrides: Any) -> Settings:
    try:
        return load_settings(**overrides)
    except SettingsError as error:
        raise UsageError(str(error)) from None


def watches_of(settings: Settings) -> Watches:
    if settings.watches is None:
        raise UsageError("no watches file: give --watches FILE or set VIGIE_WATCHES")
    try:
        return load_watches(Path(settings.watches))
    except WatchesError as error:
        raise UsageError(str(error)) from None


def store_url_of(settings: Settings) -> str:
    if settings.store is None:
        raise UsageError("no store: give --store URL (chdb:///path/to/dir) or set VIGIE_STORE")
    return settings.store


@contextmanager
def store_of(settings: Settings, *, create: bool, retention_days: int = 365) -> Iterator[Store]:
    """The store, migrated where it is ours to create, and closed whatever happens."""
    store = open_store(store_url_of(settings), create=create, retention_days=retention_days)
    try:
        if create:
            store.migrate()
        else:
            store.check_schema()
        yield store
    finally:
        store.close()


def pseudonymiser_of(settings: Settings) -> Pseudonymiser:
    """Under the key of the settings, or else of the embedded store, made when the store is.

    Raises:
        UsageError: a server's store has no place for a key, and none is set.
    """
    if settings.pseudonym_key is not None:
        return Pseudonymiser(settings.pseudonym_key.get_secret_value().encode())
    url = store_url_of(settings)
    if urlsplit(url).scheme.lower() != "chdb":
        raise UsageError(
            "no pseudonym key: set VIGIE_PSEUDONYM_KEY to a secret of 16 characters or more; "
            "authors are pseudonymised under it before they are stored"
        )
    try:
        return Pseudonymiser(_key_beside(directory_of(url)))
    except ValueError as error:
        raise UnavailableError(
            f"{directory_of(url) / KEY_FILE} is damaged, {error}: bring it back from a copy "
            "(a new key would make everybody somebody else)"
        ) from None


def _key_beside(store: Path) -> bytes:
    path = store / KEY_FILE
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh = path.with_suffix(".new")
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_hex(32))
            fresh.replace(path)
        return path.read_bytes()
    except OSError as error:
        raise UnavailableError(f"the pseudonym key {path} cannot be kept: {error.strerror}") from None
