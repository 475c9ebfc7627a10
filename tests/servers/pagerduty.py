"""A local server that speaks PagerDuty's Events API v2: it validates, and keeps one alert a dedup key."""

from __future__ import annotations

import json
from typing import Any

from tests.servers.hook import HookServer, Reply, Request

_SEVERITIES = {"critical", "error", "warning", "info"}


class PagerDutyServer(HookServer):
    """`alerts` is what a person would see: dedup key -> triggered or resolved; `events` what was accepted."""

    def __init__(self, *script: Reply) -> None:
        super().__init__(*script)
        self.alerts: dict[str, str] = {}
        self.events: list[dict[str, Any]] = []

    def answer(self, request: Request) -> Reply:
        event = json.loads(request.body)
        errors = _errors(request, event)
        if errors:
            said = {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
            return Reply(400, json.dumps(said).encode())
        key = event["dedup_key"]
        self.events.append(event)
        if event["event_action"] == "trigger":
            self.alerts[key] = "triggered"
        elif key in self.alerts:
            self.alerts[key] = "resolved"
        said = {"status": "success", "message": "Event processed", "dedup_key": key}
        return Reply(202, json.dumps(said).encode())


def _errors(request: Request, event: dict[str, Any]) -> list[str]:
    errors = []
    if request.path != "/v2/enqueue":
        errors.append("no such path")
    if len(event.get("routing_key", "")) != 32:
        errors.append("Length of 'routing_key' is incorrect (should be 32 characters)")
    if event.get("event_action") not in {"trigger", "acknowledge", "resolve"}:
        errors.append("'event_action' is invalid")
    if not 0 < len(event.get("dedup_key", "")) <= 255:
        errors.append("'dedup_key' is missing or too long")
    if event.get("event_action") == "trigger":
        payload = event.get("payload", {})
        if not 0 < len(payload.get("summary", "")) <= 1024:
            errors.append("'payload.summary' is missing or too long")
        if not payload.get("source"):
            errors.append("'payload.source' is missing")
        if payload.get("severity") not in _SEVERITIES:
            errors.append("'payload.severity' is invalid")
    return errors
