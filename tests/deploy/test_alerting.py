"""Prometheus and Alertmanager: our files in the real programs, and every alert with its way out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.dashboards.test_boards_json import exposed_names
from tests.deploy import programs
from tests.deploy.compose_file import ROOT, compose

PROMETHEUS = ROOT / "deploy" / "prometheus"
ALERTMANAGER = ROOT / "deploy" / "alertmanager"
RULES: list[dict[str, Any]] = yaml.safe_load((PROMETHEUS / "rules.yml").read_text(encoding="utf-8"))[
    "groups"
][0]["rules"]
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")


def test_promtool_accepts_configuration_and_rules() -> None:
    programs.run("promtool", "check", "config", "prometheus.yml", folder=PROMETHEUS)
    assert f"{len(RULES)} rules found" in programs.run(
        "promtool", "check", "rules", "rules.yml", folder=PROMETHEUS
    )


def test_each_alert_speaks_when_it_should_and_only_then() -> None:
    programs.run("promtool", "test", "rules", "rules_test.yml", folder=PROMETHEUS)
    cases = yaml.safe_load((PROMETHEUS / "rules_test.yml").read_text(encoding="utf-8"))["tests"]
    raised: set[str] = set()
    silent: set[str] = set()
    for case in cases:
        for check in case["alert_rule_test"]:
            (raised if check["exp_alerts"] else silent).add(check["alertname"])
    alerts = {rule["alert"] for rule in RULES}
    assert raised == alerts
    assert silent == alerts - {"VigieWatchdog"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_rules_name_only_metrics_that_exist(rule: dict[str, Any]) -> None:
    assert set(re.findall(r"\bvigie_\w+", rule["expr"])) <= exposed_names()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_every_alert_has_an_entry_in_the_runbook(rule: dict[str, Any]) -> None:
    assert rule["annotations"]["runbook"] == f"docs/runbook.md#{rule['alert'].lower()}"
    _, found, entry = RUNBOOK.partition(f"\n## {rule['alert']}\n")
    assert found
    body = entry.partition("\n## ")[0]
    for heading in ("**What it means**", "**Look**", "**Do**"):
        assert heading in body


def test_the_runbook_speaks_of_no_alert_that_is_gone() -> None:
    assert set(re.findall(r"^## (Vigie\w+)$", RUNBOOK, re.MULTILINE)) == {rule["alert"] for rule in RULES}


def test_prometheus_reads_every_process_of_ours() -> None:
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8"))
    (job,) = (each for each in config["scrape_configs"] if each["job_name"] == "vigie")
    targets = {target for group in job["static_configs"] for target in group["targets"]}
    assert targets == {"worker:9108", "worker:9109", "ingest:9110"}
    services = compose()["services"]
    assert {target.partition(":")[0] for target in targets} <= set(services)
    for name in ("worker", "ingest"):
        assert services[name]["environment"]["HEALTH_URL"].split("127.0.0.1")[1].split("/")[0] in str(targets)


def for_any_version(file: Path, folder: Path, url: str = "http://127.0.0.1:9/") -> Path:
    """`url_file` came with Alertmanager 0.26, and Debian 12 has 0.25: the same with the address itself."""
    text = re.sub(r"url_file: [\w/.]+", f"url: '{url}'", file.read_text(encoding="utf-8"))
    written = folder / file.name
    written.write_text(text, encoding="utf-8")
    return written


@pytest.mark.parametrize("name", ["alertmanager.yml", "alertmanager.paging.yml"])
def test_amtool_accepts_both(name: str, tmp_path: Path) -> None:
    for_any_version(ALERTMANAGER / name, tmp_path)
    programs.run("amtool", "check-config", name, folder=tmp_path)


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        (["alertname=VigieWatchdog", "severity=none"], "deadman"),
        (["alertname=VigieIncident", "incident=i1"], "duty"),
        (["alertname=VigieDown", "severity=critical"], "engineer"),
        (["alertname=VigieParking", "severity=warning"], "engineer"),
    ],
)
@pytest.mark.parametrize("name", ["alertmanager.yml", "alertmanager.paging.yml"])
def test_alerts_go_to_whom_they_concern(name: str, labels: list[str], receiver: str, tmp_path: Path) -> None:
    for_any_version(ALERTMANAGER / name, tmp_path)
    said = programs.run(
        "amtool", "config", "routes", "test", f"--config.file={name}", *labels, folder=tmp_path
    )
    assert said.strip() == receiver


def test_both_files_route_alike() -> None:
    one, other = (
        yaml.safe_load((ALERTMANAGER / name).read_text(encoding="utf-8"))
        for name in ("alertmanager.yml", "alertmanager.paging.yml")
    )
    assert one["route"] == other["route"]
    assert one["inhibit_rules"] == other["inhibit_rules"]
    assert [each["name"] for each in one["receivers"]] == [each["name"] for each in other["receivers"]]
    assert all("webhook_configs" in each for each in other["receivers"])
