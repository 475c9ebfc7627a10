"""`vigie up` as processes one after the other over one store, to be started, asked and killed."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp

ASKED: Final = re.compile(r"^SQL: (\S+) ", re.MULTILINE)
CALLED: Final = re.compile(r"^webhook: (\S+)/SOURCE\n", re.MULTILINE)
HEARD: Final = re.compile(r"^listening: (\S+)\n", re.MULTILINE)


async def until(happened: Callable[[], bool], what: str, within_s: float = 90) -> None:
    try:
        async with asyncio.timeout(within_s):
            # What is waited for is in another process: there is no one event to wait for.
            while not happened():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"never: {what}") from None


@dataclass(slots=True)
class Up:
    """Reads `watches.yaml` of `folder`, where its store is too. It listens once it has said `ready`."""

    folder: Path
    ready: re.Pattern[str]
    environ: Mapping[str, str]
    starts: int = 0
    webhook: str = ""
    """Where senders call, but for their name: of the newest start, up or not."""
    _process: asyncio.subprocess.Process | None = field(init=False, default=None)

    @property
    def store(self) -> str:
        return f"chdb://{self.folder / 'store'}"

    async def start(self) -> None:
        """Returns once it listens."""
        self.starts += 1
        with self._log.open("wb") as out:
            self._process = process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "streams.cli", "up", "--watches", str(self.folder / "watches.yaml")),
                *("--store", self.store, "--port", "0"),
                env={**os.environ, **self.environ, "VIGIE_SQL_PORT": "0"},
                stderr=out,
            )
        await until(
            lambda: self._said(self.ready) is not None or process.returncode is not None, "it listens"
        )
        assert process.returncode is None, self._log.read_text()
        self.webhook = self._said(CALLED) or ""

    async def end(self, how: signal.Signals) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(how)
        return await asyncio.wait_for(self._process.wait(), 90)

    def reload(self) -> None:
        """Have it read its file again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def said(self) -> str:
        """All that the newest start said, so far."""
        return self._log.read_text()

    async def ask(self, sql: str) -> list[str]:
        """The lines of the answer to a question in SQL."""
        address = self._said(ASKED)
        assert address is not None
        async with aiohttp.ClientSession() as session, session.post(address, data=sql) as response:
            text = await response.text()
            assert response.status == 200, text
            return text.splitlines()

    @property
    def _log(self) -> Path:
        return self.folder / f"up-{self.starts}.log"

    def _said(self, what: re.Pattern[str]) -> str | None:
        found = what.search(self._log.read_text())
        return None if found is None else found[1]
