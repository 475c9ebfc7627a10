"""An event loop whose clock jumps: real sockets, and an hour of waiting in a moment.

Where the loop would sleep until its next timer, it looks for traffic; if there is none, everybody
really waits, and its clock jumps to that timer. Loopback delivers within the call that sends, so
nothing under way is jumped over. While a thread works for the loop, nothing jumps.
The same idea as the autojump clock of Trio.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_LOOK_S = 0.01
BEGIN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class _Selector(selectors.DefaultSelector):
    skipped_s = 0.0
    working = 0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        if self.working:
            # A thread's result arrives through the loop's own socket and wakes it.
            return super().select(_LOOK_S)
        found = super().select(0)
        if not found:
            self.skipped_s += timeout
        return found


class WarpLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._warp = _Selector()
        super().__init__(self._warp)

    def time(self) -> float:
        return super().time() + self._warp.skipped_s

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        future = super().run_in_executor(executor, func, *args)
        self._warp.working += 1

        def done(_: object) -> None:
            self._warp.working -= 1

        future.add_done_callback(done)
        return future


class WarpClock:
    """The connectors' clock over a `WarpLoop`: begins at `BEGIN` and moves with the loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._zero_s = self._loop.time()

    def now(self) -> datetime:
        return BEGIN + timedelta(seconds=self._loop.time() - self._zero_s)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class StillClock(WarpClock):
    """`BEGIN` for ever, and no loop needed."""

    def __init__(self) -> None:
        pass

    def now(self) -> datetime:
        return BEGIN


def run_warped(main: Callable[[WarpClock], Coroutine[Any, Any, T]]) -> T:
    """Run `main(clock)` on a loop of its own."""

    async def body() -> T:
        return await main(WarpClock())

    with asyncio.Runner(loop_factory=WarpLoop) as runner:
        return runner.run(body())
