"""How a command asks a store that another process may hold: itself, or through that process's endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

from streams import configured
from streams.endpoint import address
from streams.endpoint.access import Access
from streams.endpoint.client import EndpointClient
from streams.settings import Settings
from streams.store.base import ReadLimits, Store
from streams.store.embedded import directory_of
from streams.store.errors import StoreHeld


def limits_of(settings: Settings) -> ReadLimits:
    return ReadLimits(
        seconds=settings.sql_seconds, memory_bytes=settings.sql_memory_mb << 20, rows=settings.sql_rows
    )


def access_of(settings: Settings) -> Access:
    return Access(user=settings.sql_user, password=settings.sql_password)


@contextmanager
def asking(settings: Settings) -> Iterator[Store | EndpointClient]:
    """The store to read, opened and closed; or the process that holds it, where that one answers.

    Raises:
        StoreHeld: another process has it and does not answer.
    """
    with ExitStack() as opened:
        try:
            asker: Store | EndpointClient = opened.enter_context(
                configured.store_of(settings, create=False, limits=limits_of(settings))
            )
        except StoreHeld as held:
            asker = _beside(configured.store_url_of(settings), held, access_of(settings))
        yield asker


def _beside(url: str, held: StoreHeld, access: Access) -> EndpointClient:
    """The process that holds the store, where it answers; otherwise it is held, and that is all."""
    there = (
        address.published(directory_of(url), held.holder) if urlsplit(url).scheme.lower() == "chdb" else None
    )
    if there is None:
        raise held
    return EndpointClient(there, access)
