"""What a connector promises: the records that leave a platform's own shape behind.

All times are aware UTC datetimes. Nothing here is mutable and nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import attrgetter
from typing import Annotated, Any, Final, Literal, cast, get_args

from pydantic import AfterValidator

SCHEMA_VERSION: Final = 1


def _aware_utc(when: datetime) -> datetime:
    if when.tzinfo is None:
        raise ValueError("has no time zone")
    return when.astimezone(UTC)


# A moment, in UTC. Whoever reads a record from bytes (`streams.codec`) checks and converts it.
Instant = Annotated[datetime, AfterValidator(_aware_utc)]

Kind = Literal["post", "repost", "reply", "quote", "comment", "article"]
KINDS: Final[frozenset[str]] = frozenset(get_args(Kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """Reactions as the platform counted them when the post was observed."""

    likes: int | None = None
    reposts: int | None = None
    replies: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One public post as a connector saw it.

    `created_at` is what the platform claims, `observed_at` is when we saw it, `counted_at` is where
    it counts: `created_at` clamped to the interval that its page covers. The first `counted_at` seen
    for an id stays. `late` is set where the source's own watermark had passed `counted_at` by more
    than the allowed lateness: a late mention reaches every view and no decision.

    `author_id` and `author_handle` are the platform's own until the edge replaces them by pseudonyms
    (`streams.pseudonym`); no topic and no table holds them otherwise.
    """

    platform: str
    native_id: str
    text: str
    created_at: Instant
    observed_at: Instant
    counted_at: Instant
    kind: Kind = "post"
    lang: str | None = None
    url: str | None = None
    author_id: str | None = None
    author_handle: str | None = None
    author_followers: int | None = None
    author_verified: bool | None = None
    parent_id: str | None = None
    repost_of: str | None = None
    engagement: Engagement | None = None
    edited_at: Instant | None = None
    media: tuple[str, ...] = ()
    late: bool = False
    drill: bool = False
    schema_version: int = SCHEMA_VERSION

    @property
    def id(self) -> str:
        """Deterministic: the platform and its own id of the post."""
        return f"{self.platform}:{self.native_id}"

    @property
    def version_ms(self) -> int:
        """Orders the states of one post: its newest edit in Unix milliseconds, 0 if never edited."""
        return 0 if self.edited_at is None else int(self.edited_at.timestamp() * 1000)

    def with_author(self, author_id: str | None, author_handle: str | None) -> Mention:
        """The same mention of another author."""
        draft = _copied(self)
        draft.author_id = author_id
        draft.author_handle = author_handle
        return finished(draft)


Draft: Any = type("Draft", (), {"__slots__": tuple(Mention.__slots__)})
"""A mention that is being written. Every mention is made once and copied once, and a frozen dataclass
takes ten times as long over each: whoever has millions of them assigns every slot, then calls `finished`."""

_VALUES: Final = attrgetter(*Mention.__slots__)


def finished(draft: Any) -> Mention:
    """`draft` itself, of which every slot is assigned, as the frozen mention that it is from here on."""
    draft.__class__ = Mention
    return cast("Mention", draft)


def _copied(mention: Mention) -> Any:
    draft = Draft()
    (
        draft.platform,
        draft.native_id,
        draft.text,
        draft.created_at,
        draft.observed_at,
        draft.counted_at,
        draft.kind,
        draft.lang,
        draft.url,
        draft.author_id,
        draft.author_handle,
        draft.author_followers,
        draft.author_verified,
        draft.parent_id,
        draft.repost_of,
        draft.engagement,
        draft.edited_at,
        draft.media,
        draft.late,
        draft.drill,
        draft.schema_version,
    ) = _VALUES(mention)
    return draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Retraction:
    """A post, or with `author_id` a whole account, was deleted at the source and must go from the store."""

    platform: str
    observed_at: Instant
    native_id: str | None = None
    author_id: str | None = None
    schema_version: int = SCHEMA_VERSION

    @property
    def mention_id(self) -> str | None:
        return None if self.native_id is None else f"{self.platform}:{self.native_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A connector knows that it did not see `from_at` to `until_at`; `reason` is in words for people.

    On Kafka a gap travels through every partition of the mentions topic, as a tick does.
    """

    connector: str
    platform: str
    from_at: Instant
    until_at: Instant
    reason: str
    part: int = 0
    parts: int = 1
    schema_version: int = SCHEMA_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """`source` has said everything that counts before `at`, also when there was nothing to say.

    On Kafka a source ticks every partition of the mentions topic; `part` says which one this tick
    travelled through and `parts` how many there are, so that a reader can take the minimum of all.
    `begun_at` is the first moment this run of the source speaks of.
    """

    source: str
    at: Instant
    begun_at: Instant
    part: int = 0
    parts: int = 1
    schema_version: int = SCHEMA_VERSION


Arrival = Mention | Retraction | Gap | Tick


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """A piece of input that is no record: what was wrong, in words, and the bytes themselves."""

    reason: str
    raw: bytes
    position: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one fetch brought.

    `cursor` means: everything up to and including the last item of this page was read. It is saved
    only after the page was stored or acknowledged by the broker. `covers` is the interval
    (from, until) the page speaks for; `counted_at` of its mentions lies inside.
    """

    items: tuple[Mention | Retraction | Gap, ...] = ()
    malformed: tuple[Malformed, ...] = ()
    cursor: str | None = None
    covers: tuple[Instant, Instant] | None = None
    next_after_s: float = 0.0
    measurements: Mapping[str, float] = field(default_factory=dict)
