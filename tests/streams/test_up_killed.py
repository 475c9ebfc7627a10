"""`kill -9` of `vigie up` while it is called: a 202 means stored, and what is sent again is stored once."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from pathlib import Path

import aiohttp
import pytest

from streams.store.open import open_store
from tests.servers.sender import LINES, SECRET, Sender, send_through_kills
from tests.servers.up import CALLED, Up

pytest.importorskip("chdb", reason="the embedded store needs chDB: pip install 'vigie[embedded]'")

# Three in the tests; a soak sets more.
KILLS = int(os.environ.get("VIGIE_SOAK_KILLS", "3"))
SENDERS = 4
WATCHES = """\
version: 1
watches: [{name: pont, query: pont}]
connectors:
  webhook: {path: /ingest, secret_env: HOOK_SECRET, requests_a_minute: 60000}
"""


async def killed_again_and_again(folder: Path) -> tuple[set[str], int, list[dict[str, int]]]:
    """Ids of what was sent, requests cut off under way, and the answers to batches that were sent again."""
    rng = random.Random(6)
    up = Up(folder, CALLED, {"HOOK_SECRET": SECRET.get_secret_value()})
    (folder / "watches.yaml").write_text(WATCHES)
    try:
        await up.start()
        async with aiohttp.ClientSession() as session:
            senders = [Sender(f"mairie-{number}", up, session) for number in range(SENDERS)]
            await send_through_kills(up, senders, rng, kills=KILLS, between=(1, 20))
            sent = {f"{key}-{line}" for one in senders for key in one.accepted for line in range(LINES)}
            again = [
                await sender.send(key, sender.batch(key))
                for sender in senders
                for key, start in list(sender.accepted.items())
                if start < up.starts
            ]
        assert await up.end(signal.SIGTERM) == 0
    finally:
        await up.end(signal.SIGKILL)
    return sent, sum(sender.cut_off.total() for sender in senders), again


def test_called_and_killed_again_and_again_nothing_is_lost_or_stored_twice(tmp_path: Path) -> None:
    sent, cut_off, again = asyncio.run(killed_again_and_again(tmp_path))
    assert cut_off, "it was only killed between calls"
    assert len(again) >= KILLS
    lost = [each for each in again if (each["accepted"], each["duplicates"]) != (0, LINES)]
    assert not lost, "accepted before a kill, and new after it"
    store = open_store(f"chdb://{tmp_path / 'store'}", create=False)
    try:
        held = [native_id for (native_id,) in store.query("SELECT id FROM mentions")]
        assert len(held) == len(set(held))
        assert set(held) == {f"forum:{each}" for each in sent}
        assert store.query("SELECT sum(mentions) FROM volume_hourly WHERE watch = 'pont'") == [(len(sent),)]
    finally:
        store.close()
