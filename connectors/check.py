"""`vigie connectors check`: credentials, reachability, and a few posts as they would come in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from connectors.base import CheckResult, Connector, Polled
from connectors.errors import ConnectorError, Refused
from connectors.mention import Mention, Page

WANTED: Final = 5
SECONDS: Final = 20.0


async def check(connector: Connector, *, wanted: int = WANTED, seconds: float = SECONDS) -> CheckResult:
    """Ask once, from no cursor, and stop at `wanted` mentions or after `seconds`. Nothing is stored.

    A platform that answers and says nothing in that time is fine, and a note says so.
    """
    mentions: list[Mention] = []
    notes: list[str] = []
    reached = False
    try:
        async with asyncio.timeout(seconds):
            async with aclosing(_pages(connector)) as pages:
                async for page in pages:
                    reached = True
                    mentions += [item for item in page.items if isinstance(item, Mention)]
                    if page.malformed:
                        notes.append(f"{len(page.malformed)} could not be read: {page.malformed[0].reason}")
                    if len(mentions) >= wanted:
                        break
    except TimeoutError:
        if not reached:
            return CheckResult(connector=connector.name, problem=f"no answer within {seconds:.0f} s")
    except ConnectorError as error:
        return CheckResult(connector=connector.name, problem=_said(connector, error), notes=tuple(notes))
    if not mentions:
        notes.append("it answers, and had nothing to say meanwhile")
    return CheckResult(connector=connector.name, notes=tuple(notes), mentions=tuple(mentions[:wanted]))


async def _pages(connector: Connector) -> AsyncGenerator[Page, None]:
    """A poll or two (a folder gives a file a page), or one connection."""
    if isinstance(connector, Polled):
        page = await connector.fetch(None)
        yield page
        while page.next_after_s == 0:
            page = await connector.fetch(page.cursor)
            yield page
        return
    async with aclosing(connector.stream(None)) as pages:
        async for page in pages:
            yield page


def _said(connector: Connector, error: ConnectorError) -> str:
    """The sentence; the connector knows what to do about what its platform refuses."""
    known = connector.advice.get(error.status) if isinstance(error, Refused) and error.status else None
    return f"{error}: {known}" if known else str(error)
