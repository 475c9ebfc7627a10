"""What came before, so that a repeat is not sent on twice; forgotten where it was perhaps never stored."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Hashable
from contextlib import aclosing
from typing import Final, Generic, TypeVar

from connectors.errors import ConnectorError
from connectors.mention import Page
from connectors.pieces import Recent

K = TypeVar("K", bound=Hashable)

MOST: Final = 50_000


class Duplicates(Generic[K]):
    """The keys of the last items that one connector read.

    A page counts as taken once the next one is asked for. After a break of the connection all pages
    were taken, and the listener comes back with the last cursor: the memory holds. Whoever comes
    with any other cursor, or after a stop in the middle of a page, gets everything again.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._keys: Recent[K, None] = Recent(most)
        self._taken: str | None = None

    def first_time(self, key: K) -> bool:
        return self._keys.first_time(key, None)

    async def watch(
        self, cursor: str | None, pages: AsyncGenerator[Page, None]
    ) -> AsyncGenerator[Page, None]:
        """The pages of one connection that resumes at `cursor`, unchanged."""
        if cursor != self._taken:
            self._keys = Recent(self._most)
        taken, self._taken = cursor, None
        try:
            async with aclosing(pages):
                async for page in pages:
                    yield page
                    taken = page.cursor or taken
        except ConnectorError:
            self._taken = taken
            raise
