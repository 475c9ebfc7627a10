"""docker-compose.yml: valid, safe, runs without an edit, and names only what exists."""

from __future__ import annotations

import importlib.resources
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from connectors.simulated import Scenario
from streams.cli import vigie
from streams.settings import PREFIX, Settings
from streams.watches_file import load_watches
from tests.deploy.compose_file import COMPOSE, GRAFANA_ALONE, ROOT, compose, env_example, variables

SERVICES: dict[str, Any] = compose()["services"]
OURS = {name for name, service in SERVICES.items() if "build" in service}
ONCE = {"migrate", "topics"}
# Kafka's and ClickHouse's images write their configuration into their own file system at the start.
WRITABLE_ROOT = {"kafka", "clickhouse"}


@pytest.mark.parametrize("file", [COMPOSE, GRAFANA_ALONE], ids=["all", "grafana"])
def test_fits_the_compose_specification(file: Path) -> None:
    schemas = importlib.resources.files("check_jsonschema.builtin_schemas.vendor")
    schema = json.loads((schemas / "compose-spec.json").read_text(encoding="utf-8"))
    # It names its draft by an address that jsonschema does not know.
    jsonschema.Draft7Validator(schema).validate(compose(file=file))


def test_the_services_are_all_there() -> None:
    assert set(SERVICES) == {
        *("kafka", "clickhouse", "migrate", "topics", "ingest", "worker"),
        *("prometheus", "alertmanager", "grafana"),
    }
    assert {"migrate", "topics", "ingest", "worker"} == OURS


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_runs_as_root_or_may_become_it(name: str) -> None:
    service = SERVICES[name]
    assert int(str(service["user"]).split(":")[0]) > 0
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service
    assert service.get("read_only", False) == (name not in WRITABLE_ROOT)


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_pinned_to_a_full_version(name: str) -> None:
    image, _, tag = SERVICES[name]["image"].partition(":")
    assert image
    assert tag.count(".") >= 2, "a tag such as 12 or latest moves under one's feet"


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_published_on_the_loopback_alone(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert port.startswith("127.0.0.1:")


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ONCE))
def test_whatever_stays_up_says_how_it_is(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_what_waits_waits_for_what_it_needs() -> None:
    waits = {
        name: {on: how["condition"] for on, how in each.get("depends_on", {}).items()}
        for name, each in SERVICES.items()
    }
    done, healthy = "service_completed_successfully", "service_healthy"
    assert waits["migrate"] == {"clickhouse": healthy}
    assert waits["topics"] == {"kafka": healthy}
    assert waits["ingest"] == {"topics": done}
    assert waits["worker"] == {"topics": done, "migrate": done}


def test_every_file_that_is_mounted_exists_and_every_volume_is_declared() -> None:
    for service in SERVICES.values():
        for mount in service.get("volumes", []):
            source, _, rest = mount.partition(":")
            if source.startswith("."):
                assert (ROOT / source).exists(), source
                assert rest.endswith(":ro")
            else:
                assert source in compose()["volumes"]


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_commands_exist(name: str) -> None:
    command = [word for word in SERVICES[name]["command"] if not word.startswith("--")]
    answer = CliRunner().invoke(vigie, [*command, "--help"])
    assert answer.exit_code == 0, answer.output
    options = {word for word in SERVICES[name]["command"] if word.startswith("--")}
    assert all(option in answer.output for option in options)


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_settings_are_settings(name: str) -> None:
    given = {key: value for key, value in SERVICES[name]["environment"].items() if key.startswith(PREFIX)}
    Settings(**{key.removeprefix(PREFIX).lower(): value for key, value in given.items()})


def test_env_example_has_every_setting_with_its_default() -> None:
    shown = env_example()
    ours = {PREFIX + name.upper(): field for name, field in Settings.model_fields.items()}
    assert not set(ours) - set(shown), "missing in .env.example"
    strangers = {name for name in shown if name.startswith(PREFIX)} - set(ours) - set(variables())
    assert not strangers, "no setting, and not used by docker-compose.yml"
    defaults = {name: field.default for name, field in ours.items() if name != "VIGIE_PSEUDONYM_KEY"}
    for name, default in defaults.items():
        assert shown[name] == ("" if default is None else str(default)), name


def test_env_example_has_every_variable_of_the_compose_file_with_its_default() -> None:
    shown = env_example()
    for name, default in variables().items():
        assert shown[name] == default


def test_a_password_that_is_changed_is_changed_everywhere() -> None:
    changed = compose({"VIGIE_STORE_PASSWORD": "one", "VIGIE_ANALYST_PASSWORD": "two"})["services"]
    for name in OURS:
        assert "//vigie:one@" in changed[name]["environment"]["VIGIE_STORE"]
    server = changed["clickhouse"]["environment"]
    assert (server["VIGIE_STORE_PASSWORD"], server["VIGIE_ANALYST_PASSWORD"]) == ("one", "two")
    assert changed["grafana"]["environment"]["VIGIE_GRAFANA_STORE_PASSWORD"] == "two"


@pytest.mark.parametrize(("file", "language"), [("simulated.yaml", "en"), ("simulated.fr.yaml", "fr")])
def test_the_watches_are_those_of_the_simulated_valley(file: str, language: str) -> None:
    folder = ROOT / "deploy" / "watches"
    watches = load_watches(folder / file)
    assert watches.language == language
    assert watches.connectors.simulated is not None
    text = (folder / file).read_text(encoding="utf-8")
    scenario = Scenario().watches_yaml(language, claims=f"claims.{language}.yaml")
    assert scenario.partition("calendar:")[0] in text, "the connector speaks of other things by now"
    assert (folder / f"claims.{language}.yaml").read_text(encoding="utf-8") == Scenario().claims_yaml(
        language
    )


def test_kubernetes_runs_the_same_commands_without_root() -> None:
    documents = list(yaml.safe_load_all((ROOT / "deploy/kubernetes/vigie.yaml").read_text(encoding="utf-8")))
    containers: dict[str, dict[str, Any]] = {}
    for document in documents:
        pod = document["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["automountServiceAccountToken"] is False
        containers |= {container["name"]: container for container in pod["containers"]}
    assert set(containers) == OURS
    for name, container in containers.items():
        assert container["args"] == SERVICES[name]["command"]
        assert container["image"] == SERVICES[name]["image"]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_the_image_copies_what_is_imported_and_drops_root() -> None:
    lines = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = {
        line.split()[1] for line in lines if line.startswith("COPY ") and not line.startswith("COPY --from")
    }
    assert {"connectors", "models", "streams"} <= copied
    assert next(line for line in reversed(lines) if line.startswith("USER ")) == "USER 10001:10001"
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    wanted = {
        word
        for line in lines
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    }
    assert wanted <= allowed
