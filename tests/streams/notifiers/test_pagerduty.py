from __future__ import annotations

import asyncio
import json

import pytest
from pydantic import SecretStr

from streams.notifiers.base import Delivered, GiveUp, Kind, Message, Outcome
from streams.notifiers.pagerduty import PagerDutyNotifier
from tests.servers.hook import Reply
from tests.servers.pagerduty import PagerDutyServer
from tests.streams.notifiers.incidents import ID, incident, life, message

KEY = "0123456789abcdef0123456789abcdef"


def send(server: PagerDutyServer, *messages: Message, key: str = KEY) -> list[Outcome]:
    async def each() -> list[Outcome]:
        notifier = PagerDutyNotifier(url=server.url, routing_key=SecretStr(key), timeout_s=2.0)
        try:
            return [await notifier.deliver(one) for one in messages]
        finally:
            await notifier.close()

    return asyncio.run(each())


def test_one_alert_from_the_beginning_to_the_end() -> None:
    with PagerDutyServer() as server:
        send(server, *(message(state) for state in life()))
    assert [event["event_action"] for event in server.events] == ["trigger", "trigger", "resolve"]
    assert {event["dedup_key"] for event in server.events} == {ID}
    assert server.alerts == {ID: "resolved"}


def test_the_trigger_tells_what_where_how_bad() -> None:
    with PagerDutyServer() as server:
        send(server, message())
    [event] = server.events
    assert event["payload"]["summary"].startswith(
        "[CRITICAL] Crue de l’Hérault: 2,140 mentions in 1 h (usual: 190). 2,140 mentions in the last hour"
    )
    assert event["payload"]["severity"] == "critical"
    assert event["payload"]["source"] == "crue-herault"
    assert event["payload"]["class"] == "volume"
    assert event["links"] == [{"href": message().link, "text": ID}]
    assert event["payload"]["custom_details"]["evidence"]["authors"] == 512


def test_a_test_leaves_nothing_open_and_wakes_nobody() -> None:
    with PagerDutyServer() as server:
        [outcome] = send(server, message(kind=Kind.TEST))
    assert isinstance(outcome, Delivered)
    assert outcome.detail.startswith("triggered: 202")
    assert "resolved: 202" in outcome.detail
    assert list(server.alerts.values()) == ["resolved"]
    assert server.events[0]["payload"]["severity"] == "info"


def test_a_wrong_key_is_given_up_in_pagerdutys_own_words() -> None:
    with PagerDutyServer() as server:
        [outcome] = send(server, message(), key="too-short")
    assert isinstance(outcome, GiveUp)
    assert "400" in outcome.reason
    assert "Length of 'routing_key' is incorrect" in outcome.reason


def test_the_key_is_in_no_reason() -> None:
    with PagerDutyServer(Reply(400, f"bad key {KEY}".encode())) as server:
        [outcome] = send(server, message())
    assert outcome == GiveUp("400 bad key ***")


@pytest.mark.parametrize("title", ["x" * 5_000, "é" * 5_000])
def test_a_long_title_does_not_get_the_event_refused(title: str) -> None:
    with PagerDutyServer() as server:
        [outcome] = send(server, message(incident(), title=title))
    assert isinstance(outcome, Delivered)
    assert len(json.dumps(server.events[0])) < 512 * 1024
