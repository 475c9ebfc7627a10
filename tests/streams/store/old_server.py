"""A real ClickHouse server for wire tests, started on free ports: Debian's, which is as old as 18.16.

The native protocol and HTTP are the real ones; its SQL is too old for our schema, and it is refused.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from clickhouse_driver import Client
from clickhouse_driver import errors as driver

USER, PASSWORD = "vigie", "p@ss/w:rd"

_CONFIG = """\
<yandex>
  <logger><level>error</level><log>{folder}/log</log><errorlog>{folder}/errors</errorlog></logger>
  <http_port>{http_port}</http_port>
  <tcp_port>{port}</tcp_port>
  <listen_host>127.0.0.1</listen_host>
  <path>{folder}/data/</path>
  <tmp_path>{folder}/tmp/</tmp_path>
  <users_config>{folder}/users.xml</users_config>
  <default_profile>default</default_profile>
  <default_database>default</default_database>
  <timezone>UTC</timezone>
  <mark_cache_size>5368709</mark_cache_size>
</yandex>
"""
_USERS = """\
<yandex>
  <profiles>
    <default><max_memory_usage>1000000000</max_memory_usage></default>
    <analyst><readonly>1</readonly></analyst>
  </profiles>
  <users>
    <default>
      <password></password><networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile><quota>default</quota>
    </default>
    <vigie>
      <password>p@ss/w:rd</password><networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile><quota>default</quota>
    </vigie>
    <analyst>
      <password></password><networks><ip>127.0.0.1</ip></networks>
      <profile>analyst</profile><quota>default</quota>
    </analyst>
  </users>
  <quotas><default/></quotas>
</yandex>
"""
MISSING = (
    "no clickhouse-server on this machine: apt-get install clickhouse-server (it need not run; the tests "
    "start their own on free ports)"
)


def installed() -> str | None:
    return shutil.which("clickhouse-server")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def served(folder: Path) -> Iterator[OldServer]:
    """For a fixture: a running server; without one the test skips, and fails in CI."""
    if installed() is None:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    server = OldServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@dataclass(slots=True)
class OldServer:
    folder: Path
    port: int = field(default_factory=free_port)
    http_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    users: str = _USERS
    server: str = "<yandex/>"
    """Merged into the configuration, as a file of config.d is."""
    password: str = PASSWORD

    @property
    def url(self) -> str:
        return f"clickhouse://vigie:p%40ss%2Fw%3Ard@127.0.0.1:{self.port}/default?http_port={self.http_port}"

    def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "users.xml").write_text(self.users, encoding="utf-8")
        (self.folder / "config.d").mkdir(exist_ok=True)
        (self.folder / "config.d" / "more.xml").write_text(self.server, encoding="utf-8")
        config = self.folder / "config.xml"
        config.write_text(
            _CONFIG.format(folder=self.folder, port=self.port, http_port=self.http_port), encoding="utf-8"
        )
        command = installed()
        assert command is not None
        self.process = subprocess.Popen(
            [command, f"--config-file={config}"],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            client = self.client()
            try:
                client.execute("SELECT 1")
            except (OSError, driver.Error, EOFError):
                assert self.process is not None
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise
            else:
                return
            finally:
                client.disconnect()

    def client(self, user: str = USER, password: str | None = None) -> Any:
        secret = self.password if password is None else password
        return Client("127.0.0.1", port=self.port, user=user, password=secret, connect_timeout=1)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=30)
            self.process = None
