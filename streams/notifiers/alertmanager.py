"""Prometheus Alertmanager: an alert that is re-sent while the incident lasts, and ended with it.

https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from pydantic import SecretStr

from streams.notifiers.base import Clock, Digest, GiveUp, Kind, Message, Outcome, utc_now
from streams.notifiers.http import Poster
from streams.plain import plain

MISSED_BEFORE_ENDING: Final = 4
"""When so many re-sends in a row do not come, Alertmanager takes the incident for ended by itself."""
TEST_LASTS: Final = timedelta(minutes=1)


class AlertmanagerNotifier:
    """The label set is the alert's identity, so nothing in it changes while the incident lasts.

    Severity does change, so it is an annotation. Who wants to route by it adds a second channel with
    `min_severity: critical` and `labels: {severity: critical}`: its alert begins where the incident
    becomes critical, and ends with it.
    """

    kind = "alertmanager"

    def __init__(
        self,
        *,
        url: str,
        labels: Mapping[str, str],
        resend_every: timedelta,
        timeout_s: float,
        username: str | None = None,
        password: SecretStr | None = None,
        bearer: SecretStr | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._url = url.rstrip("/") + "/api/v2/alerts"
        self._labels = dict(labels)
        self._lasts = MISSED_BEFORE_ENDING * resend_every
        self._headers: dict[str, str] = {}
        if bearer is not None:
            self._headers["Authorization"] = f"Bearer {bearer.get_secret_value()}"
        elif username is not None and password is not None:
            pair = f"{username}:{password.get_secret_value()}".encode()
            self._headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        self._clock = clock
        self._poster = Poster(timeout_s)

    async def deliver(self, message: Message | Digest) -> Outcome:
        if isinstance(message, Digest):
            return GiveUp("Alertmanager takes incidents one by one")
        body = orjson.dumps([alert(message, self._labels, self._lasts, self._clock())])
        return await self._poster.post(self._url, body, self._headers)

    async def close(self) -> None:
        await self._poster.close()


def alert(message: Message, labels: Mapping[str, str], lasts: timedelta, now: datetime) -> dict[str, Any]:
    """One alert. It ends by itself `lasts` after `now`, on the wall, unless it is sent again before."""
    incident = message.incident
    identity = {
        **labels,
        "alertname": "VigieIncident",
        "incident": message.key,
        "watch": incident.watch,
        "signal": str(incident.signal),
    }
    if message.kind is Kind.TEST:
        identity["test"] = "true"
    if incident.drill and message.kind is not Kind.TEST:
        identity["drill"] = "true"
    value: dict[str, Any] = {
        "labels": identity,
        "annotations": {
            "summary": message.subject,
            "description": message.sentence,
            "severity": str(incident.severity),
            "title": plain(message.title, 200),
        },
        "startsAt": _rfc3339(incident.opened_at),
        "endsAt": _rfc3339(_ends_at(message, lasts, now)),
    }
    if message.link is not None:
        value["generatorURL"] = message.link
    return value


def _ends_at(message: Message, lasts: timedelta, now: datetime) -> datetime:
    if message.kind is Kind.TEST:
        return now + TEST_LASTS
    resolved_at = message.incident.resolved_at
    if resolved_at is None:
        return now + lasts
    # Not after now: an end in the future would leave the alert firing until then.
    return max(message.incident.opened_at, min(resolved_at, now))


def _rfc3339(when: datetime) -> str:
    return when.isoformat(timespec="milliseconds")
