"""Open HTTP responses that a server writes to as things happen, and that misbehave as told."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Lines:
    """Whoever is connected. `beat` is written after `every_s` of silence."""

    beat: bytes
    every_s: float
    rng: random.Random
    _open: list[tuple[asyncio.Queue[bytes | None], web.Request]] = field(default_factory=list)
    _stalled: list[asyncio.Queue[bytes | None]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._open)

    def send(self, raw: bytes) -> None:
        for queue, _ in self._open:
            queue.put_nowait(raw)

    def stall(self) -> None:
        """Whoever is connected now hears nothing more, and the line stays open."""
        self._stalled = [queue for queue, _ in self._open]

    def hang_up(self, *, rudely: bool) -> None:
        for queue, request in list(self._open):
            if rudely and request.transport is not None:
                request.transport.abort()
            queue.put_nowait(None)

    async def write(
        self, request: web.Request, response: web.StreamResponse, begin: Callable[[], Iterable[bytes]]
    ) -> None:
        """Keep the response open until somebody hangs up; `begin` is asked once nothing new can be missed."""
        await response.prepare(request)
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._open.append((queue, request))
        for piece in begin():
            queue.put_nowait(piece)
        try:
            while True:
                try:
                    async with asyncio.timeout(self.every_s):
                        raw = await queue.get()
                except TimeoutError:
                    raw = self.beat
                if raw is None:
                    break
                if queue in self._stalled:
                    continue
                # In two pieces, wherever that may cut.
                cut = self.rng.randrange(len(raw) + 1)
                for half in (raw[:cut], raw[cut:]):
                    if half:
                        await response.write(half)
        except ConnectionError:
            pass
        finally:
            self._open.remove((queue, request))
