"""What a watches file says, once it was found to be right: what somebody cares about.

`streams.watches_file` reads it.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PrivateAttr,
    Tag,
    model_validator,
)

from connectors.config import Connectors
from models import query as query_language
from models.misinformation import Claim, lexicon_names
from models.onnx_folder import OnnxFolder
from models.phrases import phrase_words
from models.query import Query, QueryError
from models.spike import Sensitivity
from streams.notifiers.config import Channel
from streams.records import Planned

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}\Z")
_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*:\S+\Z")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


def _name(value: str) -> str:
    if not _NAME.match(value):
        raise ValueError("must be of a-z, 0-9 and '-', 63 at the most, and not begin with '-'")
    return value


def _account(value: str) -> str:
    if not _ACCOUNT.match(value):
        raise ValueError("must name platform and account, such as 'x:12345' or 'mastodon:@name@host'")
    return value


def _phrase(value: str) -> str:
    if not phrase_words(value):
        raise ValueError("holds no word to look for")
    return value


def known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be a time zone such as 'Europe/Paris'") from None
    return value


def _lexicon(value: str) -> str:
    if value not in lexicon_names():
        raise ValueError(f"must be one of {', '.join(sorted(lexicon_names()))}")
    return value


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("must have an offset: 2026-01-31T08:00:00+01:00")
    return value


Name = Annotated[str, AfterValidator(_name)]
Account = Annotated[str, AfterValidator(_account)]
Phrase = Annotated[str, AfterValidator(_phrase)]
Moment = Annotated[datetime, AfterValidator(_aware)]


def _parsed(value: str) -> str:
    try:
        parsed = query_language.parse(value)
    except QueryError as error:
        pointer = error.pointer().replace("\n", "\n    ")
        raise ValueError(f"{error.message}, at column {error.column}\n    {pointer}") from None
    for author in parsed.authors:
        if not _ACCOUNT.match(author):
            raise ValueError(
                f"author:{author} must name the platform too, such as author:x:12345 or "
                "author:mastodon:@name@host (accounts are compared as pseudonyms)"
            )
    return value


class MisinformationWords(_Strict):
    """What a watch holds to be worth a look."""

    lexicons: tuple[Annotated[str, AfterValidator(_lexicon)], ...] = ()
    phrases: tuple[Phrase, ...] = ()
    claims: str | None = None
    _claims: tuple[Claim, ...] = PrivateAttr(())

    @property
    def known_claims(self) -> tuple[Claim, ...]:
        return self._claims


class Watch(_Strict):
    """One thing somebody cares about."""

    name: Name
    query: Annotated[str, AfterValidator(_parsed)]
    title: str = ""
    sensitivity: Sensitivity = Sensitivity.BALANCED
    shadow: Sensitivity | None = None
    """A second sensitivity: what it would have told is recorded, and nobody is told."""
    urgent: tuple[Phrase, ...] = ()
    vip: tuple[Account, ...] = ()
    misinformation: MisinformationWords = MisinformationWords()
    notify: tuple[Name, ...] = ()

    @property
    def parsed(self) -> Query:
        return query_language.parse(self.query)

    @property
    def label(self) -> str:
        return self.title or self.name


class PlannedEvent(_Strict):
    """A planned event raises what is expected of its watches while it lasts; it mutes nothing."""

    name: str
    from_at: Moment = Field(validation_alias=AliasChoices("from", "from_at"))
    until_at: Moment = Field(validation_alias=AliasChoices("until", "until_at"))
    watches: tuple[Name, ...] = ()
    expect: Annotated[float, Field(ge=1, le=100)] = 3.0

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until_at <= self.from_at:
            raise ValueError("until must lie after from")
        return self

    @property
    def stored(self) -> Planned:
        return Planned(
            name=self.name,
            from_at=self.from_at,
            until_at=self.until_at,
            watches=self.watches,
            expect=self.expect,
        )

    def concerns(self, watch: str) -> bool:
        """An event without watches concerns them all."""
        return not self.watches or watch in self.watches


class OwnModel(_Strict):
    """`sentiment: {onnx: FOLDER}`: a local transformer of the user's own, beside the watches file."""

    onnx: str
    _folder: OnnxFolder | None = PrivateAttr(None)

    @property
    def folder(self) -> OnnxFolder:
        assert self._folder is not None, "read by parse_watches"
        return self._folder


SentimentChoice = Annotated[
    Annotated[Literal["fast", "accurate", "vader"], Tag("shipped")] | Annotated[OwnModel, Tag("own")],
    Discriminator(lambda value: "own" if isinstance(value, dict | OwnModel) else "shipped"),
]


class Watches(_Strict):
    """The file as a whole. `config_hash` names its content on every incident."""

    version: Literal[1]
    timezone: Annotated[str, AfterValidator(known_zone)] = "Europe/Paris"
    language: Literal["fr", "en"] = "fr"
    sentiment: SentimentChoice = "fast"
    keep_unmatched: bool = False
    # Strict: YAML's `yes` is no day.
    retention_days: Annotated[int, Field(ge=1, le=36_500, strict=True)] = 365
    watches: tuple[Watch, ...] = ()
    channels: dict[Name, Channel] = Field(default_factory=dict)
    connectors: Connectors = Connectors()
    calendar: tuple[PlannedEvent, ...] = ()
    _config_hash: str = PrivateAttr("")

    @property
    def config_hash(self) -> str:
        return self._config_hash

    @property
    def planned(self) -> tuple[Planned, ...]:
        """The calendar, as the store keeps it."""
        return tuple(event.stored for event in self.calendar)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def watch(self, name: str) -> Watch:
        """Raises KeyError where no watch has that name."""
        return next(watch for watch in self.watches if watch.name == name)

    def __contains__(self, name: object) -> bool:
        return any(watch.name == name for watch in self.watches)
