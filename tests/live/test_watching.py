"""What can be seen of a running installation: health, lag, every metric, and logs that tell on nobody."""

from __future__ import annotations

import itertools
import re
import socket
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import orjson
import pytest
from kafka import KafkaProducer
from prometheus_client.metrics import MetricWrapperBase

from streams import metrics
from streams.codec import encode
from streams.notifiers.policy import OUTCOMES
from streams.settings import Settings
from streams.topics import Topic, name_of
from tests.generated import lines
from tests.live.test_notify import opened_now, told
from tests.live.test_recorded import ran
from tests.live.workers import Workers, drained, environment, until
from tests.servers.hook import HookServer
from tests.servers.smtp import SmtpServer

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

AUTHOR, TEXT, SECRET = "mdupont", "la crue arrive chez la voisine", "s3cret-of-the-hook"


def four_free_ports() -> int:
    """The first of four in a row that are free now."""
    while True:
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
        try:
            for offset in range(4):
                with socket.socket() as each:
                    each.bind(("127.0.0.1", port + offset))
        except (OSError, OverflowError):
            continue
        return port


def scrape(port: int) -> str:
    """Empty while nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            return str(answer.read().decode())
    except (urllib.error.URLError, OSError):
        return ""


def declared() -> dict[str, MetricWrapperBase]:
    """Every metric of the one module, by the name that a scrape shows."""
    found = [value for value in vars(metrics).values() if isinstance(value, MetricWrapperBase)]
    return {next(iter(metric.describe())).name: metric for metric in found}


def test_every_metric_is_declared_in_one_module_with_a_meaning() -> None:
    assert len(declared()) > 20
    assert all(len(next(iter(metric.describe())).documentation) > 15 for metric in declared().values())
    assert all(name.startswith("vigie_") for name in declared())
    folder = Path(metrics.__file__).parents[1]
    elsewhere = [
        path.name
        for package in ("streams", "connectors", "models")
        for path in (folder / package).rglob("*.py")
        if re.search(
            r"^from prometheus_client|^import prometheus_client",
            path.read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    ]
    assert elsewhere == ["metrics.py"]


def test_an_installation_can_be_looked_at(
    ready: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    port = four_free_ports()
    ready = ready.model_copy(update={"metrics_port": port, "log_format": "json", "commit_s": 0.2})
    with HookServer() as hook, SmtpServer(tmp_path, tls=False) as smtp:
        watches = told("flood", tmp_path, hook, smtp)
        environ = environment(ready, watches, tmp_path / "store")
        code, said, _ = ran(environ, "health")
        assert (code, said.count("ILL")) == (3, 2), "nobody runs yet; who would tell people never did"
        workers = Workers.start(ready, watches, tmp_path / "store", tmp_path / "log")
        try:
            until(lambda: all(scrape(port + offset) for offset in (0, 1, 3)), 120, "every process serves")
            shown_at_the_start({name: scrape(port + offset) for name, offset in metrics.PORTS.items()})
            publish(ready)
            drained(ready)
            code, said, spoken = ran(environ, "health", "--most-behind", "0")
            assert code == 0, said + spoken
            assert said.count("well") == said.count("\n") == 4, "the broker and three groups"
            code, said, _ = ran(environ, "lag", "--json")
            assert code == 0
            assert {(each["topic"], each["behind"]) for each in orjson.loads(said)} == {
                (f"{ready.topic_prefix}{topic}", 0) for topic in set(Topic) - {Topic.DETECTOR_STATE}
            }
            moved(port, ready)
            assert workers.stop() == 0
        finally:
            workers.end()
        code, said, _ = ran(environ, "health")
        assert (code, said.count("no worker runs")) == (3, 3)
        # Started again with nothing to do, and so nothing to commit: it is not behind for that.
        workers = Workers.start(ready, watches, tmp_path / "store", tmp_path / "log", "--only", "main")
        try:
            behind_by_nothing(port, ready.group)
            assert workers.stop() == 0
        finally:
            workers.end()
    quiet((tmp_path / "log").read_text(), ready)


def publish(settings: Settings) -> None:
    """A post that names somebody, poison that quotes it, a record too many, and an incident to be told."""
    post = {**next(lines(8)), "text": TEXT, "author_id": AUTHOR, "author_handle": f"@{AUTHOR}"}
    good = orjson.dumps(post)
    producer = KafkaProducer(bootstrap_servers=settings.kafka, acks="all")
    mentions = name_of(Topic.MENTIONS, settings)
    for value in (good, good[:-9], orjson.dumps({**post, "created_at": TEXT}), encode(opened_now("flood"))):
        producer.send(mentions, value=value, partition=0)
    producer.send(name_of(Topic.INCIDENTS, settings), value=encode(opened_now("flood")), partition=0)
    producer.close()


def series(scrape: str) -> dict[str, float]:
    return {
        name: float(number)
        for line in scrape.splitlines()
        if not line.startswith("#")
        for name, _, number in [line.rpartition(" ")]
    }


def shown_at_the_start(scrapes: Mapping[str, str]) -> None:
    """Every declared metric, and of each every series that code and configuration know of."""
    names = {name for text in scrapes.values() for name in re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE)}
    assert {name.removesuffix("_total") for name in names} >= set(declared())
    main, notify = series(scrapes["main"]), series(scrapes["notify"])
    for stage in metrics.STAGES:
        assert main[f'vigie_records_total{{stage="{stage}"}}'] == 0
        for reason in get_args(metrics.Parked):
            assert main[f'vigie_parked_records_total{{reason="{reason}",stage="{stage}"}}'] == 0
    for watch, event in itertools.product(("flood", "school"), ("opened", "updated", "resolved")):
        assert main[f'vigie_incidents_total{{event="{event}",watch="{watch}"}}'] == 0
    for channel, outcome in itertools.product(("hook", "duty"), OUTCOMES):
        assert notify[f'vigie_notifications_total{{channel="{channel}",outcome="{outcome}"}}'] == 0
    for kind in metrics.STORED_KINDS:
        assert series(scrapes["persist"])[f'vigie_stored_rows_total{{kind="{kind}"}}'] == 0
    assert "faust" in scrapes["main"] or "messages_received" in scrapes["main"], "Faust's own are there too"


def moved(port: int, settings: Settings) -> None:
    """What the processes did is in their numbers."""
    wanted = {
        ("main", 'vigie_records_total{stage="enrich"}'): 1,
        ("main", 'vigie_parked_records_total{reason="unreadable",stage="enrich"}'): 2,
        ("main", 'vigie_parked_records_total{reason="misplaced",stage="enrich"}'): 1,
        ("persist", 'vigie_stored_rows_total{kind="dead_letters"}'): 3,
        ("persist", 'vigie_stored_rows_total{kind="mentions"}'): 1,
        ("persist", 'vigie_stored_rows_total{kind="notifications"}'): 2,
        ("notify", 'vigie_notifications_total{channel="hook",outcome="delivered"}'): 1,
    }

    def arrived() -> bool:
        return all(
            series(scrape(port + metrics.PORTS[of])).get(name) == n for (of, name), n in wanted.items()
        )

    until(arrived, 60, f"all of {wanted}")
    for process, group in (("main", ""), ("persist", "-persist"), ("notify", "-notify")):
        behind_by_nothing(port + metrics.PORTS[process], settings.group + group)


def behind_by_nothing(port: int, group: str) -> None:
    def calm() -> bool:
        found = series(scrape(port))
        behind = [number for name, number in found.items() if name.startswith("vigie_lag_messages{")]
        return bool(behind) and not any(behind) and found[f'vigie_commit_age_seconds{{group="{group}"}}'] == 0

    until(calm, 60, f"{group} says that it is behind by nothing")


def quiet(log: str, settings: Settings) -> None:
    """JSON, every line of it, and not a word of a post, a name or a secret."""
    assert settings.pseudonym_key is not None
    found = [orjson.loads(line) for line in log.splitlines()]
    assert {each["process"] for each in found} >= {"main", "persist", "notify"}
    assert all({"at", "level", "logger", "message"} <= each.keys() for each in found)
    for word in (TEXT, AUTHOR, SECRET, settings.pseudonym_key.get_secret_value()):
        assert word not in log
