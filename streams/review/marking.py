"""Whether a mark may be made, and in which words not. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from streams.errors import UsageError
from streams.plain import plain
from streams.records import Incident, Mark
from streams.review.opened import Opened

WHY_CHARS: Final = 500
BY_CHARS: Final = 60
EARLIEST: Final = timedelta(days=30)
"""Before the opening: what is said to have begun earlier is a slip of the pen."""


def admit(mark: Mark, opened: Sequence[Opened], marks: Mapping[str, Mark]) -> Opened:
    """What the mark is on.

    Raises:
        UsageError: no such incident, one of a drill, the same was said before, or a beginning that cannot be.
    """
    subject = next((each for each in opened if each.incident.id == mark.incident), None)
    if subject is None:
        raise UsageError(
            f"there is no incident {plain(mark.incident, 80)!r}: vigie incidents list shows them, and "
            "vigie incidents list --shadow those of shadows"
        )
    incident = subject.incident
    if incident.drill:
        raise UsageError(f"{incident.id} is part of a drill: it says nothing of how often a rule is right")
    before = marks.get(mark.incident)
    if before is not None and (before.verdict, before.began_at) == (mark.verdict, mark.began_at):
        raise UsageError(
            f"{incident.id} is marked {before.verdict} already, by {before.by} on {before.at:%Y-%m-%d %H:%M} "
            f"UTC ({before.why}); nothing was changed"
        )
    if mark.began_at is not None:
        _check_beginning(mark.began_at, incident, incident.resolved_at or mark.at)
    return subject


def _check_beginning(began: datetime, incident: Incident, ended: datetime) -> None:
    if began > ended:
        raise UsageError(
            f"--began {began:%Y-%m-%d %H:%M} UTC lies after the end of what it began, "
            f"{ended:%Y-%m-%d %H:%M} UTC"
        )
    if began < incident.opened_at - EARLIEST:
        raise UsageError(
            f"--began {began:%Y-%m-%d %H:%M} UTC lies more than {EARLIEST.days} days before "
            f"{incident.id} was opened, {incident.opened_at:%Y-%m-%d %H:%M} UTC"
        )
