"""A real Alertmanager of this machine, which tells a local server what it would tell a person."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from tests.servers.hook import HookServer

_CONFIG = """
route: {{receiver: hook, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}}
receivers:
  - name: hook
    webhook_configs: [{{url: '{url}', send_resolved: true}}]
"""


def binary() -> str:
    """Where it is; skips with the way to get it, and fails in CI, which installs it."""
    for name in ("prometheus-alertmanager", "alertmanager"):
        if found := shutil.which(name):
            return found
    sentence = "no Alertmanager here: install it with `apt-get install prometheus-alertmanager`"
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)


class Alertmanager:
    def __init__(self, folder: Path) -> None:
        self._binary = binary()
        self._folder = folder
        self._port = _free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.told = HookServer()
        self._process: subprocess.Popen[bytes] | None = None

    def alerts(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.url}/api/v2/alerts", timeout=5) as answer:  # noqa: S310 - of this machine
            found: list[dict[str, Any]] = json.loads(answer.read())
        return found

    def notices(self) -> list[tuple[str, str]]:
        """(status, incident) of each alert in each notice, in order."""
        return [
            (alert["status"], alert["labels"]["incident"])
            for request in self.told.requests
            for alert in json.loads(request.body)["alerts"]
        ]

    def __enter__(self) -> Self:
        self.told.__enter__()
        config = self._folder / "alertmanager.yml"
        config.write_text(_CONFIG.format(url=self.told.url), encoding="utf-8")
        self._process = subprocess.Popen(
            [
                self._binary, f"--config.file={config}", f"--storage.path={self._folder}",
                f"--web.listen-address=127.0.0.1:{self._port}", "--cluster.listen-address=",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + 20
        while not _ready(self.url):
            assert self._process.poll() is None, "Alertmanager ended while starting"
            assert time.monotonic() < deadline, "Alertmanager did not become ready"
            time.sleep(0.05)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(10)
        self.told.__exit__(kind, error, trace)


def _ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/-/ready", timeout=1):  # noqa: S310 - of this machine
            return True
    except (urllib.error.URLError, OSError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
