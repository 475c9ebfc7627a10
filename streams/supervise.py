"""Worker processes, kept alive: started, started again after a crash, drained on SIGTERM.

A worker that ends before it ever was ready has nothing to go on from: its sentence and exit code are
passed on. Later it is started again whatever it ended with, since its last commit stands.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

log = logging.getLogger(__name__)

APPS: Final = ("main", "persist", "notify")
"""The applications of a worker."""

WAITS_S: Final = (0.5, 1, 2, 5, 10)
STEADY_S: Final = 30.0
"""A worker that lived this long was well: the next failure is the first of its row again."""

READY_VARIABLE: Final = "VIGIE_READY_FD"
LIFELINE_VARIABLE: Final = "VIGIE_LIFELINE_FD"
RESTARTS_VARIABLE: Final = "VIGIE_RESTARTS"


@dataclass(frozen=True, slots=True)
class Spec:
    """A process to keep alive."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]


class Supervisor:
    """`await run()` returns the exit code once all workers have ended."""

    def __init__(self, specs: Sequence[Spec]) -> None:
        self._specs = specs
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._stopping = asyncio.Event()
        self._code = 0

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, self._told_to_stop)
        try:
            async with asyncio.TaskGroup() as group:
                for spec in self._specs:
                    group.create_task(self._keep(spec))
        finally:
            for sign in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(sign)
        return self._code

    def _told_to_stop(self) -> None:
        if self._stopping.is_set():
            log.warning("told twice: stopping at once; what was not committed will be done again")
            self._code = 130
            self._signal(signal.SIGKILL)
            return
        log.info("stopping: finishing what is being done (once more stops at once)")
        self._stop()

    def _stop(self) -> None:
        self._stopping.set()
        self._signal(signal.SIGTERM)

    def _signal(self, sign: signal.Signals) -> None:
        for process in self._processes.values():
            if process.returncode is None:
                process.send_signal(sign)

    async def _keep(self, spec: Spec) -> None:
        restarts = failures = 0
        was_ready = False
        while not self._stopping.is_set():
            began = time.monotonic()
            ready, code = await self._live(spec, restarts)
            was_ready = was_ready or ready
            if self._stopping.is_set():
                return
            if not was_ready:
                self._code = code if code > 0 else 1
                self._stop()
                return
            failures = 0 if time.monotonic() - began >= STEADY_S else failures
            wait_s = WAITS_S[min(failures, len(WAITS_S) - 1)]
            failures += 1
            restarts += 1
            log.warning("%s ended with %d: again in %.1f s", spec.name, code, wait_s)
            try:
                async with asyncio.timeout(wait_s):
                    await self._stopping.wait()
            except TimeoutError:
                pass

    async def _live(self, spec: Spec, restarts: int) -> tuple[bool, int]:
        """One life of a worker: (whether it became ready, exit code)."""
        ready_read, ready_write = os.pipe()
        lifeline_read, lifeline_write = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *spec.command,
                env={
                    **spec.environment,
                    READY_VARIABLE: str(ready_write),
                    LIFELINE_VARIABLE: str(lifeline_read),
                    RESTARTS_VARIABLE: str(restarts),
                },
                pass_fds=(ready_write, lifeline_read),
                # A terminal's Ctrl-C reaches the group: the workers hear of it from us alone.
                start_new_session=True,
            )
            self._processes[spec.name] = process
            os.close(ready_write)
            ready_write = -1
            if self._stopping.is_set():
                process.terminate()
            code = await process.wait()
            return os.read(ready_read, 1) == b"+", code
        finally:
            for descriptor in (ready_read, ready_write, lifeline_read, lifeline_write):
                if descriptor >= 0:
                    os.close(descriptor)


def tell_ready() -> None:
    """A worker says that everything it needs is there."""
    descriptor = os.environ.pop(READY_VARIABLE, None)
    if descriptor is not None:
        os.write(int(descriptor), b"+")
        os.close(int(descriptor))


def end_with_supervisor() -> None:
    """Stop as on SIGTERM when the supervisor is gone, so that no worker outlives it unseen."""
    descriptor = os.environ.pop(LIFELINE_VARIABLE, None)
    if descriptor is None:
        return

    def wait() -> None:
        os.read(int(descriptor), 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


def restarts_so_far() -> int:
    return int(os.environ.get(RESTARTS_VARIABLE, "0"))
