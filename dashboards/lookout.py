"""Lookout: every watch at a glance, for a wall screen that is read from five metres."""

from __future__ import annotations

from typing import Final

from dashboards import palette
from dashboards.define import Board, Column, Kind, Panel, Section, Step
from dashboards.panels import (
    GAP_REGIONS,
    INCIDENT_REGIONS,
    count,
    gaps,
    hidden,
    moment,
    share,
    table,
    unheard,
)
from dashboards.tongue import Text
from dashboards.words import (
    DRILL,
    FLAGS,
    LEVELS,
    LIMIT,
    MENTIONS,
    NEGATIVE,
    SEVERITIES,
    SIGNALS,
    STATES,
    USUAL,
    WATCH,
    WATCHES,
)

# `{tongue}` is filled in when a board is written; the rest is Grafana's own.
_CRISIS: Final = "/d/vigie-crisis-room-{tongue}?var-watch=${__data.fields.watch}"
CRISIS_ROOM: Final = _CRISIS + "&${__url_time_range}"
CRISIS_ROOM_THEN: Final = _CRISIS + "&from=${__data.fields.from_ms.numeric}&to=${__data.fields.to_ms.numeric}"

_PRESSURE: Final = (
    Step(None, palette.GREY),
    Step(0.5, palette.SKY),
    Step(1, palette.ORANGE),
    Step(2, palette.VERMILION),
)

LOOKOUT: Final = Board(
    key="lookout",
    title=Text("Lookout", "Poste de vigie"),
    description=Text(
        "Every watch at a glance. Blue is calm; anything else has a sign and a word.",
        "Toutes les veilles d’un coup d’œil. Bleu : calme ; tout le reste porte un signe et un mot.",
    ),
    span="now-24h",
    refresh="30s",
    variables=(WATCHES,),
    annotations=(GAP_REGIONS, INCIDENT_REGIONS),
    parts=(
        Panel(
            key="state",
            kind=Kind.TILES,
            tile_a_row=True,
            title=Text("How it stands", "Où en est-on"),
            description=Text(
                "The worst open incident of each watch at the end of the time shown. PARTLY DEAF: "
                "nothing is open, "
                "and a source could not be read in the last hour.",
                "L’incident ouvert le plus grave de chaque veille à la fin de la période affichée. EN "
                "PARTIE SOURD : "
                "rien d’ouvert, mais une source n’a pas pu être lue durant la dernière heure.",
            ),
            width=24,
            height=8,
            sql="lookout/state",
            columns=(
                Column(name="watch", title=WATCH),
                Column(name="level", title=Text("level", "niveau"), words=LEVELS, link=CRISIS_ROOM),
            ),
        ),
        table(
            key="now",
            title=Text("The last hour", "La dernière heure"),
            description=Text(
                "The last full hour of the time shown. Above its limit, a number is unusual for this "
                "hour of this "
                "weekday. A click on a watch opens its crisis room.",
                "La dernière heure pleine de la période affichée. Au-dessus de sa limite, un nombre est "
                "inhabituel "
                "pour cette heure de ce jour de la semaine. Un clic sur une veille ouvre sa salle de crise.",
            ),
            width=16,
            height=8,
            sql="lookout/now",
            counts=True,
            columns=(
                Column(name="watch", title=WATCH, link=CRISIS_ROOM),
                count("mentions", MENTIONS, width=100),
                count("expected", USUAL, decimals=0, width=100),
                count("limit_at", LIMIT, decimals=0, width=90),
                share("negative_share", NEGATIVE, width=130),
                count("flagged", FLAGS, width=100),
            ),
            may_be_empty=Text("No mention in this hour.", "Aucune mention durant cette heure."),
        ),
        unheard(8, 8),
        Panel(
            key="pressure",
            kind=Kind.STRIPES,
            title=Text("How close to the limit", "Distance à la limite"),
            description=Text(
                "A row a watch, a cell an hour: its mentions divided by its limit. Grey and light blue: "
                "usual. Orange: "
                "above the limit. Vermilion: more than twice. No cell: still learning what is usual.",
                "Une ligne par veille, une case par heure : ses mentions divisées par sa limite. Gris et "
                "bleu clair : "
                "habituel. Orange : au-dessus de la limite. Vermillon : plus du double. Pas de case : "
                "l’habituel "
                "est encore en apprentissage.",
            ),
            width=24,
            height=9,
            sql="lookout/pressure",
            unit="none",
            steps=_PRESSURE,
            counts=True,
            step="1h",
            may_be_empty=Text("Still learning what is usual.", "L’habituel est encore en apprentissage."),
        ),
        Section(Text("What happened", "Ce qui s’est passé")),
        table(
            key="incidents",
            title=Text("Incidents", "Incidents"),
            description=Text(
                "Open ones first. A click on the sentence opens the crisis room at that time.",
                "D’abord ceux en cours. Un clic sur la phrase ouvre la salle de crise à ce moment-là.",
            ),
            width=24,
            height=9,
            sql="lookout/incidents",
            columns=(
                Column(name="severity", title=Text("level", "niveau"), words=SEVERITIES, width=120),
                Column(name="summary", title=Text("in a sentence", "en une phrase"), link=CRISIS_ROOM_THEN),
                Column(name="watch", title=WATCH, width=140),
                Column(name="signal", title=Text("sign", "signe"), words=SIGNALS, width=190),
                Column(name="state", title=Text("state", "état"), words=STATES, width=90),
                moment("opened_at", Text("began", "début")),
                moment("resolved_at", Text("ended", "fin")),
                Column(name="drill", title=Text("drill", "exercice"), words=DRILL, width=100),
                hidden("from_ms", Text("from", "de")),
                hidden("to_ms", Text("to", "à")),
            ),
            may_be_empty=Text("No incident.", "Aucun incident."),
        ),
        gaps(24, 6),
    ),
)
