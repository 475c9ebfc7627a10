"""How bad: from size, speed, spread and content to info, warning or critical, with the reasons.

Points add up, so that no single number decides alone, except where one sign is enough by itself:
an urgent phrase from several voices is critical whatever the volume.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Level = Literal["info", "warning", "critical"]

WARNING_POINTS: Final = 2
CRITICAL_POINTS: Final = 5
FEW_ACCOUNTS: Final = 10
EACH_WROTE: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What is known of a rise when its severity is judged. Shares are 0..1; None is unknown."""

    observed: float
    expected: float
    window_s: int
    mentions: int
    authors: int | None = None
    top_authors_share: float | None = None
    near_duplicate_share: float = 0.0
    platforms: int = 1
    negative_share: float | None = None
    negative_share_usual: float | None = None
    misinformation: int = 0
    urgent: int = 0
    urgent_authors: int = 0
    signs: int = 1


@dataclass(frozen=True, slots=True)
class Judgement:
    """`reasons` are stable keywords with their number, such as `size:3` for "eight times the usual"."""

    level: Level
    points: int
    reasons: tuple[str, ...]


def made_by_a_handful(mentions: int, authors: int | None) -> bool:
    """Whether ten accounts or fewer wrote everything, each five times on the average."""
    return authors is not None and authors <= FEW_ACCOUNTS and mentions >= EACH_WROTE * authors


def judge(size: Size) -> Judgement:
    """Severity of a rise.

    Size earns a point for 3, 8 and 16 times the usual once 30 more than usual were seen, and one for
    200 more; speed one where the rise filled an hour or less; spread one for 50 distinct voices and
    one for three platforms; content one each for anger well above its usual, for 10 flagged mentions,
    for a second sign. A rise that ten accounts make loses two: loud, but few; where nobody else takes
    part, and each writes five times, it wakes nobody unless it is urgent or flagged. Fewer than 20 mentions
    over the usual are worth no page unless they are urgent, flagged, or come with a second sign. Less than
    three times the usual and 1,000 more of it, with neither rumour nor urgent words of several voices, wakes
    nobody: not critical, however many points; less than twice the usual and 200 more of it is no warning
    unless its content is.
    """
    points: list[tuple[str, int]] = []
    excess = size.observed - size.expected
    ratio = size.observed / max(size.expected, 0.5)
    if excess >= 30:
        points.append(("size", 3 if ratio >= 16 else 2 if ratio >= 8 else 1 if ratio >= 3 else 0))
    if excess >= 200:
        points.append(("many", 1))
    if excess >= 20 and size.window_s <= 3600 and ratio >= 3:
        points.append(("speed", 1))
    if size.authors is not None and size.authors >= 50:
        points.append(("voices", 1))
    if size.platforms >= 3:
        points.append(("platforms", 1))
    angry = size.negative_share
    usual = size.negative_share_usual or 0.0
    if angry is not None and size.mentions >= 20 and angry >= max(0.4, usual + 0.15):
        points.append(("anger", 1))
    if size.misinformation >= 10:
        points.append(("misinformation", 1))
    if size.urgent:
        points.append(("urgent", 5 if size.urgent_authors >= 3 else 2))
    if size.signs >= 2:
        points.append(("signs", 1))
    few_mentions = excess < 20 and not size.urgent and size.misinformation < 10 and size.signs < 2
    few = size.top_authors_share is not None and size.top_authors_share >= 0.6 and size.mentions >= 30
    if few:
        points.append(("few-voices", -2))
    total = sum(value for _, value in points)
    if few_mentions:
        points.append(("few-mentions", min(0, WARNING_POINTS - 1 - total)))
        total = min(total, WARNING_POINTS - 1)
    # Over half a day any busy watch has fifty voices on three platforms.
    content = {"anger", "misinformation", "urgent", "signs"} & {name for name, _ in points}
    if ratio < 2 and excess < 200 and not content and total >= WARNING_POINTS:
        points.append(("mild-rise", WARNING_POINTS - 1 - total))
        total = WARNING_POINTS - 1
    if (
        made_by_a_handful(size.mentions, size.authors)
        and not {"misinformation", "urgent"} & content
        and total >= WARNING_POINTS
    ):
        points.append(("few-accounts", WARNING_POINTS - 1 - total))
        total = WARNING_POINTS - 1
    moderate = ratio < 3 and excess < 1_000 and size.misinformation < 10
    if moderate and not (size.urgent and size.urgent_authors >= 3) and total >= CRITICAL_POINTS:
        points.append(("moderate-rise", CRITICAL_POINTS - 1 - total))
        total = CRITICAL_POINTS - 1
    level: Level = (
        "critical" if total >= CRITICAL_POINTS else "warning" if total >= WARNING_POINTS else "info"
    )
    return Judgement(level, total, tuple(f"{name}:{value:+d}" for name, value in points if value))
