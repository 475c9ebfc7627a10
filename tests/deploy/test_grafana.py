"""Grafana's provisioning: the sources that the boards ask for, and the boards in both languages."""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from dashboards.query import PLUGIN_VERSION, STORE_TYPE
from streams.desk import Desk
from streams.endpoint.server import EndpointPolicy
from streams.notifiers.base import Background, Kind
from streams.notifiers.config import EmailChannel
from tests.dashboards.written_boards import written
from tests.deploy.compose_file import GRAFANA_ALONE, ROOT, compose
from tests.streams.store.examples import incident

PROVISIONING = ROOT / "deploy" / "grafana" / "provisioning"
GRAFANA = compose()["services"]["grafana"]
ALONE = compose(file=GRAFANA_ALONE)["services"]["grafana"]


def test_each_type_of_source_that_the_boards_ask_for_is_there() -> None:
    sources = yaml.safe_load((PROVISIONING / "datasources" / "vigie.yml").read_text(encoding="utf-8"))[
        "datasources"
    ]
    types = {source["type"] for source in sources}
    asked = {
        variable["query"]
        for board in written()
        for variable in board.content["templating"]["list"]
        if variable["type"] == "datasource"
    }
    assert asked == types == {STORE_TYPE, "prometheus"}
    (store,) = (source for source in sources if source["type"] == STORE_TYPE)
    assert store["isDefault"]


def test_every_variable_of_the_provisioning_is_set() -> None:
    for file in PROVISIONING.glob("*/*.yml"):
        for name in re.findall(r"\$\{(\w+)\}", file.read_text(encoding="utf-8")):
            assert name in GRAFANA["environment"]
            assert name in ALONE["environment"]


def test_the_plugin_is_the_one_that_the_boards_are_written_for() -> None:
    assert GRAFANA["environment"]["GF_INSTALL_PLUGINS"] == f"{STORE_TYPE} {PLUGIN_VERSION}"


def test_grafana_alone_is_the_same_grafana_on_the_loopback() -> None:
    for same in ("image", "user", "read_only", "cap_drop", "security_opt", "healthcheck"):
        assert ALONE[same] == GRAFANA[same]
    for same in ("GF_INSTALL_PLUGINS", "GF_PANELS_DISABLE_SANITIZE_HTML"):
        assert ALONE["environment"][same] == GRAFANA["environment"][same]
    mounts = [mount.split(":") for mount in ALONE["volumes"]]
    # A path in a compose file is seen from that file's folder.
    here = {str((GRAFANA_ALONE.parent / source).resolve()): where for source, where, *_ in mounts[:2]}
    mounts = [mount.split(":") for mount in GRAFANA["volumes"]]
    there = {str((ROOT / source).resolve()): where for source, where, *_ in mounts[:2]}
    assert here == there
    given, policy = ALONE["environment"], EndpointPolicy()
    assert given["GF_SERVER_HTTP_ADDR"] == given["VIGIE_GRAFANA_STORE_HOST"] == policy.host
    assert given["VIGIE_GRAFANA_STORE_PORT"] == policy.port
    assert given["VIGIE_GRAFANA_STORE_USER"] == policy.access.user
    assert given["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"


def test_grafana_reads_as_the_analyst_who_may_not_write() -> None:
    assert GRAFANA["environment"]["VIGIE_GRAFANA_STORE_USER"] == "analyst"


def test_the_boards_are_where_the_provider_looks() -> None:
    providers = yaml.safe_load((PROVISIONING / "dashboards" / "vigie.yml").read_text(encoding="utf-8"))[
        "providers"
    ]
    mounted = {where: source for source, where, *_ in (mount.split(":") for mount in GRAFANA["volumes"])}
    for provider in providers:
        path = Path(provider["options"]["path"])
        folder = ROOT / mounted[str(path.parent)] / path.name
        assert len(list(folder.glob("*.json"))) == 5
    home = Path(GRAFANA["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert (ROOT / mounted[str(home.parent.parent)] / home.parent.name / home.name).is_file()


def test_a_message_leads_to_the_crisis_room_at_the_right_time() -> None:
    """The address that docs/compose.md gives, filled in as a channel does it."""
    text = (ROOT / "docs" / "compose.md").read_text(encoding="utf-8")
    (address,) = re.findall(r'link: "([^"]+)"', text)
    record = incident(1)
    link = address.replace("GRAFANA", "grafana.example")
    desk = Desk(
        channels={
            "duty": EmailChannel.model_validate({"type": "email", "to": "duty@example.org", "link": link})
        },
        routes={},
        titles={},
        language="en",
        zone=ZoneInfo("UTC"),
    )
    message = desk.message(
        "duty", record, kind=Kind.OPENED, at=record.updated_at, first=True, background=Background()
    )
    assert message.link is not None
    address, _, query = message.link.partition("?")
    assert address.rpartition("/")[2] in {board.content["uid"] for board in written()}
    given = dict(pair.split("=") for pair in query.split("&"))
    assert given["var-watch"] == record.watch
    assert int(given["from"]) < record.opened_at.timestamp() * 1000 < int(given["to"])
