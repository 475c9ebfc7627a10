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
    Sensitivity.FEWER: 0.54,
    Sensitivity.BALANCED: 1.25,
    Sensitivity.MORE: 2.50,
}
"""Of one watch, all signals together; at most 0.7, 2 and 3.5 are promised."""
WARNINGS_A_MONTH: Final[Mapping[Sensitivity, float]] = {
    Sensitivity.FEWER: 0.31,
    Sensitivity.BALANCED: 0.61,
    Sensitivity.MORE: 1.22,
}
"""Those of them that are a warning or worse, of which channels are told unless they say otherwise."""


def a_month(of_one: Mapping[Sensitivity, float], sensitivities: Iterable[Sensitivity]) -> float:
    """Of watches of these sensitivities together, where one costs so much.

    >>> round(a_month(FALSE_A_MONTH, [Sensitivity.FEWER] * 20), 1)
    10.8
    """
    return sum(of_one[each] for each in sensitivities)
