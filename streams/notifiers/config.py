"""The `channels:` section of the watches file: who is told, how, and when they sleep.

A secret never stands in the file. `password_env: NAME` names an environment variable and
`password_file: PATH` a file; a secret written out is refused with a sentence saying what to write.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, ClassVar, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    model_validator,
)

from connectors.duration import parse_duration, write_duration
from streams.records import Severity

_QUIET = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\Z")
_ADDRESS = re.compile(r"[^\s@<>(),;:\\\"\[\]]+@[^\s@<>(),;:\\\"\[\]]+\Z")
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*\Z")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\Z")


Duration = Annotated[
    timedelta, BeforeValidator(parse_duration), PlainSerializer(write_duration, return_type=str)
]


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A span of each day in the watches file's time zone, or past midnight; `end` is out."""

    start: time
    end: time

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"

    def covers(self, when: datetime, zone: ZoneInfo) -> bool:
        """Whether the clock on the wall stands in the quiet hours at `when`."""
        wall = when.astimezone(zone).time()
        if self.start < self.end:
            return self.start <= wall < self.end
        return wall >= self.start or wall < self.end

    def ends_after(self, when: datetime, zone: ZoneInfo) -> datetime:
        """The first end of quiet hours after `when`, in UTC; right also on the nights the clock changes."""
        local = when.astimezone(zone)
        today = datetime.combine(local.date(), self.end, tzinfo=zone)
        # Adding a day moves the wall clock, as it should: the end is a time on the wall.
        end = today if today.astimezone(UTC) > when.astimezone(UTC) else today + timedelta(days=1)
        return end.astimezone(UTC)

    def began_before(self, when: datetime, zone: ZoneInfo) -> datetime:
        """The last beginning of quiet hours at or before `when`, in UTC."""
        local = when.astimezone(zone)
        today = datetime.combine(local.date(), self.start, tzinfo=zone)
        begin = today if today.astimezone(UTC) <= when.astimezone(UTC) else today - timedelta(days=1)
        return begin.astimezone(UTC)


def parse_quiet_hours(value: object) -> QuietHours:
    """`22:00-07:00`.

    Raises:
        ValueError: it is no such span, or it begins where it ends.
    """
    if isinstance(value, QuietHours):
        return value
    found = _QUIET.match(str(value).strip())
    if found is None:
        raise ValueError("must be two times of day, such as '22:00-07:00'")
    try:
        start, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    except ValueError:
        raise ValueError("must be two times of day from 00:00 to 23:59, such as '22:00-07:00'") from None
    if start == end:
        raise ValueError("must not begin and end at the same time: leave it out for no quiet hours")
    return QuietHours(start, end)


QuietSpan = Annotated[QuietHours, BeforeValidator(parse_quiet_hours), PlainSerializer(str, return_type=str)]


def _address(value: str) -> str:
    if not _ADDRESS.match(value) or not value.isprintable():
        raise ValueError("must be a plain e-mail address, such as duty@example.org")
    return value


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not value.isprintable() or " " in value:
        raise ValueError("must be an address beginning with https:// or http://")
    if parts.username or parts.password:
        raise ValueError("must hold neither user nor password: they would stand in the file")
    return value


Address = Annotated[str, AfterValidator(_address)]
Url = Annotated[str, AfterValidator(_url)]


class _Channel(BaseModel):
    """What every channel has.

    `keeps_state` is set where the other side shows the incident as open until it is told otherwise.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    secrets: ClassVar[tuple[str, ...]] = ()
    needed: ClassVar[tuple[str, ...]] = ()
    keeps_state: ClassVar[bool] = False

    min_severity: Severity = Severity.WARNING
    cooldown: Duration = timedelta(minutes=30)
    quiet_hours: QuietSpan | None = None
    digest: bool = True
    include_text: bool = False
    drills: bool = False
    language: Literal["fr", "en"] | None = None
    link: str | None = None
    timeout: Annotated[Duration, Field(gt=timedelta())] = timedelta(seconds=10)
    give_up_after: Annotated[Duration, Field(gt=timedelta())] = timedelta(hours=24)

    @model_validator(mode="before")
    @classmethod
    def _no_secret_in_the_file(cls, data: Any) -> Any:
        if isinstance(data, dict):
            for name in cls.secrets:
                if name in data:
                    raise ValueError(
                        f"must not hold {name} itself: write {name}_env: NAME_OF_A_VARIABLE "
                        f"or {name}_file: PATH instead"
                    )
                # Said of the channel and not of the key: what stands there may be the secret itself,
                # and an error names the value of the key that it is about.
                variable = data.get(f"{name}_env")
                if variable is not None and not _VARIABLE.match(str(variable)):
                    raise ValueError(
                        f"has a {name}_env that is no name of an environment variable, "
                        f"such as SMTP_PASSWORD (A-Z, 0-9 and _)"
                    )
        return data

    @model_validator(mode="after")
    def _each_secret_from_one_place(self) -> Self:
        for name in self.secrets:
            places = [
                f"{name}_{kind}" for kind in ("env", "file") if getattr(self, f"{name}_{kind}") is not None
            ]
            if len(places) > 1:
                raise ValueError(f"has both {places[0]} and {places[1]}: one of them is enough")
            if not places and name in self.needed:
                raise ValueError(f"needs {name}_env: NAME_OF_A_VARIABLE or {name}_file: PATH")
        return self

    @model_validator(mode="after")
    def _link_can_be_filled_in(self) -> Self:
        if self.link is not None:
            try:
                _url(self.link.format(incident="0", watch="a", from_ms=0, to_ms=0))
            except (KeyError, IndexError, ValueError):
                raise ValueError(
                    "has a link that is no https:// address in which {incident}, {watch}, {from_ms} and "
                    "{to_ms} are filled in"
                ) from None
        return self


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class ConsoleChannel(_Channel):
    """One line an event on standard error; for trying out, and for logs that are collected."""

    type: Literal["console", "log"]
    min_severity: Severity = Severity.INFO
    cooldown: Duration = timedelta()
    drills: bool = True


class EmailChannel(_Channel):
    """E-mail over SMTP. Where `host`, `port`, `username` or `from` are absent, `VIGIE_SMTP_...` stands in."""

    secrets = ("password",)

    type: Literal["email"]
    to: Annotated[tuple[Address, ...], Field(min_length=1, max_length=50), BeforeValidator(_one_or_more)]
    sender: Address | None = Field(None, alias="from")
    host: str | None = None
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    security: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: str | None = None
    username: str | None = None
    password_env: str | None = None
    password_file: str | None = None


class PagerDutyChannel(_Channel):
    """PagerDuty Events API v2. For the European service: `url: https://events.eu.pagerduty.com`."""

    secrets = ("routing_key",)
    needed = ("routing_key",)
    keeps_state = True

    type: Literal["pagerduty"]
    url: Url = "https://events.pagerduty.com"
    routing_key_env: str | None = None
    routing_key_file: str | None = None
    cooldown: Duration = timedelta()


class AlertmanagerChannel(_Channel):
    """Prometheus Alertmanager, which does its own routing; an alert is re-sent while the incident lasts."""

    secrets = ("password", "bearer")
    keeps_state = True

    type: Literal["alertmanager"]
    url: Url
    labels: dict[str, str] = Field(default_factory=dict)
    resend_every: Annotated[Duration, Field(ge=timedelta(seconds=1))] = timedelta(minutes=2)
    username: str | None = None
    password_env: str | None = None
    password_file: str | None = None
    bearer_env: str | None = None
    bearer_file: str | None = None
    min_severity: Severity = Severity.INFO
    cooldown: Duration = timedelta()

    @model_validator(mode="after")
    def _label_names(self) -> Self:
        for name in self.labels:
            if not _LABEL.match(name) or name.startswith("__"):
                raise ValueError(f"has the label {name!r}: a label's name is of a-z, A-Z, 0-9 and _")
        return self


class WebhookChannel(_Channel):
    """A signed POST to a service of yours; the payload is described in docs/notifications.md."""

    secrets = ("secret",)
    needed = ("secret",)

    type: Literal["webhook"]
    url: Url
    secret_env: str | None = None
    secret_file: str | None = None
    min_severity: Severity = Severity.INFO
    cooldown: Duration = timedelta()
    digest: bool = False


class ChatChannel(_Channel):
    """Chat and SMS through Apprise. Its address holds the token, so it is a secret as a whole."""

    secrets = ("url",)
    needed = ("url",)

    type: Literal["chat"]
    url_env: str | None = None
    url_file: str | None = None


TYPES = ("console", "email", "pagerduty", "alertmanager", "webhook", "chat")


def _has_a_type(value: object) -> object:
    if isinstance(value, dict) and value.get("type") not in {*TYPES, "log"}:
        raise ValueError(f"needs a type, one of {', '.join(TYPES)}")
    return value


AnyChannel = (
    ConsoleChannel | EmailChannel | PagerDutyChannel | AlertmanagerChannel | WebhookChannel | ChatChannel
)

Channel = Annotated[AnyChannel, Field(discriminator="type"), BeforeValidator(_has_a_type)]
