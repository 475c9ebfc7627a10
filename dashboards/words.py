"""Words that several boards share: levels, signs, kinds, outcomes, and the names of columns."""

from __future__ import annotations

from typing import Final

from dashboards import palette
from dashboards.define import Variable, Word
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
    "slow-burn": Word(Text("slow rise", "hausse lente")),
    "narrative": Word(Text("spreading message", "message qui se répand")),
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
VERDICTS: Final = {
    "opened": Word(Text("opened", "ouvert")),
    "updated": Word(Text("updated", "suivi")),
    "resolved": Word(Text("resolved", "terminé")),
    "held": Word(Text("held back", "retenu")),
    "muted": Word(Text("explained", "expliqué")),
    "shadow begins": Word(Text("shadow begins", "début de l’ombre")),
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
