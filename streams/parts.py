"""The parts that a worker is made of, put together from its settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from streams import configured
from streams.enrich import Enricher, build_enricher
from streams.pseudonym import Pseudonymiser
from streams.settings import Settings
from streams.store.base import Store
from streams.store.open import open_store
from streams.watches import Watches


@dataclass(frozen=True, slots=True)
class Parts:
    settings: Settings
    watches: Watches
    pseudonymiser: Pseudonymiser
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Raises UsageError where the settings or the watches file are wrong."""
        watches = configured.watches_of(settings)
        return cls(settings, watches, configured.pseudonymiser_of(settings))

    @classmethod
    def from_environment(cls) -> Self:
        return cls.of(configured.settings_of())

    def enricher(self) -> Enricher:
        return build_enricher(self.watches, self.pseudonymiser, threads=self.settings.sentiment_threads)

    def store(self) -> Store:
        """The store, its schema up to date: an embedded one is ours to migrate, a server's is not.

        Raises:
            StoreError: it is not reachable, refuses us, or `vigie migrate` has to run first.
        """
        url = configured.store_url_of(self.settings)
        embedded = url.startswith("chdb:")
        store = open_store(url, create=embedded, retention_days=self.watches.retention_days)
        try:
            if embedded:
                store.migrate()
            else:
                store.check_schema()
            store.check_writable()
        except BaseException:
            store.close()
            raise
        return store
