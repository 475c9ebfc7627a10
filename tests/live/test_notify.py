"""People are told straight from the incidents topic: while the store is away, and through kill -9."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from kafka import KafkaProducer

from streams.codec import encode
from streams.records import Incident
from streams.settings import Settings
from streams.store.open import open_store
from streams.topics import Topic, name_of
from tests.generated import WATCHES, lines, watches_file, write
from tests.live.kafka_broker import free_port
from tests.live.test_recorded import ran
from tests.live.workers import Workers, behind, drained, environment, until
from tests.servers.hook import HookServer, Request
from tests.servers.smtp import SmtpServer
from tests.streams.notifiers.incidents import life

pytestmark = [pytest.mark.live, pytest.mark.timeout(400)]

CHANNELS = """\
channels:
  hook: {{type: webhook, url: "http://127.0.0.1:{hook}", secret_env: HOOK_SECRET, min_severity: info}}
  duty:
    {{type: email, to: duty@example.org, from: vigie@example.org, host: 127.0.0.1, port: {smtp},
      security: none, min_severity: info}}
"""


def told(watch: str, folder: Path, hook: HookServer, smtp: SmtpServer) -> Path:
    """The usual watches, one of which tells both channels."""
    text = WATCHES.replace(f"  - name: {watch}\n", f"  - name: {watch}\n    notify: [hook, duty]\n")
    return watches_file(folder, text + CHANNELS.format(hook=hook.port, smtp=smtp.port))


def keys(hook: HookServer) -> list[str]:
    return [request.headers["idempotency-key"] for request in hook.requests]


def test_people_are_told_while_the_store_is_away_and_who_tells_is_killed(
    ready: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", "s3cret")
    # A crisis of the last hours: who would be told of an older one?
    posts = lines(3, hours=40, crisis_at_h=36, start=datetime.now(UTC) - timedelta(hours=40))
    file = write(tmp_path / "posts.jsonl", posts)
    with HookServer() as hook, SmtpServer(tmp_path, tls=False) as smtp:
        watches = told("flood", tmp_path, hook, smtp)
        away = f"clickhouse://vigie:secret@127.0.0.1:{free_port()}/vigie"
        code, _, said = ran(environment(ready, watches, away), "ingest", "recorded", str(file))
        assert code == 0, said
        running = [Workers.start(ready, watches, away, tmp_path / "main.log", "--only", "main")]

        # Decided, and nobody there to tell: what is to be told stands on the topic alone.
        try:
            running[0].ready("main")
            until(lambda: behind(ready, ready.group) == 0, 120, "everything decided")
            notify = Workers.start(ready, watches, away, tmp_path / "notify.log", "--only", "notify")
            running.append(notify)

            def killed(_: Request) -> None:
                if len(hook.requests) == 1:
                    assert notify.kill("notify")

            hook.on_request = killed
            until(lambda: max(Counter(keys(hook)).values(), default=0) > 1, 90, "told again after the kill")
            until(lambda: any(event(each) == "opened" for each in hook.requests), 60, "the opening told")
            until(lambda: bool(smtp.box.mails), 60, "a mail")
            until(lambda: "telling, with" in notify.log.read_text(), 5, "the process started again")

            # Another stands by, and takes over when this one is told to stop.
            running.append(Workers.start(ready, watches, away, tmp_path / "second.log", "--only", "notify"))
            running[2].ready("notify")
            assert notify.stop() == 0
            new = opened_now("flood")
            publish(ready, new)
            until(lambda: f"{new.id}/1" in keys(hook), 90, "the second one tells")
            assert [each.stop() for each in (running[0], running[2])] == [0, 0]
        finally:
            for each in running:
                each.end()
        repeats = [number - 1 for number in Counter(keys(hook)).values()]
        assert sum(repeats) == 1, "one message is repeated, the one whose answer was not recorded"
        subjects = Counter(str(mail["Message-ID"]) for mail in smtp.box.mails)
        assert sum(subjects.values()) - len(subjects) <= 1
        given = set(keys(hook))

    # The store comes, and everything that was told is there to be read, each attempt once.
    persist = Workers.start(ready, watches, tmp_path / "store", tmp_path / "persist.log", "--only", "persist")
    try:
        persist.ready("persist")
        drained(ready)
        assert persist.stop() == 0
    finally:
        persist.end()
    store = open_store(f"chdb://{tmp_path / 'store'}", create=False)
    try:
        rows = store.query(
            "SELECT concat(n.incident, '/', toString(revision)) FROM notifications AS n "
            "WHERE channel = 'hook' AND outcome = 'delivered'"
        )
        ((incidents,),) = store.query("SELECT count() FROM incidents WHERE watch = 'flood'")
    finally:
        store.close()
    assert sorted(str(row[0]) for row in rows) == sorted(given)
    assert incidents >= 2


def event(request: Request) -> str:
    return str(request.body).partition('"event":"')[2].partition('"')[0]


def opened_now(watch: str) -> Incident:
    now = datetime.now(UTC).replace(microsecond=0)
    return replace(life()[0], id=f"{watch}-new", watch=watch, opened_at=now, updated_at=now)


def publish(settings: Settings, incident: Incident) -> None:
    producer = KafkaProducer(bootstrap_servers=settings.kafka, acks="all")
    producer.send(name_of(Topic.INCIDENTS, settings), value=encode(incident), partition=0)
    producer.close()
