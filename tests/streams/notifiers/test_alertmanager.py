"""Against Debian's own Alertmanager, and the shape of what is posted to it."""

from __future__ import annotations

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from pydantic import SecretStr

from streams.notifiers.alertmanager import AlertmanagerNotifier, alert
from streams.notifiers.base import Delivered, GiveUp, Kind, Message, Outcome
from streams.notifiers.http import Poster
from tests.servers.alertmanager import Alertmanager
from tests.servers.hook import HookServer
from tests.streams.notifiers.incidents import OPENED, incident, message

LASTS = timedelta(minutes=8)


def test_nothing_that_changes_is_in_the_labels() -> None:
    states = [
        incident(severity="warning"),
        incident("updated", 2, observed=9_000.0, at=OPENED + timedelta(hours=1)),
        incident("resolved", 3, at=OPENED + timedelta(hours=2)),
    ]
    labels = [alert(message(state), {"team": "duty"}, LASTS, OPENED)["labels"] for state in states]
    assert labels[0] == labels[1] == labels[2]
    assert labels[0] == {
        "alertname": "VigieIncident",
        "team": "duty",
        "incident": incident().id,
        "watch": "crue-herault",
        "signal": "volume",
    }


def test_it_ends_by_itself_unless_it_is_sent_again() -> None:
    told = message()
    posted = alert(told, {}, LASTS, OPENED)
    assert posted["startsAt"] == "2026-03-10T13:05:00.000+00:00"
    assert datetime.fromisoformat(posted["endsAt"]) == OPENED + LASTS


def test_an_end_is_never_in_the_future() -> None:
    over = incident("resolved", 3, at=OPENED + timedelta(hours=2))
    posted = alert(message(over), {}, LASTS, OPENED + timedelta(hours=1))
    assert datetime.fromisoformat(posted["endsAt"]) == OPENED + timedelta(hours=1)


@pytest.mark.parametrize(
    ("login", "header"),
    [
        ({"username": "u", "password": SecretStr("p")}, "Basic " + base64.b64encode(b"u:p").decode()),
        ({"bearer": SecretStr("t")}, "Bearer t"),
    ],
)
def test_a_login_travels_in_the_header(login: dict[str, object], header: str) -> None:
    with HookServer() as server:
        notifier = AlertmanagerNotifier(
            url=server.url + "/",
            labels={},
            resend_every=LASTS,
            timeout_s=2.0,
            **login,  # type: ignore[arg-type]
        )
        asyncio.run(deliver(notifier, message()))
        assert server.requests[0].headers["authorization"] == header
        assert server.requests[0].path == "/api/v2/alerts"


async def deliver(notifier: AlertmanagerNotifier, *messages: Message) -> list[Outcome]:
    try:
        return [await notifier.deliver(each) for each in messages]
    finally:
        await notifier.close()


@pytest.mark.live
def test_a_real_alertmanager_tells_of_the_beginning_and_of_the_end_once(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    opened = incident(severity="warning", opened_at=now, at=now)
    worse = incident("updated", 2, opened_at=now, at=now, observed=9_000.0)
    over = incident("resolved", 3, opened_at=now, at=now)
    with Alertmanager(tmp_path) as server:
        notifier = AlertmanagerNotifier(
            url=server.url, labels={"team": "duty"}, resend_every=timedelta(minutes=2), timeout_s=5.0
        )
        outcomes = asyncio.run(
            deliver(notifier, message(opened), message(worse), message(worse, kind=Kind.LASTING))
        )
        assert [type(outcome) for outcome in outcomes] == [Delivered] * 3, outcomes
        server.told.wait_for(1)
        [shown] = server.alerts()
        assert shown["status"]["state"] == "active"
        assert shown["annotations"]["severity"] == "critical", "the newest numbers, on the same alert"
        [ended] = asyncio.run(deliver(notifier, message(over)))
        assert isinstance(ended, Delivered)
        server.told.wait_for(2)
        assert server.notices() == [("firing", opened.id), ("resolved", opened.id)]


@pytest.mark.live
def test_a_real_alertmanager_refuses_an_end_before_the_beginning_and_so_none_is_sent(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    early = incident("resolved", 2, opened_at=now, at=now - timedelta(hours=1))
    told = message(early)
    wrong = {**alert(told, {}, LASTS, now), "endsAt": early.updated_at.isoformat()}

    async def both(url: str) -> tuple[Outcome, Outcome]:
        poster = Poster(5.0)
        notifier = AlertmanagerNotifier(url=url, labels={}, resend_every=LASTS, timeout_s=5.0)
        try:
            refused = await poster.post(url + "/api/v2/alerts", orjson.dumps([wrong]), {})
            return refused, await notifier.deliver(told)
        finally:
            await poster.close()
            await notifier.close()

    with Alertmanager(tmp_path) as server:
        refused, sent = asyncio.run(both(server.url))
    assert isinstance(refused, GiveUp)
    assert refused.reason.startswith("400 ")
    assert isinstance(sent, Delivered)
