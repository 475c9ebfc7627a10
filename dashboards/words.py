"""Words that several boards share: levels, signs, kinds, outcomes, and the columns that carry them."""

from __future__ import annotations

from typing import Final

from dashboards import palette
from dashboards.define import Annotation, Column, Kind, Panel, Step, Variable, Word
from dashboards.tongue import Text

LEVELS: Final = {
    "0": Word(Text("● CALM", "● CALME"), palette.CALM),
    "1": Word(Text("◌ PARTLY DEAF", "◌ EN PARTIE SOURD"), palette.UNHEARD),
    "2": Word(Text("△ INFO", "△ INFO"), palette.INFO),
    "3": Word(Text("▲ WARNING", "▲ ALERTE"), palette.WARNING),
    "4": Word(Text("■ CRITICAL", "■ CRITIQUE"), palette.CRITICAL),
}
SEVERITIES: Final = {
    "info": Word(Text("△ INFO", "△ INFO"), palette.INFO),
    "warning": Word(Text("▲ WARNING", "▲ ALERTE"), palette.WARNING),
    "critical": Word(Text("■ CRITICAL", "■ CRITIQUE"), palette.CRITICAL),
}
STATES: Final = {
    "open": Word(Text("open", "en cours")),
    "resolved": Word(Text("resolved", "terminé")),
}
SIGNALS: Final = {
    "volume": Word(Text("volume", "volume")),
    "negative": Word(Text("negative tone", "ton négatif")),
    "misinformation": Word(Text("possible misinformation", "désinformation possible")),
    "urgent": Word(Text("urgent phrase", "phrase urgente")),
    "vip": Word(Text("VIP's word", "parole d’un VIP")),
    "silence": Word(Text("silence", "silence")),
}
EVENTS: Final = {
    "opened": Word(Text("beginning", "début")),
    "updated": Word(Text("update", "suite")),
    "resolved": Word(Text("end", "fin")),
    "lasting": Word(Text("goes on", "se poursuit")),
    "digest": Word(Text("digest", "récapitulatif")),
}
OUTCOMES: Final = {
    "delivered": Word(Text("✓ delivered", "✓ remis"), palette.SKY),
    "digest": Word(Text("✓ in the digest", "✓ dans le récapitulatif"), palette.SKY),
    "held": Word(Text("… held back", "… retenu"), palette.GREY),
    "skipped": Word(Text("– left out", "– écarté"), palette.GREY),
    "retry": Word(Text("↻ trying again", "↻ nouvel essai"), palette.WARNING),
    "failed": Word(Text("✗ failed", "✗ échec"), palette.CRITICAL),
}
SENTIMENTS: Final = {
    "negative": Word(Text("− negative", "− négatif"), palette.VERMILION),
    "neutral": Word(Text("○ neutral", "○ neutre"), palette.GREY),
    "positive": Word(Text("+ positive", "+ positif"), palette.SKY),
    "": Word(Text("not scored", "non évalué")),
}
KINDS: Final = {
    "post": Word(Text("post", "publication")),
    "repost": Word(Text("repost", "partage")),
    "reply": Word(Text("reply", "réponse")),
    "quote": Word(Text("quote", "citation")),
    "comment": Word(Text("comment", "commentaire")),
    "article": Word(Text("article", "article")),
}
REASON_KINDS: Final = {
    "phrase": Word(Text("phrase", "expression")),
    "claim": Word(Text("known claim", "affirmation connue")),
    "classifier": Word(Text("classifier", "classifieur")),
}
FLAGGED: Final = {"1": Word(Text("⚑ look", "⚑ à vérifier"), palette.ORANGE), "0": Word(Text("", ""))}
DRILL: Final = {"1": Word(Text("DRILL", "EXERCICE"), palette.PURPLE), "0": Word(Text("", ""))}

UNHEARD_STEPS: Final = (Step(None, palette.CALM), Step(1, palette.UNHEARD))

NO_GAPS: Final = Text("Everything was listened to.", "Tout a été écouté.")

AT: Final = Text("when", "quand")
MENTIONS: Final = Text("mentions", "mentions")
VOICES: Final = Text("distinct accounts", "comptes distincts")
USUAL: Final = Text("usual", "habituel")
LIMIT: Final = Text("limit", "limite")
NEGATIVE: Final = Text("negative share", "part négative")
REPOSTS: Final = Text("reposts", "partages")
ORIGINALS: Final = Text("originals", "originaux")
FLAGS: Final = Text("flagged", "signalées")
WATCH: Final = Text("watch", "veille")
PLATFORM: Final = Text("platform", "plateforme")
UNHEARD: Final = Text("not heard", "sans écoute")

ONE_WATCH: Final = Variable(name="watch", title=Text("Watch", "Veille"), sql="shared/watches")
WATCHES: Final = Variable(name="watch", title=Text("Watches", "Veilles"), sql="shared/watches", several=True)

GAP_REGIONS: Final = Annotation(
    name=Text("Not heard", "Sans écoute"), sql="shared/gap_regions", colour=palette.UNHEARD
)
INCIDENT_REGIONS: Final = Annotation(
    name=Text("Incidents", "Incidents"), sql="shared/incident_regions", colour=palette.WARNING
)
PLANNED_REGIONS: Final = Annotation(
    name=Text("Planned events", "Événements prévus"), sql="shared/planned_regions", colour=palette.PLANNED
)

POST_COLUMNS: Final = (
    Column(name="text", title=Text("text", "texte"), link="${__data.fields.url}"),
    Column(name="at", title=AT, unit="dateTimeAsLocal", width=165),
    Column(name="platform", title=PLATFORM, width=100),
    Column(name="kind", title=Text("kind", "type"), words=KINDS, width=100),
    Column(name="sentiment", title=Text("tone", "ton"), words=SENTIMENTS, width=110),
    Column(name="flagged", title=Text("flag", "alerte"), words=FLAGGED, width=100),
    Column(name="reach", title=Text("reactions", "réactions"), unit="short", width=95),
    Column(name="url", title=Text("link", "lien"), hidden=True),
)


def gaps(width: int, height: int) -> Panel:
    """What stands on every board beside its counts."""
    return Panel(
        key="gaps",
        kind=Kind.TABLE,
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
            Column(name="from_at", title=Text("from", "de"), unit="dateTimeAsLocal", width=165),
            Column(name="until_at", title=Text("until", "à"), unit="dateTimeAsLocal", width=165),
            Column(name="minutes", title=Text("length", "durée"), unit="m", width=90),
            Column(name="platform", title=PLATFORM, width=110),
            Column(name="connector", title=Text("connector", "connecteur"), width=120),
            Column(name="reason", title=Text("reason", "raison")),
        ),
        may_be_empty=NO_GAPS,
    )
