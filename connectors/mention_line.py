"""The mention line: one JSON object a post, the form in which anybody's posts come in.

`parse_mention_line` is pure. Unknown keys are ignored and a null counts as absent. What cannot be
read raises `LineError`, whose text says which key is wrong and what would be right.

    LineError(ValueError)    this line can never succeed as it stands: park it
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from connectors.mention import KINDS, Engagement, Kind, Mention, Retraction

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
    # Most lines have few of the optional keys, and a call costs more than a look.
    has = {key for key, value in line.items() if value is not None}
    counted_at = (_time(line, "counted_at", now) if "counted_at" in has else None) or created_at
    observed_at = (_time(line, "observed_at", now) if "observed_at" in has else None) or counted_at
    return Mention(
        platform=platform,
        native_id=cast("str", native_id),
        text=text,
        created_at=created_at,
        observed_at=observed_at,
        counted_at=counted_at,
        kind=cast("Kind", kind),
        lang=_lang(line) if "lang" in has else None,
        url=_string(line, "url", MAX_URL_CHARS) if "url" in has else None,
        author_id=_identifier(line, "author_id") if "author_id" in has else None,
        author_handle=_string(line, "author_handle", MAX_ID_CHARS) if "author_handle" in has else None,
        author_followers=_count(line, "author_followers") if "author_followers" in has else None,
        author_verified=_flag(line, "author_verified") if "author_verified" in has else None,
        parent_id=_identifier(line, "parent_id") if "parent_id" in has else None,
        repost_of=_identifier(line, "repost_of") if "repost_of" in has else None,
        engagement=_engagement(line) if "engagement" in has else None,
        edited_at=_time(line, "edited_at", now) if "edited_at" in has else None,
        media=_media(line) if "media" in has else (),
        late="late" in has and bool(_flag(line, "late")),
        drill="drill" in has and bool(_flag(line, "drill")),
    )


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
    if not isinstance(value, str) or not _PLATFORM.match(value):
        wanted = "a short name of letters, digits, '-', '_' and '.', such as 'mastodon'"
        raise LineError(_missing_or_wrong("platform", value, wanted))
    return value


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


def _lang(line: Mapping[str, Any]) -> str | None:
    value = _string(line, "lang", 35)
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
    try:
        when = when.astimezone(UTC)
    except OverflowError:
        raise LineError(f"{key} is {_show(value)}: outside the years that can be counted") from None
    # The store keeps milliseconds: cut here, so that a record means the same before and after it.
    when = when.replace(microsecond=when.microsecond // 1000 * 1000)
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


def _engagement(line: Mapping[str, Any]) -> Engagement | None:
    value = line.get("engagement")
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise LineError(_missing_or_wrong("engagement", value, 'an object such as {"likes": 3}'))
    return Engagement(
        likes=_count(value, "likes"), reposts=_count(value, "reposts"), replies=_count(value, "replies")
    )


def _media(line: Mapping[str, Any]) -> tuple[str, ...]:
    value = line.get("media")
    if value is None:
        return ()
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise LineError(_missing_or_wrong("media", value, "a list of addresses"))
    return tuple(value[:MAX_MEDIA])
