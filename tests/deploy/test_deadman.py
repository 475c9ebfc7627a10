"""The dead-man's switch through a real Alertmanager, with the file that is deployed."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.deploy.test_alerting import ALERTMANAGER, for_any_version
from tests.servers.alertmanager import _free_port, binary
from tests.servers.hook import HookServer


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[str, HookServer]]:
    """Alertmanager with alertmanager.paging.yml; every address is the hook, its path the receiver's name."""
    port = _free_port()
    with HookServer() as hook:
        written = for_any_version(ALERTMANAGER / "alertmanager.paging.yml", tmp_path)
        config = yaml.safe_load(written.read_text(encoding="utf-8"))
        for receiver in config["receivers"]:
            receiver["webhook_configs"][0]["url"] = f"{hook.url}/{receiver['name']}"
        # Only the pace is another: a test does not wait a minute.
        for route in (config["route"], *config["route"]["routes"]):
            route |= {"group_wait": "0s", "group_interval": "1s"}
        written.write_text(yaml.safe_dump(config), encoding="utf-8")
        process = subprocess.Popen(
            [
                binary(),
                f"--config.file={written}",
                f"--storage.path={tmp_path}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--cluster.listen-address=",
            ],
            stderr=subprocess.DEVNULL,
        )
        try:
            yield f"http://127.0.0.1:{port}", hook
        finally:
            process.terminate()
            process.wait(timeout=20)


def post(url: str, *alerts: dict[str, str]) -> None:
    body = json.dumps([{"labels": labels} for labels in alerts]).encode()
    ends = time.monotonic() + 30
    while True:
        request = urllib.request.Request(  # noqa: S310 - of this machine
            f"{url}/api/v2/alerts", body, {"Content-Type": "application/json"}
        )
        try:
            urllib.request.urlopen(request, timeout=5).close()  # noqa: S310 - of this machine
        except urllib.error.URLError:
            assert time.monotonic() < ends, "Alertmanager does not come up"
            time.sleep(0.1)
        else:
            return


def test_each_alert_calls_its_own_address_and_the_watchdog_the_dead_mans(
    running: tuple[str, HookServer],
) -> None:
    url, hook = running
    post(url, {"alertname": "VigieDown", "severity": "critical", "process": "main"})
    wait_for(hook, {"/engineer"})
    post(
        url,
        {"alertname": "VigieLate", "severity": "critical"},
        {"alertname": "VigieWatchdog", "severity": "none"},
        {"alertname": "VigieIncident", "incident": "i1"},
    )
    wait_for(hook, {"/engineer", "/deadman", "/duty"})
    # What is late because it is down has had as many chances to be told as the others.
    called: dict[str, set[str]] = {}
    for each in list(hook.requests):
        names = {alert["labels"]["alertname"] for alert in json.loads(each.body)["alerts"]}
        called.setdefault(each.path, set()).update(names)
    assert called == {"/deadman": {"VigieWatchdog"}, "/engineer": {"VigieDown"}, "/duty": {"VigieIncident"}}


def wait_for(hook: HookServer, paths: set[str]) -> None:
    with hook.arrived:
        assert hook.arrived.wait_for(lambda: paths <= {each.path for each in hook.requests}, timeout=30)
