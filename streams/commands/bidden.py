"""What a live command waits for: to be stopped, to read its file again, or a fault."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import click

from streams.errors import VigieError
from streams.listening import Change
from streams.settings import Settings
from streams.watches import Watches
from streams.watches_file import WatchesError, load_watches


class Bidden:
    """The signals of one process, from its making on. Make it inside the running event loop."""

    def __init__(self) -> None:
        self._stop = asyncio.Event()
        self._reload = asyncio.Event()
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, self._reload.set)

    async def until_stopped(self, parts: Sequence[asyncio.Future[Any]]) -> None:
        """Return once told to stop; a part that ends before that has a fault, which is raised."""
        stopping: asyncio.Future[Any] = asyncio.ensure_future(self._stop.wait())
        try:
            ended, _ = await asyncio.wait([stopping, *parts], return_when=asyncio.FIRST_COMPLETED)
            for fault in ended - {stopping}:
                fault.result()
        finally:
            stopping.cancel()
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)

    async def reloading(self, settings: Settings, accept: Callable[[Watches], Awaitable[Change]]) -> None:
        """For ever: hand on the watches file whenever SIGHUP asks for it, as far as it is right.

        `accept` raises a `VigieError` where it cannot, and has changed nothing then. What it returns is
        done next; what goes wrong there ends the process, since the next one begins with the new file.
        """
        while True:
            await self._reload.wait()
            self._reload.clear()
            try:
                watches = load_watches(Path(settings.watches or ""))
                change = await accept(watches)
            except (WatchesError, VigieError) as error:
                click.echo(f"vigie: the old watches stay in force: {error}", err=True)
                continue
            await change()
            click.echo(f"watches read again: configuration {watches.config_hash}", err=True)
