"""Columns and panels that several boards have: what is said once here is the same on each."""

from __future__ import annotations

from functools import partial
from typing import Final

from dashboards import palette
from dashboards.define import Annotation, Column, Kind, Panel, Step
from dashboards.tongue import Text
from dashboards.words import AT, EVENTS, FLAGGED, KINDS, NO_GAPS, OUTCOMES, PLATFORM, SENTIMENTS, UNHEARD

SHOULD_BE_NONE: Final = (Step(None, palette.CALM), Step(1, palette.WARNING))


def count(
    name: str,
    title: Text,
    *,
    decimals: int | None = None,
    steps: tuple[Step, ...] = (),
    width: int | None = None,
) -> Column:
    return Column(name=name, title=title, unit="short", decimals=decimals, steps=steps, width=width)


def share(
    name: str,
    title: Text,
    *,
    decimals: int = 0,
    steps: tuple[Step, ...] = (),
    width: int | None = None,
) -> Column:
    """Between 0 and 1, shown in per cent."""
    return Column(name=name, title=title, unit="percentunit", decimals=decimals, steps=steps, width=width)


def moment(name: str, title: Text = AT) -> Column:
    return Column(name=name, title=title, unit="dateTimeAsLocal", width=165)


def hidden(name: str, title: Text) -> Column:
    """For the links of other columns, and for exports."""
    return Column(name=name, title=title, hidden=True)


FIRST: Final = moment("first_at", Text("first", "première"))
LAST: Final = moment("last_at", Text("last", "dernière"))
POST: Final = (
    Column(name="text", title=Text("text", "texte"), link="${__data.fields.url}"),
    moment("at"),
    Column(name="platform", title=PLATFORM, width=100),
    Column(name="kind", title=Text("kind", "type"), words=KINDS, width=100),
)
"""How a post begins in every table of posts; `POST_END` is how it ends."""
POST_JUDGED: Final = (
    Column(name="sentiment", title=Text("tone", "ton"), words=SENTIMENTS, width=110),
    Column(name="flagged", title=Text("flag", "alerte"), words=FLAGGED, width=100),
)
POST_END: Final = (
    count("reach", Text("reactions", "réactions"), width=95),
    hidden("url", Text("link", "lien")),
)

TOLD: Final = (
    moment("at"),
    Column(name="channel", title=Text("channel", "canal"), width=110),
    Column(name="event", title=Text("event", "événement"), words=EVENTS, width=100),
    Column(name="outcome", title=Text("outcome", "issue"), words=OUTCOMES, width=130),
    Column(name="detail", title=Text("detail", "détail")),
)
"""An attempt to tell somebody."""

table: Final = partial(Panel, kind=Kind.TABLE)
counted: Final = partial(Panel, kind=Kind.SERIES, unit="short", counts=True)
"""Mentions over time."""
ranking: Final = partial(Panel, kind=Kind.BARS, unit="short", counts=True)
"""Mentions by name, the most first."""


def unheard(width: int, height: int) -> Panel:
    """One figure that stands on every board beside its counts."""
    return Panel(
        key="unheard",
        kind=Kind.TILES,
        title=Text("Not heard", "Sans écoute"),
        description=Text(
            "How much of the time shown some source could not be read. Any number of that time is too low.",
            "Durée, dans la période affichée, pendant laquelle une source n’a pas pu être lue. Les nombres "
            "de ce temps sont trop bas.",
        ),
        width=width,
        height=height,
        sql="shared/unheard",
        columns=(
            Column(
                name="unheard",
                title=UNHEARD,
                unit="m",
                decimals=0,
                steps=(Step(None, palette.CALM), Step(1, palette.UNHEARD)),
            ),
        ),
    )


def gaps(width: int, height: int) -> Panel:
    """What stands on every board beside its counts."""
    return table(
        key="gaps",
        title=Text("Not heard", "Ce qui n’a pas été écouté"),
        description=Text(
            "Stretches in which a source could not be read. Numbers of that time are too low: "
            "silence there is not calm.",
            "Périodes pendant lesquelles une source n’a pas pu être lue. Les nombres y sont trop bas : "
            "le silence n’y est pas du calme.",
        ),
        width=width,
        height=height,
        sql="shared/gaps",
        columns=(
            moment("from_at", Text("from", "de")),
            moment("until_at", Text("until", "à")),
            Column(name="minutes", title=Text("length", "durée"), unit="m", width=90),
            Column(name="platform", title=PLATFORM, width=110),
            Column(name="connector", title=Text("connector", "connecteur"), width=120),
            Column(name="reason", title=Text("reason", "raison")),
        ),
        may_be_empty=NO_GAPS,
    )


GAP_REGIONS: Final = Annotation(
    name=Text("Not heard", "Sans écoute"), sql="shared/gap_regions", colour=palette.UNHEARD
)
INCIDENT_REGIONS: Final = Annotation(
    name=Text("Incidents", "Incidents"), sql="shared/incident_regions", colour=palette.WARNING
)
PLANNED_REGIONS: Final = Annotation(
    name=Text("Planned events", "Événements prévus"), sql="shared/planned_regions", colour=palette.PLANNED
)
