"""The connectors of one process: what the watches file says they are, and again whenever it changes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import orjson

from connectors.base import Clock, Connector, Named, SystemClock
from connectors.cursor import CursorStore
from connectors.errors import SecretMissing
from connectors.listen import Deliver, run
from connectors.mention import Gap, Mention, Page
from connectors.registry import CONNECTORS, Surroundings, build
from models.query import Matcher, Query, compile_queries
from models.text import normalise
from streams import metrics
from streams.errors import UsageError
from streams.watches import Watches

Change = Callable[[], Awaitable[None]]

# The platforms that filter before they send: other queries are another subscription.
FILTERING: Final = frozenset({"x"})

# Whom a process listens to is kept with its cursors, under this name and the section's.
LISTENED: Final = "listened"


@dataclass(slots=True)
class _Ear:
    connector: Connector
    task: asyncio.Task[None]


class _Left(NamedTuple):
    """A connector that the file names no more."""

    name: str
    platform: str


class Listening:
    """Runs connectors, each in a task of its own; `follow` is called with the file, and with every newer one.

    `state` is the folder for what must outlive the process, `folder` that of the watches file, and
    `only` names the sections that are this process's.
    """

    def __init__(
        self,
        deliver: Deliver,
        cursors: CursorStore,
        *,
        state: Path,
        folder: Path,
        only: Collection[str] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._deliver = deliver
        self._cursors = cursors
        self._state = state
        self._folder = folder
        self._sections = tuple(CONNECTORS if only is None else only)
        self._clock = clock or SystemClock()
        self._ears: dict[str, list[_Ear]] = {}
        self._signs: dict[str, str | None] = {}
        self._matcher: Matcher | None = None
        self._heard_until: dict[str, datetime] = {}
        self.fault: Final[asyncio.Future[None]] = asyncio.get_running_loop().create_future()
        """Done once a connector ended, which only a fault of ours or of the store makes it do."""

    @property
    def names(self) -> list[str]:
        return [ear.connector.name for ears in self._ears.values() for ear in ears]

    async def follow(self, watches: Watches) -> None:
        """Listen to what the file says. A section that says what it said goes on undisturbed.

        Of a connector that was listened to, by this process or by one before it, and is not any more a last
        gap is told: decisions would wait for its word for ever.

        Raises:
            UsageError: something that a section needs is missing; nothing was changed.
        """
        await self.prepare(watches)()

    def prepare(self, watches: Watches) -> Change:
        """What it returns makes us follow the file. Until then no platform hears of it; it may be dropped.

        Raises:
            UsageError: something that a section needs is missing.
        """
        signs = {name: _sign(name, watches) for name in self._sections}
        # At first all of them: an earlier process may have listened where the file says nothing any more.
        changed = [name for name in self._sections if signs[name] != self._signs.get(name, "")]
        made = self._built(watches, changed)
        return partial(self._change, watches, signs, made)

    async def _change(
        self, watches: Watches, signs: dict[str, str | None], made: Mapping[str, Sequence[Connector]]
    ) -> None:
        self._matcher = None if watches.keep_unmatched else compile_queries(_queries(watches))
        left: dict[str, list[_Left]] = {}
        for name in made:
            await self._stop(self._ears.pop(name, []))
            before, now = self._listened(name), {each.name: each.platform for each in made[name]}
            left[name] = [_Left(*each) for each in before.items() if each[0] not in now]
            self._keep(name, before | now)
            self._ears[name] = [self._start(connector) for connector in made[name]]
        self._signs = signs
        metrics.touch(connectors=self.names)
        for name in made:
            for each in left[name]:
                await self._take_leave(each)
            self._keep(name, {each.name: each.platform for each in made[name]})

    async def close(self) -> None:
        await self._stop([ear for ears in self._ears.values() for ear in ears])
        self._ears.clear()
        self.fault.cancel()

    def _built(self, watches: Watches, sections: Sequence[str]) -> dict[str, list[Connector]]:
        around = Surroundings(
            queries=_queries(watches),
            wanted=self._wanted,
            state=self._state,
            folder=self._folder,
            clock=self._clock,
        )
        try:
            return {name: build(watches.connectors, around, only=[name]) for name in sections}
        except (SecretMissing, ValueError) as error:
            raise UsageError(str(error)) from None

    async def _take_leave(self, left: _Left) -> None:
        now = self._clock.now()
        gap = Gap(
            connector=left.name,
            platform=left.platform,
            from_at=min(self._heard_until.pop(left.name, now), now),
            until_at=now,
            reason="left out: the watches file names it no more",
        )
        await self._deliver(left, Page(items=(gap,)))
        metrics.forget(left.name)

    def _listened(self, section: str) -> dict[str, str]:
        """The names that the section had when it was followed last, and their platforms."""
        saved = self._cursors.load(f"{LISTENED}:{section}")
        return {} if saved is None else dict(orjson.loads(saved))

    def _keep(self, section: str, names: Mapping[str, str]) -> None:
        if names != self._listened(section):
            self._cursors.save(f"{LISTENED}:{section}", orjson.dumps(names).decode())

    def _wanted(self, mention: Mention) -> bool:
        """Whether a watch could match: worth asking the platform who wrote it."""
        return self._matcher is None or bool(self._matcher.candidates([normalise(mention.text)])[0])

    def _start(self, connector: Connector) -> _Ear:
        task = asyncio.create_task(run(connector, self._cursors, self._heard, clock=self._clock))
        task.add_done_callback(self._ended)
        return _Ear(connector, task)

    async def _heard(self, connector: Named, page: Page) -> None:
        metrics.heard(connector.name, page)
        if page.covers is not None:
            self._heard_until[connector.name] = page.covers[1]
        await self._deliver(connector, page)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or self.fault.done():
            return
        error = task.exception()
        if error is None:
            self.fault.set_result(None)
        else:
            self.fault.set_exception(error)

    async def _stop(self, ears: Sequence[_Ear]) -> None:
        for ear in ears:
            ear.task.cancel()
        await asyncio.gather(*(ear.task for ear in ears), return_exceptions=True)
        for ear in ears:
            await ear.connector.close()


def _queries(watches: Watches) -> dict[str, Query]:
    return {watch.name: watch.parsed for watch in watches.watches}


def _sign(name: str, watches: Watches) -> str | None:
    """Changes where the section does, or what its platform is asked for."""
    section = getattr(watches.connectors, name)
    if section is None:
        return None
    asked = [f"{watch.name}: {watch.parsed}" for watch in watches.watches] if name in FILTERING else []
    return "\n".join([section.model_dump_json(), *asked])
