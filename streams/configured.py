"""What the settings name, or the sentence that says what is missing: the file, the store, the key."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from streams.errors import UnavailableError, UsageError
from streams.pseudonym import Pseudonymiser
from streams.settings import Settings, SettingsError, load_settings
from streams.store.base import ReadLimits, Store
from streams.store.embedded import directory_of
from streams.store.inbox import take_in
from streams.store.open import open_store
from streams.watches import Watches
from streams.watches_file import WatchesError, load_watches

KEY_FILE: Final = ".vigie/pseudonym.key"


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


def zone_of(settings: Settings) -> ZoneInfo:
    """The watches file's, where one is named."""
    return ZoneInfo("UTC") if settings.watches is None else watches_of(settings).zone


def store_url_of(settings: Settings) -> str:
    if settings.store is None:
        raise UsageError("no store: give --store URL (chdb:///path/to/dir) or set VIGIE_STORE")
    return settings.store


@contextmanager
def store_of(
    settings: Settings, *, create: bool, retention_days: int | None = None, limits: ReadLimits | None = None
) -> Iterator[Store]:
    """The store, migrated where it is ours to create, and closed whatever happens.

    How long texts stay is said by who knows the watches file; the others leave it as it is.
    """
    store = open_store(store_url_of(settings), create=create, retention_days=retention_days, limits=limits)
    try:
        if create:
            store.migrate()
        else:
            store.check_schema()
        take_in(store)
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
