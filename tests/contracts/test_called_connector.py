"""The webhook is called instead of calling: what is asked of every connector, as its senders see it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr

from connectors.mention import Mention, Retraction
from connectors.webhook import Accepted, sign, webhook_app
from tests.servers.timewarp import BEGIN, WarpClock, run_warped

SECRET = SecretStr("a-secret-that-nobody-may-see")
Line = Mention | Retraction


class Hook:
    """The webhook before a store that fails as told, and a sender that repeats what was not accepted."""

    def __init__(self, clock: WarpClock, session: aiohttp.ClientSession) -> None:
        self.clock, self.session = clock, session
        self.held: dict[str, int] = {}
        self.troubles = 0
        self.slow_s = 0.0
        self.url = ""
        self.runner: web.AppRunner | None = None

    async def accept(self, _: str, lines: list[Line]) -> Accepted:
        await asyncio.sleep(self.slow_s)
        if self.troubles:
            self.troubles -= 1
            raise ConnectionError("the store is down")
        fresh = [line for line in lines if str(line.native_id) not in self.held]
        for line in lines:
            self.held[str(line.native_id)] = self.held.get(str(line.native_id), 0) + 1
        return Accepted(len(fresh), len(lines) - len(fresh))

    async def start(self) -> None:
        app = webhook_app(self.accept, SECRET, clock=self.clock)
        self.runner = web.AppRunner(app, shutdown_timeout=2, access_log=None)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}/ingest/forum"

    async def stop(self) -> None:
        assert self.runner is not None
        await self.runner.cleanup()

    async def send(self, *numbers: int, key: str, text: str = "le pont") -> int:
        line = {"platform": "forum", "text": text, "created_at": BEGIN.isoformat()}
        body = json.dumps({"mentions": [line | {"native_id": str(number)} for number in numbers]}).encode()
        moment = str(int(self.clock.now().timestamp()))
        signed = {"X-Timestamp": moment, "X-Signature-256": sign(SECRET, moment, body)}
        async with self.session.post(
            self.url, data=body, headers=signed | {"Idempotency-Key": key}
        ) as answer:
            return answer.status

    async def insist(self, *numbers: int, key: str) -> None:
        while True:
            with suppress(aiohttp.ClientError):
                if await self.send(*numbers, key=key) == 202:
                    return
            await self.clock.sleep(5)


Body = Callable[[Hook], Any]


@pytest.fixture
def hooked() -> Callable[[Body], None]:
    @asynccontextmanager
    async def standing(clock: WarpClock) -> AsyncIterator[Hook]:
        async with aiohttp.ClientSession() as session:
            hook = Hook(clock, session)
            await hook.start()
            try:
                yield hook
            finally:
                await hook.stop()

    def runner(body: Body) -> None:
        async def main(clock: WarpClock) -> None:
            async with standing(clock) as hook:
                await body(hook)

        run_warped(main)

    return runner


def test_it_accepts_only_what_is_stored_and_nothing_is_lost_over_a_restart(
    hooked: Callable[[Body], None],
) -> None:
    async def body(hook: Hook) -> None:
        hook.troubles = 3
        assert await hook.send(1, key="a") == 503
        assert not hook.held, "nothing was promised"
        sending = asyncio.ensure_future(hook.insist(1, 2, key="a"))
        await hook.clock.sleep(1)
        await hook.stop()
        await hook.clock.sleep(60)
        await hook.start()
        await sending
        assert set(hook.held) == {"1", "2"}

    hooked(body)


def test_repeats_are_harmless(hooked: Callable[[Body], None]) -> None:
    async def body(hook: Hook) -> None:
        for _ in range(3):
            assert await hook.send(1, 2, key="same") == 202
        assert hook.held == {"1": 1, "2": 1}, "the first answer came again"
        assert await hook.send(3, key="same") == 409
        assert await hook.send(1, 2, key="another") == 202, "the ids say that they are the same"

    hooked(body)


def test_it_stops_at_once_and_what_is_under_way_is_answered(hooked: Callable[[Body], None]) -> None:
    async def body(hook: Hook) -> None:
        hook.slow_s = 1.0
        sending = asyncio.ensure_future(hook.send(1, key="a"))
        await hook.clock.sleep(0.5)
        began = hook.clock.now()
        await hook.stop()
        assert hook.clock.now() - began < timedelta(seconds=3)
        assert await sending == 202
        assert set(hook.held) == {"1"}
        await hook.start()

    hooked(body)


def test_neither_secret_nor_text_is_logged(
    hooked: Callable[[Body], None], caplog: pytest.LogCaptureFixture
) -> None:
    async def body(hook: Hook) -> None:
        hook.troubles = 1
        await hook.send(1, key="a", text="un mot reconnaissable")
        await hook.send(2, key="b", text="un mot reconnaissable")
        await hook.session.post(hook.url, data=b"{", headers={"X-Signature-256": "sha256=00"})

    with caplog.at_level(logging.DEBUG):
        hooked(body)
    shown = " ".join(record.getMessage() for record in caplog.records)
    assert SECRET.get_secret_value() not in shown
    assert "reconnaissable" not in shown
