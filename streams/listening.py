"""The connectors of one process: what the watches file says they are, and again whenever it changes."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from connectors.base import Clock, Connector, SystemClock
from connectors.cursor import CursorStore
from connectors.errors import SecretMissing
from connectors.listen import Deliver, run
from connectors.mention import Mention, Page
from connectors.registry import CONNECTORS, Surroundings, build
from models.query import Matcher, Query, compile_queries
from models.text import normalise
from streams import metrics
from streams.errors import UsageError
from streams.watches import Watches

# The platforms that filter before they send: other queries are another subscription.
FILTERING: Final = frozenset({"x"})


@dataclass(slots=True)
class _Ear:
    connector: Connector
    task: asyncio.Task[None]


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
        self.fault: Final[asyncio.Future[None]] = asyncio.get_running_loop().create_future()
        """Done once a connector ended, which only a fault of ours or of the store makes it do."""

    @property
    def names(self) -> list[str]:
        return [ear.connector.name for ears in self._ears.values() for ear in ears]

    async def follow(self, watches: Watches) -> None:
        """Listen to what the file says. A section that says what it said goes on undisturbed.

        Raises:
            UsageError: something that a section needs is missing; nothing was changed.
        """
        signs = {name: _sign(name, watches) for name in self._sections}
        changed = [name for name in self._sections if signs[name] != self._signs.get(name)]
        made = self._built(watches, changed)
        self._matcher = None if watches.keep_unmatched else compile_queries(_queries(watches))
        for name in changed:
            await self._stop(self._ears.pop(name, []))
            self._ears[name] = [self._start(connector) for connector in made[name]]
        self._signs = signs
        metrics.touch(connectors=self.names)

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

    def _wanted(self, mention: Mention) -> bool:
        """Whether a watch could match: worth asking the platform who wrote it."""
        return self._matcher is None or bool(self._matcher.candidates([normalise(mention.text)])[0])

    def _start(self, connector: Connector) -> _Ear:
        task = asyncio.create_task(run(connector, self._cursors, self._heard, clock=self._clock))
        task.add_done_callback(self._ended)
        return _Ear(connector, task)

    async def _heard(self, connector: Connector, page: Page) -> None:
        metrics.heard(connector.name, page)
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
