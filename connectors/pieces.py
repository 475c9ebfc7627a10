"""Reading single values out of platforms' JSON: the right type, within bounds, or a sentence why not."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Hashable
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar

import orjson

from connectors.errors import Unreadable
from connectors.mention_line import (
    EARLIEST,
    MAX_AHEAD,
    MAX_COUNT,
    MAX_ID_CHARS,
    MAX_TEXT_CHARS,
    MAX_URL_CHARS,
)

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_LANG: Final = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9_-]{0,30})?\Z")


def load_object(raw: bytes | str) -> dict[str, Any]:
    """A JSON object.

    Raises:
        Unreadable: it is not JSON, or not an object.
    """
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"not JSON: {str(error).split(':')[0]}") from None
    if not isinstance(value, dict):
        raise Unreadable(f"not a JSON object but {type(value).__name__}")
    return value


def obj(value: object) -> dict[str, Any]:
    """The object, or an empty one: for optional parts, where absent and wrong mean the same."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def word(value: object, limit: int = MAX_ID_CHARS) -> str | None:
    """An optional string; None where absent, empty, of another type or too long."""
    return value if isinstance(value, str) and value.strip() and len(value) <= limit else None


def address(value: object) -> str | None:
    """An optional web address."""
    found = word(value, MAX_URL_CHARS)
    return found if found is not None and found.startswith(("https://", "http://")) else None


def count(value: object) -> int | None:
    return (
        value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_COUNT else None
    )


def flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def lang(value: object) -> str | None:
    """`fr` of `fr-CA`; None where it is no language code."""
    found = _LANG.match(value) if isinstance(value, str) else None
    return None if found is None else found.group(1).lower()


def required(value: object, key: str) -> str:
    """An identifier that must be there.

    Raises:
        Unreadable
    """
    found = word(value)
    if found is None:
        raise Unreadable(f"{key} is missing, empty or no string")
    return found


def body_text(value: object, key: str) -> str:
    """The text of a post; it may be empty, and what is longer than we read is cut.

    Raises:
        Unreadable: it is no string.
    """
    if not isinstance(value, str):
        raise Unreadable(f"{key} is missing or no string")
    return value[:MAX_TEXT_CHARS]


def moment(value: object, key: str, now: datetime) -> datetime:
    """A time as platforms write it (ISO 8601, or X's old form), in UTC, cut to milliseconds.

    Raises:
        Unreadable: no such time, before 2000, or more than a day after `now`.
    """
    if not isinstance(value, str):
        raise Unreadable(f"{key} is missing or no time")
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        try:
            when = datetime.strptime(value, "%a %b %d %H:%M:%S %z %Y")
        except ValueError:
            raise Unreadable(f"{key} is no time") from None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    try:
        when = when.astimezone(UTC)
    except OverflowError:
        raise Unreadable(f"{key} is outside the years that can be counted") from None
    return plausible(when, key, now)


def plausible(when: datetime, key: str, now: datetime) -> datetime:
    """`when` cut to milliseconds, as the store keeps it.

    Raises:
        Unreadable: before 2000, or more than a day after `now`.
    """
    if when < EARLIEST:
        raise Unreadable(f"{key} lies before 2000")
    if when > now + MAX_AHEAD:
        raise Unreadable(f"{key} lies more than a day after this computer's clock")
    return when.replace(microsecond=when.microsecond // 1000 * 1000)


def clamp(when: datetime, covers: tuple[datetime, datetime]) -> datetime:
    """Where a post counts: its own time, moved into the interval that its page covers."""
    return min(max(when, covers[0]), covers[1])


class Recent(Generic[K, V]):
    """A bounded memory of the last `most` keys; what was used longest ago is forgotten first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[K, V] = OrderedDict()

    def __contains__(self, key: K) -> bool:
        return key in self._kept

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: K) -> V | None:
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        return None

    def put(self, key: K, value: V) -> None:
        self._kept[key] = value
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def drop(self, key: K) -> None:
        self._kept.pop(key, None)

    def first_time(self, key: K, value: V) -> bool:
        """Remember the key; whether it was not known before."""
        new = key not in self._kept
        self.put(key, value)
        return new
