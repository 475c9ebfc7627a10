"""What watching costs: about how many false incidents a month to expect of a file, over all its signals.

As `python -m benchmarks.detection` measures whole watches (docs/detection.md): every signal at once, through
the live rule, signs of one matter told as one. Watches are decided apart, so their false incidents add up;
who has many knows the sum from here before anybody is woken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from models.spike import Sensitivity

FALSE_A_MONTH: Final[Mapping[Sensitivity, float]] = {
    Sensitivity.FEWER: 0.46,
    Sensitivity.BALANCED: 1.15,
    Sensitivity.MORE: 2.47,
}
"""Of one watch, all signals together; at most 0.7, 2 and 3.5 are promised."""
WARNINGS_A_MONTH: Final[Mapping[Sensitivity, float]] = {
    Sensitivity.FEWER: 0.31,
    Sensitivity.BALANCED: 0.56,
    Sensitivity.MORE: 1.15,
}
"""Those of them that are a warning or worse, of which channels are told unless they say otherwise."""


def a_month(of_one: Mapping[Sensitivity, float], sensitivities: Iterable[Sensitivity]) -> float:
    """Of watches of these sensitivities together, where one costs so much.

    >>> round(a_month(FALSE_A_MONTH, [Sensitivity.FEWER] * 20), 1)
    9.2
    """
    return sum(of_one[each] for each in sensitivities)
