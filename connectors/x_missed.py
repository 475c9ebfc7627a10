"""What one connection to X missed, looked for beside it: the stream waits for no answer of the search."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Final

from connectors.backoff import delay_s
from connectors.base import Clock
from connectors.errors import ConnectorError, Refused
from connectors.http import Http
from connectors.x_search import DAYS, Found, RecentSearch, Span, reachable

log = logging.getLogger(__name__)

# The search takes no end within the last 10 s, and finds a post some seconds after it was written.
SEARCHED_AFTER_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Searched:
    """There is nothing left to look for. `lost` is what could not be had, with the reasons."""

    lost: tuple[tuple[Span, str], ...]


class Missed:
    """One span of time. Make it when the connection opens, close it when the connection breaks.

    To ask for `news` says that the last news were given on. What was found and not given on when this is
    closed is found again by the next one.
    """

    def __init__(
        self, search: RecentSearch, http: Http, span: Span, headers: Mapping[str, str], clock: Clock
    ) -> None:
        self._search = search
        self._http = http
        self._missing = span
        self._headers = headers
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._due_s = self._loop.time() + SEARCHED_AFTER_S
        self._tries = 0
        self._lost: tuple[tuple[Span, str], ...] = ()
        self._pages: AsyncGenerator[Found, None] | None = None
        self._next: asyncio.Future[Found | None] | None = None
        self.span = span
        """What is asked for: as much of it as the search goes back."""

    def news(self) -> Found | Searched | None:
        """What has been found meanwhile; None: nothing yet. It waits for nothing."""
        if self._pages is None:
            return self._begin() if self._loop.time() >= self._due_s else None
        if self._next is None:
            self._next = asyncio.ensure_future(anext(self._pages, None))
        if not self._next.done():
            return None
        answer, self._next = self._next, None
        try:
            found = answer.result()
        except Refused as error:
            return Searched((*self._lost, (self.span, f"not to be had from X's search: {error}")))
        except ConnectorError as error:
            self._tries += 1
            wait_s = max(SEARCHED_AFTER_S, delay_s(error, self._tries))
            log.warning("x: %s; searched again in %.0f s", error, wait_s)
            self._pages, self._due_s = None, self._loop.time() + wait_s
            return None
        return Searched(self._lost) if found is None else found

    def _begin(self) -> Searched | None:
        span = reachable(self._missing, self._clock.now())
        start, end = self._missing
        older = end if span is None else span[0]
        self._lost = (((start, older), f"X's search goes back {DAYS.days} days"),) if older > start else ()
        if span is None:
            return Searched(self._lost)
        self.span = span
        self._pages = self._search.pages(self._http, span, self._headers)
        self._next = asyncio.ensure_future(anext(self._pages, None))
        return None

    async def close(self) -> None:
        if self._next is not None:
            self._next.cancel()
            await asyncio.gather(self._next, return_exceptions=True)
        if self._pages is not None:
            await self._pages.aclose()
