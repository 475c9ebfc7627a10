"""The `connectors:` section of the watches file: what is listened to, one sub-section a platform.

A secret never stands in the file: `token_env: NAME` names an environment variable, `token_file: PATH`
a file. A secret written out is refused with a sentence saying what to write instead.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from connectors.duration import parse_duration

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*\Z")
_NSID = re.compile(r"[a-z][a-z0-9-]*(\.[a-zA-Z0-9-]+){1,9}(\.\*)?\Z")
_PATH = re.compile(r"/[A-Za-z0-9._~/-]{0,200}\Z")


def _seconds(value: object) -> object:
    """`30s`, `5m`, `2h` or `1d` as seconds; a number is seconds already."""
    if isinstance(value, str):
        return int(parse_duration(value).total_seconds())
    return value


def _url(*schemes: str) -> AfterValidator:
    def check(value: str) -> str:
        try:
            parts = urlsplit(value)
            port_ok = parts.port is None or parts.port > 0
        except ValueError:
            raise ValueError(f"must be an address such as {schemes[0]}://host/path") from None
        if parts.scheme not in schemes or not parts.hostname or not port_ok or not value.isprintable():
            raise ValueError(f"must be an address such as {schemes[0]}://host/path")
        if parts.username is not None or parts.password is not None:
            raise ValueError("must not hold a user name or a password")
        return value

    return AfterValidator(check)


def _variable(value: str) -> str:
    if not _VARIABLE.match(value):
        raise ValueError("must be the name of an environment variable in capitals, not the secret itself")
    return value


def _collection(value: str) -> str:
    if not _NSID.match(value):
        raise ValueError("must be a collection such as app.bsky.feed.post or app.bsky.feed.*")
    return value


def _route(value: str) -> str:
    if not _PATH.match(value):
        raise ValueError("must be a path such as /ingest")
    return value.rstrip("/") or "/"


Seconds = Annotated[int, BeforeValidator(_seconds)]
Variable = Annotated[str, AfterValidator(_variable)]
HttpUrl = Annotated[str, _url("https", "http")]
SocketUrl = Annotated[str, _url("wss", "ws")]
Collection = Annotated[str, AfterValidator(_collection)]


class Section(BaseModel):
    """A sub-section. `SECRETS` maps a key that people write by mistake to what it should have been."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    SECRETS: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="before")
    @classmethod
    def _no_secret_inline(cls, value: Any) -> Any:
        for name in cls.SECRETS:
            if isinstance(value, dict) and name in value:
                raise ValueError(
                    f"{name} must not stand in this file: put it into an environment variable and write "
                    f"{name}_env: ITS_NAME, or into a file and write {name}_file: ITS_PATH"
                )
        return value


def _one_secret(section: Section, name: str) -> None:
    if (getattr(section, f"{name}_env") is None) == (getattr(section, f"{name}_file") is None):
        raise ValueError(f"needs {name}_env (an environment variable) or {name}_file, one of the two")


class Bluesky(Section):
    """Jetstream. Endpoints are tried in turn; the cursor is a time, so it travels between them.

    An address that ends in `/subscribe` speaks its version 1, one that ends in
    `/xrpc/network.bsky.jetstream.subscribeEvents` its version 2.
    """

    endpoints: Annotated[tuple[SocketUrl, ...], Field(min_length=1, max_length=16)] = (
        "wss://jetstream2.us-east.bsky.network/subscribe",
        "wss://jetstream1.us-east.bsky.network/subscribe",
        "wss://jetstream2.us-west.bsky.network/subscribe",
        "wss://jetstream1.us-west.bsky.network/subscribe",
    )
    collections: Annotated[tuple[Collection, ...], Field(min_length=1, max_length=100)] = (
        "app.bsky.feed.post",
        "app.bsky.feed.repost",
    )
    api: HttpUrl | None = Field(
        default=None, description="where handles and follower counts are looked up; none: accounts stay DIDs"
    )
    compress: bool = Field(default=True, description="Zstandard, where a host of version 2 has a dictionary")
    idle: Annotated[Seconds, Field(ge=5, le=3_600)] = Field(
        default=60, description="this long without an event, the connection is replaced"
    )


class MastodonInstance(Section):
    """One server, one token. Streaming needs a user token with read:statuses since Mastodon 4.2."""

    SECRETS: ClassVar[tuple[str, ...]] = ("token",)

    url: HttpUrl
    token_env: Variable | None = None
    token_file: str | None = None
    stream: Literal["public", "public/local", "public/remote"] = "public"
    require_indexable: bool = Field(
        default=False, description="leave out accounts that have not opted in to search (account.indexable)"
    )

    @model_validator(mode="after")
    def _has_token(self) -> MastodonInstance:
        _one_secret(self, "token")
        return self


class Mastodon(Section):
    instances: Annotated[tuple[MastodonInstance, ...], Field(min_length=1, max_length=64)]


class Rss(Section):
    feeds: Annotated[tuple[HttpUrl, ...], Field(min_length=1, max_length=2_000)]
    every: Annotated[Seconds, Field(ge=1, le=7 * 86_400)] = 300
    allow_private: bool = Field(default=False, description="also feeds on private and loopback addresses")


class X(Section):
    """Filtered stream. `backfill_minutes` is for those whose plan has it."""

    SECRETS: ClassVar[tuple[str, ...]] = ("bearer",)

    api: HttpUrl = "https://api.x.com"
    bearer_env: Variable | None = None
    bearer_file: str | None = None
    backfill_minutes: Annotated[int, Field(ge=0, le=5)] = 0
    monthly_posts: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="stop at this many posts a calendar month, and record the rest as a gap"
    )
    recent_search: bool = Field(
        default=True,
        description="look for what the stream missed; found posts are paid for too",
    )
    max_search_chars: Annotated[int, Field(ge=128, le=4_096)] = 512
    max_rules: Annotated[int, Field(ge=1, le=25_000)] = 1_000
    max_rule_chars: Annotated[int, Field(ge=128, le=2_048)] = 1_024

    @model_validator(mode="after")
    def _has_bearer(self) -> X:
        _one_secret(self, "bearer")
        return self


class Webhook(Section):
    SECRETS: ClassVar[tuple[str, ...]] = ("secret",)

    path: Annotated[str, AfterValidator(_route)] = "/ingest"
    secret_env: Variable | None = None
    secret_file: str | None = None
    requests_a_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 600

    @model_validator(mode="after")
    def _has_secret(self) -> Webhook:
        _one_secret(self, "secret")
        return self


class Files(Section):
    """A watched folder: JSONL and CSV, plain or .gz, read as they appear or grow."""

    folder: Annotated[str, Field(min_length=1)]
    every: Annotated[Seconds, Field(ge=1, le=86_400)] = 5


class Simulated(Section):
    """The invented valley, for trying an installation out: posts that never were, and a flood."""

    seed: Annotated[int, Field(ge=1)] = 1


class Connectors(Section):
    """All of it; what is absent is not listened to."""

    bluesky: Bluesky | None = None
    mastodon: Mastodon | None = None
    rss: Rss | None = None
    x: X | None = None
    webhook: Webhook | None = None
    files: Files | None = None
    simulated: Simulated | None = None
