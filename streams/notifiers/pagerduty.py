"""PagerDuty, Events API v2: trigger and resolve under one dedup key; to acknowledge is theirs.

https://developer.pagerduty.com/docs/events-api-v2/overview/
"""

from __future__ import annotations

from typing import Any, Final

import orjson
from pydantic import SecretStr

from streams.notifiers.base import Delivered, Digest, GiveUp, Kind, Message, Outcome, Retry
from streams.notifiers.facts import facts
from streams.notifiers.http import Poster
from streams.plain import plain

LONGEST_SUMMARY: Final = 1_024
LONGEST_KEY: Final = 255


class PagerDutyNotifier:
    """Every event of an incident carries its dedup key, so PagerDuty keeps one alert for it.

    An update is a trigger again: it changes nothing that was acknowledged, and it opens the alert where
    the first trigger was lost.
    """

    kind = "pagerduty"

    def __init__(self, *, url: str, routing_key: SecretStr, timeout_s: float) -> None:
        self._url = url.rstrip("/") + "/v2/enqueue"
        self._routing_key = routing_key
        self._poster = Poster(timeout_s)

    async def deliver(self, message: Message | Digest) -> Outcome:
        if isinstance(message, Digest):
            return GiveUp("PagerDuty takes incidents one by one")
        action = "resolve" if message.kind is Kind.RESOLVED else "trigger"
        answer = await self._send(event(message, action))
        if message.kind is not Kind.TEST or not isinstance(answer, Delivered):
            return answer
        # A test leaves nothing open behind it.
        closed = await self._send(event(message, "resolve"))
        if isinstance(closed, Delivered):
            return Delivered(f"triggered: {answer.detail}; resolved: {closed.detail}")
        return closed

    async def close(self) -> None:
        await self._poster.close()

    async def _send(self, value: dict[str, Any]) -> Outcome:
        body = orjson.dumps({"routing_key": self._routing_key.get_secret_value(), **value})
        answer = await self._poster.post(self._url, body, {})
        if isinstance(answer, Retry | Delivered):
            return answer
        return GiveUp(answer.reason.replace(self._routing_key.get_secret_value(), "***"))


def event(message: Message, action: str) -> dict[str, Any]:
    """The body without its routing key. A resolve needs the key alone."""
    value: dict[str, Any] = {"event_action": action, "dedup_key": message.key[:LONGEST_KEY]}
    if action == "resolve":
        return value
    incident = message.incident
    value["payload"] = {
        "summary": plain(f"{message.subject}. {message.sentence}", LONGEST_SUMMARY),
        "source": incident.watch,
        # What PagerDuty calls critical wakes somebody: a test never does.
        "severity": "info" if message.kind is Kind.TEST else str(incident.severity),
        "timestamp": incident.updated_at.isoformat(timespec="milliseconds"),
        "component": incident.watch,
        "group": plain(message.title, 100),
        "class": str(incident.signal),
        "custom_details": facts(message),
    }
    value["client"] = "Vigie"
    if message.link is not None:
        value["client_url"] = message.link
        value["links"] = [{"href": message.link, "text": incident.id}]
    return value
