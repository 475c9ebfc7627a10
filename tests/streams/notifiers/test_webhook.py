from __future__ import annotations

import asyncio
import hashlib
import hmac
import json

from pydantic import SecretStr

from streams.notifiers.base import Delivered, GiveUp, Outcome
from streams.notifiers.webhook import WebhookNotifier, payload, sign
from tests.servers.hook import HookServer, Reply, Request
from tests.streams.notifiers.incidents import ID, OPENED, background, incident, message

SECRET = "s3cret"


def send(server: HookServer, count: int = 1) -> list[Outcome]:
    async def each() -> list[Outcome]:
        notifier = WebhookNotifier(
            url=server.url + "/in", secret=SecretStr(SECRET), timeout_s=2.0, clock=lambda: OPENED
        )
        try:
            return [await notifier.deliver(message()) for _ in range(count)]
        finally:
            await notifier.close()

    return asyncio.run(each())


def is_genuine(request: Request) -> bool:
    """What docs/notifications.md tells a receiver to do."""
    signed = request.headers["x-timestamp"].encode() + b"." + request.body
    expected = "sha256=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, request.headers["x-signature-256"])


def test_the_signature_covers_time_and_body() -> None:
    with HookServer() as server:
        assert isinstance(send(server)[0], Delivered)
    [request] = server.requests
    assert is_genuine(request)
    assert request.headers["idempotency-key"] == f"{ID}/1"
    assert request.headers["x-timestamp"] == str(int(OPENED.timestamp()))
    forged = Request(request.path, {**request.headers, "x-timestamp": "1"}, request.body)
    assert not is_genuine(forged)


def test_a_known_signature() -> None:
    """As `printf '1700000000.{}' | openssl dgst -sha256 -hmac key` computes it."""
    assert sign("key", "1700000000", b"{}") == (
        "sha256=9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae"
    )


def test_the_payload_is_complete_and_plain() -> None:
    written = json.loads(json.dumps(payload(message(), OPENED)))
    assert written["event"] == "opened"
    assert written["key"] == ID
    assert written["incident"]["severity"] == "critical"
    assert written["incident"]["observed"] == 2140
    assert written["incident"]["summary"].startswith("2,140 mentions in the last hour")
    assert written["incident"]["evidence"]["platforms"] == {"bluesky": 1500, "x": 640}
    assert written["posts"] == [
        {"id": "bluesky:1", "url": "https://example.org/p/1"},
        {"id": "x:2", "url": None},
    ]
    asked = payload(message(incident("updated", 2), background=background(text="said")), OPENED)
    assert asked["posts"][0]["text"] == "said"


def test_a_receiver_that_knows_the_key_has_the_message() -> None:
    with HookServer(Reply(409, b"seen"), Reply(410, b"gone")) as server:
        known, gone = send(server, 2)
    assert known == Delivered("409 seen")
    assert gone == GiveUp("410 gone")
