"""Who calls a webhook whose process is killed: every batch is sent until there is a 202."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Protocol

import aiohttp
from pydantic import SecretStr

from connectors.webhook import sign
from tests.servers.up import until

SECRET: Final = SecretStr("only-for-tests")
LINES: Final = 5


class Called(Protocol):
    """Processes one after the other; `webhook` is where the newest is called, but for the sender's name."""

    starts: int
    webhook: str

    async def start(self) -> None: ...

    async def end(self, how: signal.Signals) -> int: ...


@dataclass(slots=True)
class Sender:
    """Sends batch after batch, each until it is accepted.

    `accepted` has the start that answered each, and `cut_off` how often one was under way when nobody was
    there any more.
    """

    name: str
    up: Called
    session: aiohttp.ClientSession
    accepted: dict[str, int] = field(default_factory=dict)
    cut_off: Counter[str] = field(default_factory=Counter)

    def batch(self, key: str) -> bytes:
        at = datetime.now(UTC).isoformat()
        ids = [f"{key}-{number}" for number in range(LINES)]
        lines = [
            {"platform": "forum", "native_id": each, "text": f"le pont, {each}", "created_at": at}
            for each in ids
        ]
        return json.dumps({"mentions": lines}).encode()

    async def send(self, key: str, body: bytes) -> dict[str, int]:
        """The answer of 202, whatever it takes."""
        while True:
            start, at = self.up.starts, str(int(time.time()))
            headers = {"X-Timestamp": at, "X-Signature-256": sign(SECRET, at, body), "Idempotency-Key": key}
            try:
                async with self.session.post(
                    f"{self.up.webhook}/{self.name}", data=body, headers=headers
                ) as response:
                    answer: dict[str, int] = await response.json()
                    assert response.status == 202, answer
                    self.accepted[key] = start
                    return answer
            except aiohttp.ClientConnectionError as error:
                # Nobody there is no answer lost: it is sent again until somebody is.
                if not isinstance(error, aiohttp.ClientConnectorError):
                    self.cut_off[key] += 1
                await asyncio.sleep(0.05)

    async def send_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            key = f"{self.name}-{len(self.accepted)}"
            await self.send(key, self.batch(key))


async def send_through_kills(
    called: Called, senders: Sequence[Sender], rng: random.Random, *, kills: int, between: tuple[int, int]
) -> None:
    """All go on while it is killed, each time once so many more batches as `between` are accepted."""
    stop = asyncio.Event()

    def accepted() -> int:
        return sum(len(sender.accepted) for sender in senders)

    async def accept_more(count: int) -> None:
        enough = accepted() + count
        await until(lambda: accepted() >= enough, "more is accepted")

    async with asyncio.TaskGroup() as sending:
        for sender in senders:
            sending.create_task(sender.send_until(stop))
        for _ in range(kills):
            await accept_more(rng.randint(*between))
            await asyncio.sleep(rng.uniform(0, 0.1))
            await called.end(signal.SIGKILL)
            await called.start()
        await accept_more(8)
        stop.set()
