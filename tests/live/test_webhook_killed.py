"""`kill -9` of `vigie ingest webhook` while it is called: what got its 202 is in the topic, and once."""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from connectors.mention import Mention
from streams.settings import Settings
from tests.generated import WATCHES, watches_file
from tests.live.test_webhook import SECTION, published
from tests.live.workers import environment
from tests.servers.sender import LINES, SECRET, Sender, send_through_kills
from tests.servers.up import until

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

# Three in the tests; a soak sets more.
KILLS: Final = int(os.environ.get("VIGIE_SOAK_KILLS", "3"))
SENDERS: Final = 4
CALLED: Final = re.compile(r"^webhook: (\S+)/SOURCE$", re.MULTILINE)
OFTEN: Final = SECTION.replace("secret_env", "requests_a_minute: 60000, secret_env")


@dataclass(slots=True)
class Ingest:
    """`vigie ingest webhook`, as processes one after the other."""

    settings: Settings
    folder: Path
    starts: int = 0
    webhook: str = ""
    _process: asyncio.subprocess.Process | None = field(init=False, default=None)

    async def start(self) -> None:
        """Returns once it listens."""
        self.starts += 1
        log = self.folder / f"ingest-{self.starts}.log"
        watches = watches_file(self.folder, WATCHES + OFTEN)
        with log.open("wb") as out:
            self._process = process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-W", "ignore", "-m", "streams.cli", "ingest", "webhook", "--port", "0"),
                env=environment(self.settings, watches, self.folder / "store")
                | {"HOOK_SECRET": SECRET.get_secret_value()},
                stdout=out, stderr=out, cwd=Path(__file__).parents[2],
            )  # fmt: skip
        await until(lambda: bool(CALLED.search(log.read_text())) or process.returncode is not None, "listens")
        assert process.returncode is None, log.read_text()
        self.webhook = CALLED.findall(log.read_text())[-1]

    async def end(self, how: signal.Signals) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(how)
        return await asyncio.wait_for(self._process.wait(), 90)


async def killed_again_and_again(ingest: Ingest) -> list[Sender]:
    """Four senders that go on through all kills; each of their batches was accepted in the end."""
    rng = random.Random(8)
    try:
        await ingest.start()
        async with aiohttp.ClientSession() as session:
            senders = [Sender(f"mairie-{number}", ingest, session) for number in range(SENDERS)]
            await send_through_kills(ingest, senders, rng, kills=KILLS, between=(10, 40))
        assert await ingest.end(signal.SIGTERM) == 0
    finally:
        await ingest.end(signal.SIGKILL)
    return senders


def test_called_and_killed_again_and_again_what_got_its_202_is_there_once(
    ready: Settings, tmp_path: Path
) -> None:
    senders = asyncio.run(killed_again_and_again(Ingest(ready, tmp_path)))
    cut_off = Counter[str]()
    for sender in senders:
        cut_off += sender.cut_off
    assert cut_off, "it was only killed between calls"
    there = Counter(record.native_id for record in published(ready) if isinstance(record, Mention))
    batches = [key for sender in senders for key in sender.accepted]
    assert set(there) == {f"{key}-{line}" for key in batches for line in range(LINES)}
    assert len(batches) > 3 * len(cut_off)
    # Whose answer never came cannot know, and sends again: as often as that it may be there once more.
    for key in batches:
        for line in range(LINES):
            assert 1 <= there[f"{key}-{line}"] <= 1 + cut_off[key], key
