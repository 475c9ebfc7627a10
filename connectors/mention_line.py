"""The mention line: one JSON object a post, the form in which anybody's posts come in.

`parse_mention_line` is pure. Unknown keys are ignored and a null counts as absent. What cannot be
read raises `LineError`, whose text says which key is wrong and what would be right.

    LineError(ValueError)    this line can never succeed as it stands: park it
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import Any, Final

from connectors.mention import (
    KINDS,
    SCHEMA_VERSION,
    Draft,
    Engagement,
    Mention,
    Retraction,
    finished,
)

MAX_TEXT_CHARS: Final = 100_000
MAX_ID_CHARS: Final = 1_024
MAX_URL_CHARS: Final = 8_192
MAX_MEDIA: Final = 64
MAX_COUNT: Final = 2**53
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
MAX_AHEAD: Final = timedelta(days=1)

PLATFORM: Final = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
_PLATFORM = re.compile(PLATFORM.replace("$", r"\Z"))
_LANG = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9_-]*)?\Z")


class LineError(ValueError):
    """The line is not a mention or a retraction; `str()` is a sentence for the person who wrote it."""


def parse_mention_line(line: Mapping[str, Any], *, now: datetime) -> Mention | Retraction:
    """Read one line, `now` being the reader's clock.

    `observed_at` and `counted_at` may stand in a line that one of our own processes wrote; in anyone
    else's they default to `created_at`: a recording was observed as it happened.

    Raises:
        LineError: a key is missing, of the wrong type, or out of bounds.
    """
    kind_of_line = line.get("type")
    if kind_of_line == "retraction":
        return _retraction(line, now)
    if kind_of_line not in (None, "mention"):
        raise LineError(f"type is {_show(kind_of_line)}: it must be absent, or 'mention', or 'retraction'")
    platform = _platform(line)
    native_id = _identifier(line, "native_id", required=True)
    text = line.get("text")
    if not isinstance(text, str):
        raise LineError(_missing_or_wrong("text", text, "a string"))
    if len(text) > MAX_TEXT_CHARS:
        raise LineError(f"text has {len(text):,} characters: at most {MAX_TEXT_CHARS:,} are read")
    created_at = _time(line, "created_at", now)
    if created_at is None:
        raise LineError("created_at is missing: write a time with an offset, 2026-01-31T08:00:00Z")
    kind = line.get("kind")
    if kind is None:
        kind = "post"
    elif not isinstance(kind, str) or kind not in KINDS:
        raise LineError(f"kind is {_show(kind)}: it must be one of {', '.join(sorted(KINDS))}")
    draft = Draft()
    draft.platform = platform
    draft.native_id = native_id
    draft.text = text
    draft.created_at = draft.counted_at = created_at
    draft.kind = kind
    draft.observed_at = draft.lang = draft.url = draft.author_id = draft.author_handle = None
    draft.author_followers = draft.author_verified = draft.parent_id = draft.repost_of = None
    draft.engagement = draft.edited_at = None
    draft.media = ()
    draft.late = draft.drill = False
    draft.schema_version = SCHEMA_VERSION
    # Most lines have few of the optional keys.
    for key, value in line.items():
        if value is None:
            continue
        if (read := _OPTIONAL.get(key)) is not None:
            setattr(draft, key, read(line, key))
        elif key in _TIMES:
            setattr(draft, key, _time(line, key, now))
    if draft.observed_at is None:
        draft.observed_at = draft.counted_at
    return finished(draft)


def _retraction(line: Mapping[str, Any], now: datetime) -> Retraction:
    native_id = _identifier(line, "native_id")
    author_id = _identifier(line, "author_id")
    if (native_id is None) == (author_id is None):
        raise LineError("a retraction names either native_id (one post) or author_id (a whole account)")
    return Retraction(
        platform=_platform(line),
        native_id=native_id,
        author_id=author_id,
        observed_at=_time(line, "observed_at", now) or now,
    )


def _show(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _missing_or_wrong(key: str, value: object, wanted: str) -> str:
    if value is None:
        return f"{key} is missing: it must be {wanted}"
    return f"{key} is {_show(value)}: it must be {wanted}"


def _platform(line: Mapping[str, Any]) -> str:
    value = line.get("platform")
    if not isinstance(value, str) or not _is_platform(value):
        wanted = "a short name of letters, digits, '-', '_' and '.', such as 'mastodon'"
        raise LineError(_missing_or_wrong("platform", value, wanted))
    return value


@lru_cache(maxsize=256)
def _is_platform(value: str) -> bool:
    return _PLATFORM.match(value) is not None


def _identifier(line: Mapping[str, Any], key: str, *, required: bool = False) -> str | None:
    """Ids are strings; the whole numbers that many exports hold are taken as their digits."""
    value = line.get(key)
    if value is None and not required:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise LineError(_missing_or_wrong(key, value, "a string that is not empty"))
    if len(value) > MAX_ID_CHARS:
        raise LineError(f"{key} has {len(value):,} characters: at most {MAX_ID_CHARS:,} are read")
    return value


def _string(line: Mapping[str, Any], key: str, limit: int) -> str | None:
    value = line.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise LineError(_missing_or_wrong(key, value, "a string"))
    if len(value) > limit:
        raise LineError(f"{key} has {len(value):,} characters: at most {limit:,} are read")
    return value


def _lang(line: Mapping[str, Any], key: str) -> str | None:
    value = _string(line, key, 35)
    if value is None:
        return None
    match = _LANG.match(value)
    if match is None:
        raise LineError(f"lang is {_show(value)}: it must be a language code such as 'fr' or 'en-GB'")
    return match.group(1).lower()


def _time(line: Mapping[str, Any], key: str, now: datetime) -> datetime | None:
    value = line.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise LineError(f"{key} is {_show(value)}: it must be a time with an offset, 2026-01-31T08:00:00Z")
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        raise LineError(f"{key} is {_show(value)}: it must be a time with an offset, "
                        "2026-01-31T08:00:00Z") from None  # fmt: skip
    if when.tzinfo is None:
        raise LineError(f"{key} is {_show(value)} and has no time zone: write 2026-01-31T08:00:00Z "
                        "or 2026-01-31T09:00:00+01:00")  # fmt: skip
    if when.tzinfo is not UTC:
        try:
            when = when.astimezone(UTC)
        except OverflowError:
            raise LineError(f"{key} is {_show(value)}: outside the years that can be counted") from None
    # The store keeps milliseconds: cut here, so that a record means the same before and after it.
    if beyond_us := when.microsecond % 1000:
        when -= timedelta(microseconds=beyond_us)
    if when < EARLIEST:
        raise LineError(f"{key} is {_show(value)}: before 2000, which no post here can be")
    if when > now + MAX_AHEAD:
        raise LineError(f"{key} is {_show(value)}: more than a day after this computer's clock")
    return when


def _count(line: Mapping[str, Any], key: str) -> int | None:
    value = line.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_COUNT:
        raise LineError(_missing_or_wrong(key, value, "a whole number, 0 or more"))
    return value


def _flag(line: Mapping[str, Any], key: str) -> bool | None:
    value = line.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise LineError(_missing_or_wrong(key, value, "true or false"))


def _engagement(line: Mapping[str, Any], key: str) -> Engagement | None:
    value = line.get(key)
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise LineError(_missing_or_wrong(key, value, 'an object such as {"likes": 3}'))
    return Engagement(
        likes=_count(value, "likes"), reposts=_count(value, "reposts"), replies=_count(value, "replies")
    )


def _media(line: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = line.get(key)
    if value is None:
        return ()
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise LineError(_missing_or_wrong(key, value, "a list of addresses"))
    return tuple(value[:MAX_MEDIA])


_OPTIONAL: Final[Mapping[str, Callable[[Mapping[str, Any], str], Any]]] = {
    "lang": _lang,
    "url": partial(_string, limit=MAX_URL_CHARS),
    "author_id": _identifier,
    "author_handle": partial(_string, limit=MAX_ID_CHARS),
    "author_followers": _count,
    "author_verified": _flag,
    "parent_id": _identifier,
    "repost_of": _identifier,
    "engagement": _engagement,
    "media": _media,
    "late": _flag,
    "drill": _flag,
}
"""How the value of a key that is there, and no null, becomes the mention's."""

_TIMES: Final = frozenset({"counted_at", "observed_at", "edited_at"})
