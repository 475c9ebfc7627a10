"""One POST of JSON, and what its answer means for a notifier."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp

from streams.notifiers.base import Delivered, GiveUp, Outcome, Retry, detail

LONGEST_ANSWER_BYTES: Final = 4_096
_RETRY_STATUS: Final = frozenset({408, 409, 423, 425, 429})


class Poster:
    """Posts bytes with a time limit, follows no redirect and reads no more of an answer than it shows.

    The session opens with the first post, inside the running event loop.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        try:
            async with self._session.post(
                url,
                data=body,
                headers={"Content-Type": "application/json", "User-Agent": "vigie", **headers},
                allow_redirects=False,
            ) as response:
                said = await response.content.read(LONGEST_ANSWER_BYTES)
                return judge(response.status, said, response.headers.get("Retry-After"))
        except TimeoutError:
            return Retry(f"no answer within {self._timeout_s:g} s")
        except aiohttp.InvalidURL:
            return GiveUp("the address is no URL")
        except (aiohttp.ClientError, OSError) as error:
            return Retry(detail(f"{type(error).__name__}: {error}"))

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


def judge(status: int, said: bytes, retry_after: str | None) -> Outcome:
    """2xx is delivered; 5xx and "not now" may be tried again; anything else is refused for good.

    A redirect is refused too: a notice with a key in it goes nowhere but where the file says.
    """
    text = detail(f"{status} {said.decode('utf-8', 'replace')}")
    if 200 <= status < 300:
        return Delivered(text)
    if status >= 500 or status in _RETRY_STATUS:
        return Retry(text, retry_after_s(retry_after))
    return GiveUp(text)


def retry_after_s(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds of a Retry-After header, which is a number or a date; None for nonsense and the past."""
    if value is None:
        return None
    if value.strip().isdecimal() and len(value.strip()) <= 9:
        return float(value)
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    if when.tzinfo is None:
        return None
    seconds = (when - (now or datetime.now(UTC))).total_seconds()
    return seconds if seconds > 0 else None
