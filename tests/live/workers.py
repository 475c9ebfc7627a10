"""Workers as an operator runs them, for tests that kill them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import orjson
from pydantic import SecretStr

from streams.lag import lags
from streams.settings import PREFIX, Settings
from streams.store.open import open_store

View = list[dict[str, object]]

VIEWS = (
    "SELECT * FROM mentions ORDER BY ALL",
    "SELECT * FROM volume_hourly ORDER BY ALL",
    "SELECT * FROM sentiment_hourly ORDER BY ALL",
    "SELECT * FROM incidents ORDER BY ALL",
    "SELECT * FROM incident_log ORDER BY ALL",
    "SELECT * FROM shadow_incident_log ORDER BY ALL",
    "SELECT * FROM gaps ORDER BY ALL",
    "SELECT * FROM planned ORDER BY ALL",
    # `at` is when the letter was written, by whichever process: the rest is the same.
    "SELECT origin, position, reason, hex(raw) AS raw FROM dead_letters ORDER BY ALL",
)


def environment(settings: Settings, watches: Path, store: Path | str) -> dict[str, str]:
    """The settings as an operator gives them; `store` is a folder or a URL."""
    values: dict[str, object] = settings.model_dump(exclude_defaults=True)
    values |= {"watches": watches, "store": store if isinstance(store, str) else f"chdb://{store}"}
    values |= {
        name: value.get_secret_value() for name, value in values.items() if isinstance(value, SecretStr)
    }
    ours = {PREFIX + name.upper(): str(value) for name, value in values.items() if value is not None}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return inherited | ours


@dataclass
class Workers:
    """One `vigie worker` with its processes."""

    log: Path
    _process: subprocess.Popen[bytes] = field(repr=False)

    @classmethod
    def start(cls, settings: Settings, watches: Path, store: Path | str, log: Path, *arguments: str) -> Self:
        with log.open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "streams.cli", "worker", *arguments],
                env=environment(settings, watches, store),
                stdout=out,
                stderr=out,
                cwd=Path(__file__).parents[2],
            )
        return cls(log, process)

    def children(self) -> Mapping[str, int]:
        """Name to process id of the applications that are up."""
        try:
            text = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        except FileNotFoundError:
            return {}
        found: dict[str, int] = {}
        for child in map(int, text.split()):
            try:
                words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            except FileNotFoundError:
                continue
            if b"--child" in words:
                found[words[words.index(b"--child") + 1].decode()] = child
        return found

    def kill(self, name: str) -> bool:
        """SIGKILL one application; False where it is not up just now."""
        child = self.children().get(name)
        if child is None:
            return False
        os.kill(child, signal.SIGKILL)
        return True

    def ready(self, name: str, times: int = 1) -> None:
        """Wait until the application said so, this often in all."""
        until(lambda: self.log.read_text().count(f"{name} INFO ready\n") >= times, 90, f"{name} ready")

    def signal(self, sign: signal.Signals) -> None:
        self._process.send_signal(sign)

    def wait(self) -> int:
        return self._process.wait(timeout=60)

    def stop(self) -> int:
        """Drain, as systemd and Kubernetes do."""
        self._process.send_signal(signal.SIGTERM)
        return self.wait()

    def end(self) -> None:
        """For a test that failed: leave nothing behind."""
        if self._process.poll() is None:
            for child in self.children().values():
                os.kill(child, signal.SIGKILL)
            self._process.kill()
            self._process.wait(timeout=30)


def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for a condition, looking ten times a second."""
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.1)


def behind(settings: Settings, group: str | None = None) -> int:
    """Of all groups, or of one."""
    return sum(each.behind for each in lags(settings) if group in (None, each.group))


def drained(settings: Settings, seconds: float = 180) -> None:
    """Wait until every group has committed everything, twice in a row: stages feed each other."""
    calm = 0

    def looked() -> bool:
        nonlocal calm
        calm = calm + 1 if behind(settings) == 0 else 0
        return calm >= 3

    until(looked, seconds, "everything committed")


def views(store: Path) -> dict[str, View]:
    """What people see, in an order of its own."""
    opened = open_store(f"chdb://{store}", create=False)
    try:
        found: dict[str, View] = {}
        for query in VIEWS:
            answer = opened.select(query, format="JSONEachRow")
            view = query.split(" FROM ")[1].split()[0]
            found[view] = [orjson.loads(line) for line in answer.splitlines()]
        return found
    finally:
        opened.close()


def assert_same(ours: Mapping[str, View], theirs: Mapping[str, View]) -> None:
    """Every view equal; of the first row that is not, the columns that differ are shown."""
    for view, rows in theirs.items():
        mine = ours[view]
        for number, (one, other) in enumerate(zip(mine, rows, strict=False)):
            differing = {name: (one[name], other[name]) for name in one if one[name] != other[name]}
            assert not differing, f"{view}, row {number}, {one.get('id', one)}: {differing}"
        assert len(mine) == len(rows), f"{view}: {len(mine)} rows and {len(rows)}"
