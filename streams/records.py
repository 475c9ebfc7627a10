"""What moves between the steps, beyond what connectors bring (`connectors.mention`).

Frozen, slotted, times in aware UTC, units in the names. `streams.codec` writes and reads them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, cast

from connectors.mention import SCHEMA_VERSION, Instant, Mention
from models.spike import Sensitivity


class Signal(StrEnum):
    """What a watch is observed for."""

    VOLUME = "volume"
    SLOW_BURN = "slow-burn"
    NARRATIVE = "narrative"
    NEGATIVE = "negative"
    MISINFORMATION = "misinformation"
    URGENT = "urgent"
    VIP = "vip"
    SILENCE = "silence"


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a mention was flagged: `kind` is phrase | claim | classifier | correction."""

    kind: str
    value: str | None = None
    id: str | None = None
    answer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchHit:
    """A watch that the mention matches, and what in it concerns that watch."""

    watch: str
    urgent: tuple[str, ...] = ()
    vip: bool = False
    misinformation: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Enriched:
    """A mention with everything that was learnt from it alone.

    `sentiment` is negative | neutral | positive, or None where the language has no model.
    `signature` is the near-duplicate signature; `narrative` names its group, so that the same words
    get the same name everywhere; `words` are numbers of its words (`models.word_numbers`).
    """

    mention: Mention
    lang: str
    sentiment: str | None
    sentiment_score: float
    sentiment_unsure: bool
    misinformation: bool
    misinformation_score: float
    misinformation_reasons: tuple[Reason, ...]
    signature: tuple[int, ...]
    narrative: str
    hashtags: tuple[str, ...]
    domains: tuple[str, ...]
    hits: tuple[WatchHit, ...]
    models: str
    words: tuple[int, ...] = ()
    schema_version: int = SCHEMA_VERSION

    @property
    def watches(self) -> tuple[str, ...]:
        return tuple(hit.watch for hit in self.hits)

    @property
    def urgent(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(phrase for hit in self.hits for phrase in hit.urgent))

    @property
    def vip(self) -> bool:
        return any(hit.vip for hit in self.hits)


EnrichedDraft: Any = type("EnrichedDraft", (), {"__slots__": tuple(Enriched.__slots__)})
"""As `connectors.mention.Draft`, of an enriched mention."""


def enriched_from(draft: Any) -> Enriched:
    """`draft` itself, of which every slot is assigned, as the frozen record that it is from here on."""
    draft.__class__ = Enriched
    return cast("Enriched", draft)


class Flag:
    """What detection needs to know of one mention, as the bits of one number.

    Plain numbers: the operators of `enum.IntFlag` cost more than everything else that is done to a row.
    """

    REPOST: Final = 1
    SCORED: Final = 2
    NEGATIVE: Final = 4
    POSITIVE: Final = 8
    MISINFORMATION: Final = 16
    VIP: Final = 32
    LATE: Final = 64
    DRILL: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """For one watch, the few columns that detection needs of a batch of mentions; all of one length.

    Carries ids rather than sums: merging tallies is merging sets, so a repeat changes nothing.
    `authors` are the first 64 bits of the pseudonym, 0 where unknown; `urgent` are the urgent phrases
    found; `versions_ms` orders the states of an edited post. `words` are numbers of the words of each
    mention; a tally of an earlier Vigie has none at all.
    """

    watch: str
    ids: tuple[str, ...]
    counted_ms: tuple[int, ...]
    versions_ms: tuple[int, ...]
    flags: tuple[int, ...]
    authors: tuple[int, ...]
    langs: tuple[str, ...]
    signatures: tuple[tuple[int, ...], ...]
    urgent: tuple[tuple[str, ...], ...]
    words: tuple[tuple[int, ...], ...] = ()
    schema_version: int = SCHEMA_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """Input that can never succeed as it stands: raw bytes, reason, and `position` in its `origin`."""

    at: Instant
    origin: str
    position: str
    reason: str
    raw: bytes
    schema_version: int = SCHEMA_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a rise is made of, in numbers and post ids: nothing that depends on the pseudonym key.

    Shares are 0..1 of `mentions`. `authors` is None where no mention carried an author.
    `narratives`, `platforms` and `languages` are (name, mentions), largest first, and
    `top_narrative_authors` says how many accounts the first narrative comes from. `gap_s` is how much
    of the window nobody listened to; `signs` are the signals that take part, the first one first;
    `reasons` say where the severity comes from; `posts` are up to three representative post ids.
    `leading` is the sign whose numbers the incident shows; None stands for the incident's own signal.
    `peak` are the mentions of the loudest hour of the whole incident; at its end, `urgent` are all
    phrases of the incident rather than those of the window. `warming_up` in the first day of a watch:
    what is usual is hardly known yet. `new_word_authors` are accounts that share a word which is suddenly
    new to the watch, each in a wording of its own: the limit is lower for it. None where there is none.
    """

    since_at: Instant
    window_s: int
    mentions: int
    originals: int
    reposts: int
    near_duplicate_share: float
    authors: int | None = None
    new_authors: int | None = None
    top_authors_share: float | None = None
    narratives: tuple[tuple[str, int], ...] = ()
    top_narrative_authors: int | None = None
    platforms: tuple[tuple[str, int], ...] = ()
    languages: tuple[tuple[str, int], ...] = ()
    negative_share: float | None = None
    negative_share_usual: float | None = None
    misinformation: int = 0
    urgent: tuple[str, ...] = ()
    posts: tuple[str, ...] = ()
    gap_s: int = 0
    signs: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    leading: Signal | None = None
    peak: int | None = None
    warming_up: bool = False
    new_word_authors: int | None = None


class IncidentState(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"


class IncidentEvent(StrEnum):
    OPENED = "opened"
    UPDATED = "updated"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One state in the life of an incident.

    `id` derives from watch, signal and start alone, so that retries, repeats and the resolve meet at
    one pager incident. `revision` counts the states, 1 for opened. `summary` is in the language of
    the watches file; `observed`, `expected` and `limit` are mentions (or a share, for share signals)
    over `evidence.window_s`.
    """

    id: str
    watch: str
    signal: Signal
    event: IncidentEvent
    revision: int
    state: IncidentState
    severity: Severity
    opened_at: Instant
    updated_at: Instant
    resolved_at: Instant | None
    observed: float
    expected: float
    limit: float
    summary: str
    evidence: Evidence
    config_hash: str
    model_versions: str
    drill: bool = False
    schema_version: int = SCHEMA_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowIncident:
    """What a watch's second sensitivity would have told, and never does.

    A type of its own, so that whoever handles incidents cannot take it for one.
    """

    sensitivity: Sensitivity
    incident: Incident
    schema_version: int = SCHEMA_VERSION

    @property
    def watch(self) -> str:
        return self.incident.watch


class Verdict(StrEnum):
    TRUE = "true"
    FALSE = "false"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Somebody's verdict on an incident, or on a shadow's: the newest of an incident counts.

    `began_at` is when the matter really began, as far as known; `why` is a sentence without names.
    """

    incident: str
    at: Instant
    verdict: Verdict
    why: str
    by: str
    began_at: Instant | None = None
    schema_version: int = SCHEMA_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A decision and its reason, also one that told nobody: open, update, resolve, hold back, mute."""

    watch: str
    signal: Signal
    at: Instant
    verdict: str
    reason: str
    incident: str | None = None
    schema_version: int = SCHEMA_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What detection held to be usual in one hour of one watch, and its limit (mentions an hour)."""

    watch: str
    hour: Instant
    expected: float
    limit: float
    schema_version: int = SCHEMA_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """An entry of the calendar, as the store keeps it; without `watches` it concerns every watch."""

    name: str
    from_at: Instant
    until_at: Instant
    watches: tuple[str, ...]
    expect: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorState:
    """A watch's detector as it stood when everything before `decided_until` had been decided."""

    watch: str
    decided_until: Instant
    state: dict[str, Any] = field(default_factory=dict)
    schema_version: int = SCHEMA_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One attempt to tell one channel, or the decision not to: `detail` says why, or what was answered.

    `outcome` is delivered | held | retry | failed | digest | skipped. `event` is the incident's, or
    `lasting` where a channel was told again that nothing has changed.
    """

    incident: str
    channel: str
    event: str
    revision: int
    at: Instant
    outcome: str
    detail: str = ""
    attempt: int = 1
    schema_version: int = SCHEMA_VERSION


STEP_S: Final = 300
"""Length of a decision step in seconds of data time."""
