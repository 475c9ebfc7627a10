"""What a detector is given of a step, what it says of it, and what it keeps between two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from models.aftermath import Aftermath
from models.baseline import BaselineState
from models.kept import Kept
from models.news import News
from models.noise_law import NoiseLaw
from models.onset import Onset
from models.ordinary import Ordinary
from models.plateau import Plateau
from models.voices import Voices
from models.wildness import Wildness

Unit = Literal["mentions", "voices", "witnesses"]


@dataclass(frozen=True, slots=True)
class Step:
    """A closed step of one series. `at_s` is its END.

    `local_hour` (0..24) and `local_weekday` (0 = Monday) are of its START, in the watch's time zone. A
    `count` of None is a gap: nothing is learnt and nothing decided. `factor` is the calendar's: how many
    times the usual is expected; what is seen under another factor than 1 is not learnt as normal.
    """

    at_s: int
    step_s: int
    local_hour: float
    local_weekday: int
    count: float | None
    factor: float = 1.0
    partial: bool = False
    """Some of the sources were not heard: the count is a lower bound. It may alarm and is not learnt."""
    voices: Voices | None = None
    news: News | None = None
    """What its words say; None where no texts are known, and then they change nothing."""


class Reading(NamedTuple):
    """What the detector says of a step. A named tuple, since one is made of every step: a frozen dataclass
    takes a tenth of the step's time more to make.

    `observed`, `expected` and `limit` are counts of the window that decided, in `unit`; `mentions` are
    those of the same window, whatever the unit. `score` is 1.0 at the limit, `since_s` the start of the
    rise, `calm` that the last hour was an ordinary one, `silent_s` the shortest window in which a series that
    should speak did not, 0 for none.
    `reason`: gap, warming-up, normal, raised, too-few, few-voices, nothing-new (it would have been above the
    limit, were it not higher for want of a word that is new), above-limit.
    """

    at_s: int
    observed: float
    expected: float
    limit: float
    window_s: int
    since_s: int
    score: float
    alarm: bool
    calm: bool
    warming_up: bool
    reason: str
    step_s: int = 300
    gap: bool = False
    silent_s: int = 0
    unit: Unit = "mentions"
    mentions: float = 0.0
    sudden: bool = False
    """A window shorter than `SLOW_S` is above its limit: this is no slow burn alone."""
    corroborated: int = 0
    """How many independent voices share a word that is suddenly new; the limit is lower for it."""


@dataclass(slots=True)
class SpikeState:
    """Plain data, constant in size (some 15 kB), exact through JSON.

    The rings hold the last 12 hours, oldest first: `counts` what decides (voices where known), `raw`
    mentions, `means` what the first look expected, `keen` the second, and, of the last hour,
    `newcomers` witnesses.
    """

    baseline: BaselineState = field(default_factory=BaselineState)
    ordinary: Ordinary = field(default_factory=Ordinary)
    aftermath: Aftermath = field(default_factory=Aftermath)
    plateau: Plateau = field(default_factory=Plateau)
    wildness: Wildness = field(default_factory=Wildness)
    noise: NoiseLaw = field(default_factory=NoiseLaw)
    onset: Onset = field(default_factory=Onset)
    age_steps: int = 0
    since_s: int = 0
    sudden_s: int = 0
    """When a quick window was above its limit last."""
    weekday: int = -1
    ease: float = 1.0
    """What the limits were multiplied with in the last step."""
    counts: list[float] = field(default_factory=list)
    raw: list[float] = field(default_factory=list)
    means: list[float] = field(default_factory=list)
    keen: list[float] = field(default_factory=list)
    newcomers: list[float] = field(default_factory=list)
    heard_sum: float = 0.0
    raw_sum: float = 0.0
    witness_sum: float = 0.0
    voiced_sum: float = 0.0
    silent_steps: int = 0

    def to_json(self) -> dict[str, Any]:
        own = {name: getattr(self, name) for name in self.__slots__ if name not in _PARTS}
        return {**own, **{name: getattr(self, name).to_json() for name in _PARTS}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SpikeState:
        """A state that an earlier detector kept goes on; what it did not know is learnt from now on."""
        known = {"keen": list(data["means"]), **{name: data[name] for name in cls.__slots__ if name in data}}
        parts = {name: part.from_json(data[name]) for name, part in _PARTS.items() if name in data}
        return cls(**{**known, **parts})


_PARTS: Final[Mapping[str, type[Kept]]] = {
    "baseline": BaselineState,
    "ordinary": Ordinary,
    "aftermath": Aftermath,
    "plateau": Plateau,
    "wildness": Wildness,
    "noise": NoiseLaw,
    "onset": Onset,
}
