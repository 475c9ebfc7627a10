"""The seam between the notify step and whoever is told: one short protocol, an answer that is a value.

A notifier says what the other side answered and whether trying again can help. It never tries again
itself, knows no cooldown and no quiet hours, and may be given the same message twice: `key` is the
same then, and the other side can recognise it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, Literal, Protocol
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from connectors.errors import SecretMissing
from connectors.secret import read_secret
from streams.errors import UsageError
from streams.incidents.life import SEVERITIES
from streams.incidents.wording import TONGUES, subject, summarise
from streams.incidents.words import Tongue
from streams.notifiers.config import AnyChannel
from streams.plain import plain
from streams.records import Incident

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """A notifier is an edge: what it writes on the envelope (Date, X-Timestamp) is the time on the wall."""
    return datetime.now(UTC)


class Kind(StrEnum):
    """What a message is about. LASTING is for the other side only: the alert is still the same."""

    OPENED = "opened"
    UPDATED = "updated"
    RESOLVED = "resolved"
    LASTING = "lasting"
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One step of the chart: mentions, and what was usual where detection said so."""

    at: datetime
    mentions: int
    expected: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A representative post. `text` is there only for a channel that asks for it.

    All of it was written by strangers.
    """

    id: str
    url: str | None = None
    text: str | None = None

    @property
    def link(self) -> str | None:
        """The address where it is one that a reader may safely follow: of the web, and on one line."""
        if self.url is None or not self.url.startswith(("https://", "http://")):
            return None
        return self.url if self.url.isprintable() and not set(self.url) & set(" <>\"'`") else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """What the store adds to an incident's own evidence; empty when the store is down."""

    bars: tuple[Bar, ...] = ()
    step_s: int = 3_600
    posts: tuple[Post, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One state of one incident, for one channel.

    `first` is set where this channel has not yet been told of the incident: it may be an update then,
    whose opening was held back or was not severe enough. `at` is the time of the data where a file is
    replayed, and the time on the wall otherwise.
    """

    incident: Incident
    kind: Kind
    channel: str
    title: str
    language: Tongue
    zone: ZoneInfo
    at: datetime
    first: bool = True
    link: str | None = None
    background: Background = Background()

    @property
    def key(self) -> str:
        """The dedup key: of the incident, so that retries, repeats and the resolve meet."""
        return f"{self.incident.id}-test" if self.kind is Kind.TEST else self.incident.id

    @property
    def subject(self) -> str:
        return subject(self.incident, title=self.title, language=self.language, test=self.kind is Kind.TEST)

    @property
    def sentence(self) -> str:
        """To be read out; without the title, which stands in the subject."""
        incident = self.incident
        return summarise(
            signal=incident.evidence.leading or incident.signal,
            event=incident.event,
            observed=incident.observed,
            expected=incident.expected,
            limit=incident.limit,
            evidence=incident.evidence,
            title="",
            language=self.language,
            lasted_s=(incident.updated_at - incident.opened_at).total_seconds(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What was held back in the quiet hours: the newest state of each incident, gravest first.

    `key` is made of the channel and of the end of the quiet hours: a repeat has the same one.
    """

    key: str
    channel: str
    language: Tongue
    zone: ZoneInfo
    at: datetime
    since_at: datetime
    messages: tuple[Message, ...]

    @property
    def subject(self) -> str:
        """How bad the gravest is, how many, and where."""
        words = TONGUES[self.language]
        titles = ", ".join(dict.fromkeys(plain(message.title, 40) for message in self.messages))
        badge = words.severities[self.messages[0].incident.severity]
        return plain(words.titled(f"[{badge}] {words.digest(len(self.messages))}", titles), 160)


@dataclass(frozen=True, slots=True)
class Delivered:
    """The other side has it; `detail` is what it said."""

    detail: str = ""


@dataclass(frozen=True, slots=True)
class Retry:
    """It did not get through, and may later; `after_s` is what the other side asked for."""

    reason: str
    after_s: float | None = None


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The other side will never take it as it stands."""

    reason: str


Outcome = Delivered | Retry | GiveUp

LONGEST_DETAIL: Final = 300


def detail(text: str) -> str:
    """What another server said, fit for a log line and a column."""
    return plain(text, LONGEST_DETAIL)


class Notifier(Protocol):
    """One channel, ready to be used. Nothing is sent and no connection is opened before `deliver`."""

    @property
    def kind(self) -> str: ...

    async def deliver(self, message: Message | Digest) -> Outcome:
        """Hand it over and say what the answer was. Raises nothing for the other side's faults."""
        ...

    async def close(self) -> None: ...


def channel_secret(
    name: str,
    channel: AnyChannel,
    what: Literal["password", "routing_key", "secret", "url", "bearer"],
    environ: Mapping[str, str],
) -> SecretStr | None:
    """The secret `what` of a channel, None where the channel names none.

    Raises:
        UsageError: it is named and is not there.
    """
    variable, file = getattr(channel, f"{what}_env"), getattr(channel, f"{what}_file")
    if variable is None and file is None:
        return None
    try:
        path = None if file is None else Path(file)
        return read_secret(f"channels.{name}.{what}", variable=variable, file=path, environ=environ)
    except SecretMissing as error:
        raise UsageError(str(error)) from None


def gravest_first(messages: Sequence[Message]) -> tuple[Message, ...]:
    return tuple(
        sorted(
            messages, key=lambda m: (-SEVERITIES[m.incident.severity], m.incident.opened_at, m.incident.id)
        )
    )
