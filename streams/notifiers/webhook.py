"""A signed POST to a service of the reader's own. Payload and signature: docs/notifications.md."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Any, Final

import orjson
from pydantic import SecretStr

from streams.notifiers.base import Clock, Delivered, Digest, Message, Outcome, Retry, utc_now
from streams.notifiers.facts import facts, posts
from streams.notifiers.http import Poster

VERSION: Final = 1
TIMESTAMP_HEADER: Final = "X-Timestamp"
SIGNATURE_HEADER: Final = "X-Signature-256"
KEY_HEADER: Final = "Idempotency-Key"


class WebhookNotifier:
    """The receiver proves the sender by the signature and drops repeats by the key.

    Headers and signature are those of the webhook that Vigie itself listens on.
    """

    kind = "webhook"

    def __init__(self, *, url: str, secret: SecretStr, timeout_s: float, clock: Clock = utc_now) -> None:
        self._url = url
        self._secret = secret
        self._clock = clock
        self._poster = Poster(timeout_s)

    async def deliver(self, message: Message | Digest) -> Outcome:
        now = self._clock()
        body = orjson.dumps(payload(message, now))
        timestamp = str(int(now.timestamp()))
        headers = {
            TIMESTAMP_HEADER: timestamp,
            SIGNATURE_HEADER: sign(self._secret.get_secret_value(), timestamp, body),
            KEY_HEADER: once_key(message),
        }
        answer = await self._poster.post(self._url, body, headers)
        if isinstance(answer, Retry) and answer.reason.startswith("409"):
            # A receiver that knows the key has the message: an answer of ours was lost on the way.
            return Delivered(answer.reason)
        return answer

    async def close(self) -> None:
        await self._poster.close()


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """`sha256=` and the hexadecimal HMAC-SHA256 of timestamp, a full stop, and the body as sent."""
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"sha256={digest}"


def once_key(message: Message | Digest) -> str:
    """The same for every repeat of one message, another for each state of an incident."""
    if isinstance(message, Digest):
        return message.key
    return f"{message.key}/{message.incident.revision}"


def payload(message: Message | Digest, sent_at: datetime) -> dict[str, Any]:
    if isinstance(message, Digest):
        return {
            "version": VERSION,
            "event": "digest",
            "key": message.key,
            "channel": message.channel,
            "sent_at": _iso(sent_at),
            "since_at": _iso(message.since_at),
            "incidents": [facts(each) for each in message.messages],
        }
    return {
        "version": VERSION,
        "event": str(message.kind),
        "key": message.key,
        "channel": message.channel,
        "sent_at": _iso(sent_at),
        "link": message.link,
        "incident": facts(message),
        "posts": posts(message),
    }


def _iso(when: datetime) -> str:
    return when.isoformat()
