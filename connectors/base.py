"""What a connector is: a name, a platform, and pages after a cursor.

A connector is a pure `parse` and either a thin `fetch` (`Polled`) or a stream of pages
over one connection (`Streamed`). It knows no retry, no waiting and no store: `connectors.listen` has
those once for all.

A cursor means: everything up to and including the last item of the page that carried it was read.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar, Protocol, runtime_checkable

from connectors.mention import Mention, Page


class Clock(Protocol):
    """Time as the edge sees it. Waits follow the event loop, so that a test can hold both."""

    def now(self) -> datetime: ...

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What `vigie connectors check` shows: `problem` is a sentence, None where all is well."""

    connector: str
    problem: str | None = None
    notes: tuple[str, ...] = ()
    mentions: tuple[Mention, ...] = field(default=())

    @property
    def ok(self) -> bool:
        return self.problem is None


class Named(Protocol):
    """Who a page comes from. `name` is unique among those that run, and a metric's label."""

    @property
    def name(self) -> str: ...

    @property
    def platform(self) -> str: ...


class Source(Named, Protocol):
    """What every connector has. `advice` says what a person does about a status with which the platform
    refuses us.
    """

    advice: ClassVar[Mapping[int, str]]

    async def close(self) -> None: ...


@runtime_checkable
class Polled(Source, Protocol):
    """Asks now and then. The page says when to wake it again (`next_after_s`)."""

    async def fetch(self, cursor: str | None) -> Page:
        """What came after `cursor`; None asks from the beginning of what the platform still has.

        Raises:
            ConnectorError: nothing was fetched and the cursor stands where it was.
        """
        ...


@runtime_checkable
class Streamed(Source, Protocol):
    """Holds one connection."""

    def stream(self, cursor: str | None) -> AsyncGenerator[Page, None]:
        """Pages over one connection, from its opening until it breaks; an end is a break.

        The first page comes as soon as it is open, with or without items. Silence on a living
        connection gives pages without items, whose `covers` moves on.

        Raises:
            ConnectorError: the connection is gone; the last page's cursor is where to resume.
        """
        ...


Connector = Polled | Streamed
