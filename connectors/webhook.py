"""The way in for everybody else: signed POSTs of mention lines.

    POST {path}/{source}
    X-Timestamp: Unix seconds or RFC 3339; more than five minutes off is refused
    X-Signature-256: sha256=<hex of HMAC-SHA256 over "timestamp.body" with the shared secret>
    Idempotency-Key: up to 200 characters; the same key with the same body gets the first answer again
    body: one mention line, {"mentions": [...]} (500 at the most), or NDJSON; 1 MiB at the most

202 says that everything counted under `accepted` was stored, or acknowledged by the broker; nothing is
answered before. `rejected` names each line that can never succeed, with the reason, and those are not
kept here: the sender has them. 400 not a line could be read, 401 the signature is wrong or old, 403 there
are too many sources for a new one, 409 a key came again with another body, 413 too large, 429 too many
(`Retry-After`), 503 not stored: send again.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from aiohttp import web
from pydantic import SecretStr

from connectors.base import Clock, SystemClock
from connectors.mention import Mention, Retraction
from connectors.mention_line import LineError, parse_mention_line
from connectors.pieces import Recent

MAX_BODY_BYTES: Final = 1024 * 1024
MAX_MENTIONS: Final = 500
MAX_SKEW_S: Final = 300
MAX_KEY_CHARS: Final = 200
REMEMBERED_KEYS: Final = 20_000
REMEMBERED_SOURCES: Final = 10_000
STORED_WITHIN_S: Final = 60.0
_SOURCE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")

Line = Mention | Retraction


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a batch once it was stored or acknowledged; together they are its lines."""

    accepted: int
    duplicates: int = 0


class Unwelcome(Exception):  # noqa: N818 - nothing went wrong
    """A source that is not taken, however often it comes; the sender is given the sentence."""


# Stores a batch of one source and returns only then; whatever else than Unwelcome it raises means that
# nothing is promised.
Accept = Callable[[str, list[Line]], Awaitable[Accepted]]


@dataclass(slots=True)
class _Bucket:
    """A token bucket: `tokens` as of `at_s`."""

    tokens: float
    at_s: float


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer, and the digest of the body that it answers."""

    digest: bytes
    status: int
    body: bytes

    def response(self) -> web.Response:
        return web.Response(status=self.status, body=self.body, content_type="application/json")


class _Refusal(Exception):  # noqa: N818 - it is an answer, not an error of ours
    def __init__(self, status: int, error: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.headers = dict(headers or {})


def sign(secret: SecretStr, timestamp: str, body: bytes) -> str:
    """The value of `X-Signature-256` for a body sent at `timestamp`, verbatim as in `X-Timestamp`."""
    message = timestamp.encode() + b"." + body
    return "sha256=" + hmac.digest(secret.get_secret_value().encode(), message, "sha256").hex()


def parse_lines(body: bytes, *, now: datetime) -> tuple[list[tuple[int, Line]], list[tuple[int, str]]]:
    """The lines that can be read and those that cannot, each with its 0-based place in the body.

    Raises:
        ValueError: the body as a whole is neither a line, a list of them, nor NDJSON.
    """
    try:
        whole: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        pieces: Any = [piece for piece in body.split(b"\n") if piece.strip()]
        if len(pieces) < 2:
            raise ValueError("the body is not JSON") from None
    else:
        pieces = whole.get("mentions") if isinstance(whole, dict) and "mentions" in whole else [whole]
        if not isinstance(pieces, list):
            raise ValueError("mentions must be a list")
    if not pieces:
        raise ValueError("there is no mention in the body")
    if len(pieces) > MAX_MENTIONS:
        raise OverflowError(f"{len(pieces):,} mentions: at most {MAX_MENTIONS} in one request")
    read: list[tuple[int, Line]] = []
    rejected: list[tuple[int, str]] = []
    for index, piece in enumerate(pieces):
        try:
            line = orjson.loads(piece) if isinstance(piece, bytes) else piece
            if not isinstance(line, dict):
                raise LineError(f"not an object but {type(line).__name__}")
            read.append((index, _seen(parse_mention_line(line, now=now), now)))
        except orjson.JSONDecodeError as error:
            rejected.append((index, f"not JSON: {str(error).split(':')[0]}"))
        except LineError as error:
            rejected.append((index, str(error)))
    return read, rejected


def _seen(line: Line, now: datetime) -> Line:
    """Whatever the line says, we saw it now; one whose clock is ahead may not take its source's time along,
    since all that came after it would be late.
    """
    if isinstance(line, Mention):
        return replace(line, observed_at=now, counted_at=min(line.counted_at, now))
    return replace(line, observed_at=now)


class Webhook:
    """The handler. Idempotency keys and rate limits live in the process: storing is idempotent anyway."""

    def __init__(
        self, accept: Accept, secret: SecretStr, *, requests_a_minute: int = 600, clock: Clock | None = None
    ) -> None:
        self._accept = accept
        self._secret = secret
        self._per_minute = requests_a_minute
        self._clock = clock or SystemClock()
        self._answers: Recent[tuple[str, str], _Answer] = Recent(REMEMBERED_KEYS)
        self._under_way: set[tuple[str, str]] = set()
        self._buckets: Recent[str, _Bucket] = Recent(REMEMBERED_SOURCES)

    async def handle(self, request: web.Request) -> web.Response:
        try:
            return await self._answer(request)
        except _Refusal as refusal:
            body = orjson.dumps({"error": str(refusal)})
            return web.Response(
                status=refusal.status,
                body=body,
                content_type="application/json",
                headers=refusal.headers,
            )

    async def _answer(self, request: web.Request) -> web.Response:
        source = request.match_info["source"]
        if not _SOURCE.match(source):
            raise _Refusal(400, "the source in the path must be of letters, digits, '.', '_' and '-'")
        if (request.content_length or 0) > MAX_BODY_BYTES:
            raise _Refusal(413, f"at most {MAX_BODY_BYTES:,} bytes in one request")
        body = await self._read(request)
        self._authenticate(request.headers, body)
        self._spend(source)
        key = self._key(request.headers, source)
        if key is None:
            return (await self._take(source, body)).response()
        known = self._answers.get(key)
        if known is not None:
            if known.digest != hashlib.sha256(body).digest():
                raise _Refusal(409, "this Idempotency-Key came before, with another body")
            return known.response()
        if key in self._under_way:
            raise _Refusal(409, "a request with this Idempotency-Key is under way", {"Retry-After": "1"})
        self._under_way.add(key)
        try:
            answer = await self._take(source, body)
        finally:
            self._under_way.discard(key)
        self._answers.put(key, answer)
        return answer.response()

    async def _read(self, request: web.Request) -> bytes:
        parts, size = [], 0
        try:
            async for chunk in request.content.iter_any():
                size += len(chunk)
                if size > MAX_BODY_BYTES:
                    raise _Refusal(413, f"at most {MAX_BODY_BYTES:,} bytes in one request")
                parts.append(chunk)
        except (web.RequestPayloadError, ConnectionError):
            raise _Refusal(400, "the body broke off") from None
        return b"".join(parts)

    def _authenticate(self, headers: Mapping[str, str], body: bytes) -> None:
        timestamp, signature = headers.get("X-Timestamp"), headers.get("X-Signature-256")
        if timestamp is None or signature is None:
            raise _Refusal(401, "X-Timestamp and X-Signature-256 must both be there")
        expected = sign(self._secret, timestamp, body)
        if not hmac.compare_digest(expected.encode(), signature.strip().lower().encode("utf-8", "replace")):
            raise _Refusal(401, "the signature is not right for this timestamp, body and secret")
        sent_at = _moment(timestamp)
        if sent_at is None:
            raise _Refusal(401, "X-Timestamp must be Unix seconds or a time with an offset")
        if abs((self._clock.now() - sent_at).total_seconds()) > MAX_SKEW_S:
            raise _Refusal(401, "X-Timestamp is more than five minutes from this server's clock")

    def _spend(self, source: str) -> None:
        """A token bucket a source: a minute's worth at once, then evenly. Only the signed are counted."""
        now_s = self._clock.now().timestamp()
        rate = self._per_minute / 60
        bucket = self._buckets.get(source) or _Bucket(float(self._per_minute), now_s)
        tokens = min(float(self._per_minute), bucket.tokens + max(0.0, now_s - bucket.at_s) * rate)
        if tokens < 1:
            wait_s = str(max(1, round((1 - tokens) / rate + 0.5)))
            raise _Refusal(429, f"more than {self._per_minute} requests a minute", {"Retry-After": wait_s})
        self._buckets.put(source, _Bucket(tokens - 1, now_s))

    def _key(self, headers: Mapping[str, str], source: str) -> tuple[str, str] | None:
        key = headers.get("Idempotency-Key")
        if key is None:
            return None
        if not 0 < len(key) <= MAX_KEY_CHARS or not key.isprintable():
            raise _Refusal(400, f"Idempotency-Key must have 1 to {MAX_KEY_CHARS} printable characters")
        return source, key

    async def _take(self, source: str, body: bytes) -> _Answer:
        now = self._clock.now()
        try:
            read, rejected = parse_lines(body, now=now)
        except OverflowError as error:
            raise _Refusal(413, str(error)) from None
        except ValueError as error:
            raise _Refusal(400, str(error)) from None
        done = Accepted(0)
        if read:
            try:
                async with asyncio.timeout(STORED_WITHIN_S):
                    done = await self._accept(source, [line for _, line in read])
            except Unwelcome as error:
                raise _Refusal(403, str(error)) from None
            except Exception as error:  # whatever went wrong, the sender must not believe it was stored
                told = f"nothing was stored ({type(error).__name__}): send it again"
                raise _Refusal(503, told, {"Retry-After": "5"}) from error
        answer = {
            "accepted": done.accepted,
            "duplicates": done.duplicates,
            "rejected": [{"index": index, "error": error} for index, error in rejected],
        }
        return _Answer(hashlib.sha256(body).digest(), 202 if read else 400, orjson.dumps(answer))


def _moment(text: str) -> datetime | None:
    try:
        when = datetime.fromtimestamp(float(text), UTC) if text.replace(".", "", 1).isdigit() else None
        when = when or datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return when if when.tzinfo is not None else None


def webhook_app(
    accept: Accept,
    secret: SecretStr,
    *,
    path: str = "/ingest",
    requests_a_minute: int = 600,
    clock: Clock | None = None,
) -> web.Application:
    """An aiohttp application that answers `POST {path}/{source}`; `GET {path}/health` says that it is up."""
    webhook = Webhook(accept, secret, requests_a_minute=requests_a_minute, clock=clock)
    # The cap is ours to tell of; aiohttp's own is only a second line.
    app = web.Application(client_max_size=MAX_BODY_BYTES + 1)
    base = path.rstrip("/")
    app.router.add_get(f"{base}/health", _health)
    app.router.add_post(base + "/{source}", webhook.handle)
    return app


async def _health(_: web.Request) -> web.Response:
    return web.Response(text="ok\n")
