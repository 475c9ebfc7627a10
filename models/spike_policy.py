"""How a detector is set: the three sensitivities, and everything that can be tuned."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from models.aftermath import AftermathPolicy
from models.baseline import YOUNG_STEPS, BaselinePolicy
from models.corroboration import CorroborationPolicy
from models.noise_law import NoisePolicy
from models.onset import OnsetPolicy
from models.ordinary import OrdinaryPolicy
from models.plateau import PlateauPolicy
from models.wildness import WildnessPolicy

DAY_S: Final = 86_400
HOUR_S: Final = 3_600


class Sensitivity(StrEnum):
    """How eager to be: how many false pages one watch may cost, as measured in docs/detection.md."""

    FEWER = "fewer"
    BALANCED = "balanced"
    MORE = "more"


FIXED_LIMIT: Final = {Sensitivity.FEWER: 3.2, Sensitivity.BALANCED: 2.35, Sensitivity.MORE: 1.9}
ONSET_LIMIT: Final = {Sensitivity.FEWER: 3.2, Sensitivity.BALANCED: 2.4, Sensitivity.MORE: 2.2}
RANKS: Final = {Sensitivity.FEWER: (1, 2), Sensitivity.BALANCED: (1, 3), Sensitivity.MORE: (2, 6)}
"""Of a series that stays as it is, as many of the next 28 days pass the k-th highest of the last: k."""
USUAL_RISES: Final = {Sensitivity.FEWER: 2, Sensitivity.BALANCED: 2, Sensitivity.MORE: 4}
"""So many rises in 28 days ask nothing more of the next."""


@dataclass(frozen=True, slots=True)
class SpikePolicy:
    """Everything that can be tuned; `policy_for` gives the usual ones. Lengths in seconds unless named."""

    step_s: int = 300
    windows_s: tuple[int, ...] = (300, 900, 3_600, 10_800, 43_200)
    weights: tuple[float, ...] = (1.2, 1.2, 1.15, 1.0, 0.75)
    """A short window has many looks a day and a narrow spread of daily maxima, so its height counts more."""
    witness_windows_s: tuple[int, ...] = (300, 900, 3_600)
    witness_weight: float = 1.1
    fixed_limit: float = FIXED_LIMIT[Sensitivity.BALANCED]
    fixed_share: float = 0.45
    height_cap: float = 3.0
    """A day is remembered as at the most this many times its limit: one burst may not rule the ranks."""
    least_count: float = 3.0
    least_ratios: tuple[float, ...] = (1.8, 1.8, 1.8, 1.5, 1.3)
    """Of each window: short rises must be steep to matter, slow burns need not."""
    provisional_s: int = 6 * HOUR_S
    """Nothing is decided before; in coarse series, before `YOUNG_STEPS` steps."""
    full_s: int = 24 * HOUR_S
    """Readings say `warming_up` until then."""
    young_days: float = 4.0
    slow_young_days: float = 12.0
    """Of windows from an hour on: what a weekend or a Monday brings is not known before."""
    young_factor: float = 2.0
    """How many times higher the limit begins; it comes down over `young_days`."""
    calm_height: float = 1.55
    """Windows up to an hour below this: the rise is over ..."""
    calm_score: float = 0.85
    """... once the second look is as far below its limit."""
    uneven_factor: float = 2.0
    """How many times higher the limit is where the second look knows the noise (`OnsetLook.uneven`)."""
    alarm_weight: float = 0.5
    """What stands above the limit is learnt for this much."""
    hushed_share: float = 0.08
    hushed_expected: float = 8.0
    hushed_after_s: int = 3 * DAY_S
    """An hour with so little of at least so many is a silence in the making, and hardly learnt either ..."""
    hushed_step_share: float = 0.2
    """... until a step has more than this of what is usual."""
    silent_share: float = 0.05
    silent_expected: float = 15.0
    silent_after_s: int = 7 * DAY_S
    """Nights of the first days look like silence: no shape is known yet."""
    silent_weight: float = 0.1
    """A silence is hardly learnt, so that the usual coming back is no rise ..."""
    silent_weight_s: int = 3 * DAY_S
    """... unless it goes on for so long that it is the new usual."""
    witness_half_life_d: float = 5.0
    baseline: BaselinePolicy = field(default_factory=BaselinePolicy)
    ordinary: OrdinaryPolicy = field(default_factory=OrdinaryPolicy)
    aftermath: AftermathPolicy = field(default_factory=AftermathPolicy)
    plateau: PlateauPolicy = field(default_factory=PlateauPolicy)
    wildness: WildnessPolicy = field(default_factory=WildnessPolicy)
    noise: NoisePolicy = field(default_factory=NoisePolicy)
    onset: OnsetPolicy = field(default_factory=OnsetPolicy)
    corroboration: CorroborationPolicy = field(default_factory=CorroborationPolicy)


def policy_for(sensitivity: Sensitivity, step_s: int = 300) -> SpikePolicy:
    """The usual policy of a sensitivity, for regular steps of `step_s` seconds. Raises ValueError below 1."""
    if step_s <= 0:
        raise ValueError(f"a step must last some seconds, not {step_s}")
    usual = SpikePolicy()
    lanes: dict[int, tuple[float, float]] = {}
    for window_s, *tuned in zip(usual.windows_s, usual.weights, usual.least_ratios, strict=True):
        lanes[max(step_s, window_s // step_s * step_s)] = (tuned[0], tuned[1])
    witness = sorted({max(step_s, window_s // step_s * step_s) for window_s in usual.witness_windows_s})
    first_rank, last_rank = RANKS[sensitivity]
    return replace(
        usual,
        step_s=step_s,
        provisional_s=max(usual.provisional_s, YOUNG_STEPS * step_s),
        full_s=max(usual.full_s, 4 * YOUNG_STEPS * step_s),
        windows_s=tuple(lanes),
        weights=tuple(weight for weight, _ in lanes.values()),
        least_ratios=tuple(ratio for _, ratio in lanes.values()),
        witness_windows_s=tuple(witness),
        fixed_limit=FIXED_LIMIT[sensitivity],
        aftermath=replace(usual.aftermath, usual_rises=USUAL_RISES[sensitivity]),
        ordinary=replace(usual.ordinary, first_rank=first_rank, last_rank=last_rank),
        onset=replace(usual.onset, limit=ONSET_LIMIT[sensitivity]),
    )
