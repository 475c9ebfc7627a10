"""Crisis room: one watch, from the first figure to the posts, the holes and who was told."""

from __future__ import annotations

from typing import Final

from dashboards import palette
from dashboards.define import Board, Column, Draw, Kind, Panel, Section, Step
from dashboards.panels import (
    FIRST,
    GAP_REGIONS,
    INCIDENT_REGIONS,
    LAST,
    PLANNED_REGIONS,
    POST,
    POST_END,
    POST_JUDGED,
    SHOULD_BE_NONE,
    TOLD,
    count,
    counted,
    gaps,
    hidden,
    moment,
    ranking,
    share,
    table,
    unheard,
)
from dashboards.tongue import Text
from dashboards.words import (
    DRILL,
    EVENTS,
    FLAGS,
    LEVELS,
    LIMIT,
    MENTIONS,
    NEGATIVE,
    ONE_WATCH,
    ORIGINALS,
    REPOSTS,
    SEVERITIES,
    SIGNALS,
    USUAL,
    VOICES,
)

_NOTHING: Final = Text("Nothing was said.", "Rien n’a été dit.")
_NO_RISE: Final = Text("No rise was recorded.", "Aucune hausse consignée.")
_NEGATIVE_STEPS: Final = (Step(None, palette.CALM), Step(0.5, palette.WARNING), Step(0.75, palette.CRITICAL))

CRISIS_ROOM: Final = Board(
    key="crisis_room",
    title=Text("Crisis room", "Salle de crise"),
    description=Text(
        "One watch: is it unusual, what is it made of, what was not heard, who was told.",
        "Une veille : est-ce inhabituel, de quoi est-ce fait, qu’est-ce qui n’a pas été écouté, qui a "
        "été prévenu.",
    ),
    span="now-48h",
    refresh="1m",
    variables=(ONE_WATCH,),
    annotations=(GAP_REGIONS, INCIDENT_REGIONS, PLANNED_REGIONS),
    parts=(
        Panel(
            key="now",
            kind=Kind.TILES,
            title=Text("The last hour: $watch", "La dernière heure : $watch"),
            description=Text(
                "The last hour of the time shown. A large share of negative posts is common during a "
                "disaster; it is "
                "compared with its own usual further down.",
                "La dernière heure de la période affichée. Une forte part négative est courante lors d’une "
                "catastrophe ; elle est comparée plus bas à son propre habituel.",
            ),
            width=20,
            height=5,
            sql="crisis_room/now",
            counts=True,
            columns=(
                Column(name="level", title=Text("level", "niveau"), words=LEVELS),
                count("mentions", MENTIONS),
                count("usual", USUAL, decimals=0),
                count("voices", VOICES),
                share("negative_share", NEGATIVE, steps=_NEGATIVE_STEPS),
                count("flagged", FLAGS, steps=SHOULD_BE_NONE),
            ),
        ),
        unheard(4, 5),
        counted(
            key="volume",
            title=Text("Mentions an hour, and what is usual", "Mentions par heure, et l’habituel"),
            description=Text(
                "Bars: mentions. The band runs from what is usual for this hour of this weekday to the limit "
                "above which it is unusual. The last bar is still filling. Shaded stretches: incidents, "
                "time not heard, planned events.",
                "Barres : mentions. La bande va de l’habituel pour cette heure de ce jour à la limite "
                "au-dessus de laquelle c’est inhabituel. La dernière barre se remplit encore. Zones ombrées "
                ": incidents, temps sans écoute, événements prévus.",
            ),
            width=24,
            height=10,
            sql="crisis_room/volume",
            step="1h",
            columns=(
                Column(name="mentions", title=MENTIONS, colour=palette.BLUE, draw=Draw.BARS),
                Column(name="expected", title=USUAL, colour=palette.GREEN),
                Column(
                    name="limit_at",
                    title=LIMIT,
                    colour=palette.ORANGE,
                    draw=Draw.DASHED,
                    fill_to="expected",
                ),
            ),
        ),
        Section(Text("What it is made of", "De quoi c’est fait")),
        Panel(
            key="made_of",
            kind=Kind.TILES,
            title=Text("The newest rise: what was said", "La hausse la plus récente : ce qui est dit"),
            description=Text(
                "As the newest incident recorded it. Many repeats and nearly the same words look like a "
                "campaign.",
                "Tel que l’incident le plus récent l’a consigné. Beaucoup de partages et presque les mêmes "
                "mots : cela ressemble à une campagne.",
            ),
            width=14,
            height=5,
            sql="crisis_room/made_of",
            columns=(
                count("originals", ORIGINALS),
                count("reposts", REPOSTS),
                share("alike_share", Text("nearly the same words", "presque les mêmes mots")),
                share("negative_share", NEGATIVE),
                share("negative_usual", Text("its usual", "son habituel")),
            ),
            may_be_empty=_NO_RISE,
        ),
        Panel(
            key="made_by",
            kind=Kind.TILES,
            title=Text("The newest rise: who says it", "La hausse la plus récente : qui le dit"),
            description=Text(
                "Many new accounts look like residents; a large share by the ten loudest looks like a "
                "campaign.",
                "Beaucoup de nouveaux comptes : cela ressemble à des habitants ; une grande part des dix "
                "plus actifs : à une campagne.",
            ),
            width=10,
            height=5,
            sql="crisis_room/made_by",
            columns=(
                count("voices", VOICES),
                share("new_share", Text("new accounts", "comptes nouveaux")),
                share("loudest_share", Text("by the ten loudest", "par les dix plus actifs")),
            ),
            may_be_empty=_NO_RISE,
        ),
        counted(
            key="voices",
            title=Text("Own words, repeats, and accounts", "Propres mots, partages et comptes"),
            description=Text(
                "Originals and reposts add up; the line counts distinct accounts. Many reposts under a "
                "low line: few "
                "people make much noise.",
                "Originaux et partages s’additionnent ; la ligne compte les comptes distincts. Beaucoup "
                "de partages "
                "sous une ligne basse : peu de gens font beaucoup de bruit.",
            ),
            width=12,
            height=8,
            sql="crisis_room/voices",
            stacked=True,
            step="1h",
            columns=(
                Column(name="originals", title=ORIGINALS, colour=palette.BLUE, draw=Draw.BARS),
                Column(name="reposts", title=REPOSTS, colour=palette.SKY, draw=Draw.BARS),
                Column(name="authors", title=VOICES, colour=palette.ORANGE),
            ),
        ),
        counted(
            key="sentiment",
            title=Text("Tone", "Ton"),
            description=Text(
                "How it was said, by language models; a language without one is left out. Irony escapes "
                "them.",
                "La manière de dire, selon des modèles de langue ; une langue sans modèle est omise. "
                "L’ironie leur "
                "échappe.",
            ),
            width=12,
            height=8,
            sql="crisis_room/sentiment",
            stacked=True,
            step="1h",
            columns=(
                Column(
                    name="n_negative",
                    title=Text("− negative", "− négatif"),
                    colour=palette.VERMILION,
                    draw=Draw.BARS,
                ),
                Column(
                    name="n_neutral", title=Text("○ neutral", "○ neutre"), colour=palette.GREY, draw=Draw.BARS
                ),
                Column(
                    name="n_positive",
                    title=Text("+ positive", "+ positif"),
                    colour=palette.SKY,
                    draw=Draw.BARS,
                ),
            ),
            may_be_empty=_NOTHING,
        ),
        counted(
            key="misinformation",
            title=Text("Possible misinformation", "Désinformation possible"),
            description=Text(
                "Posts with a reason to look, per hour. A flag is never a verdict.",
                "Publications avec une raison de regarder, par heure. Un signalement n’est jamais un "
                "verdict.",
            ),
            width=8,
            height=8,
            sql="crisis_room/misinformation",
            step="1h",
            columns=(Column(name="flagged", title=FLAGS, colour=palette.PURPLE, draw=Draw.BARS),),
        ),
        ranking(
            key="platforms",
            title=Text("Platforms", "Plateformes"),
            description=Text(
                "Mentions by platform in the time shown.", "Mentions par plateforme sur la période."
            ),
            width=8,
            height=8,
            sql="crisis_room/platforms",
            may_be_empty=_NOTHING,
        ),
        ranking(
            key="languages",
            title=Text("Languages", "Langues"),
            description=Text(
                "Mentions by language; `und` could not be told.",
                "Mentions par langue ; `und` : indéterminée.",
            ),
            width=8,
            height=8,
            sql="crisis_room/languages",
            may_be_empty=_NOTHING,
        ),
        table(
            key="narratives",
            title=Text("What is repeated", "Ce qui se répète"),
            description=Text(
                "Groups of posts that say nearly the same, with the first text of each.",
                "Groupes de publications qui disent presque la même chose, avec le premier texte de chacun.",
            ),
            width=24,
            height=9,
            sql="crisis_room/narratives",
            counts=True,
            columns=(
                Column(name="text", title=Text("first text", "premier texte")),
                count("mentions", MENTIONS, width=95),
                count("voices", VOICES, width=130),
                share("repost_share", REPOSTS, width=95),
                share("negative_share", NEGATIVE, width=120),
                FIRST,
                LAST,
            ),
            may_be_empty=Text("Nothing is repeated.", "Rien ne se répète."),
        ),
        table(
            key="posts",
            title=Text("Posts to read", "Publications à lire"),
            description=Text(
                "Those that stand for the incident first, then what drew most reactions. Control and "
                "invisible "
                "characters are taken out; the link leads to the platform.",
                "D’abord celles qui représentent l’incident, puis celles qui ont suscité le plus de "
                "réactions. Les "
                "caractères invisibles ou de contrôle sont retirés ; le lien mène à la plateforme.",
            ),
            width=24,
            height=12,
            sql="crisis_room/posts",
            columns=(*POST, *POST_JUDGED, *POST_END),
            may_be_empty=_NOTHING,
        ),
        Section(Text("Holes, decisions, and who was told", "Lacunes, décisions, et qui a été prévenu")),
        gaps(24, 6),
        table(
            key="incidents",
            title=Text("What was decided", "Ce qui a été décidé"),
            description=Text(
                "Each state of this watch's incidents, newest first.",
                "Chaque état des incidents de cette veille, le plus récent d’abord.",
            ),
            width=24,
            height=9,
            sql="crisis_room/incidents",
            columns=(
                moment("at"),
                Column(name="event", title=Text("event", "événement"), words=EVENTS, width=100),
                Column(name="severity", title=Text("level", "niveau"), words=SEVERITIES, width=115),
                Column(name="signal", title=Text("sign", "signe"), words=SIGNALS, width=240),
                hidden("observed", Text("observed", "observé")),
                hidden("expected", USUAL),
                Column(name="summary", title=Text("in a sentence", "en une phrase")),
                Column(name="drill", title=Text("drill", "exercice"), words=DRILL, width=90),
                Column(name="id", title=Text("incident", "incident"), width=220),
            ),
            may_be_empty=Text("Nothing was decided.", "Rien n’a été décidé."),
        ),
        table(
            key="told",
            title=Text("Who was told", "Qui a été prévenu"),
            description=Text(
                "Each attempt to tell a channel, and each decision not to, with its reason.",
                "Chaque tentative de prévenir un canal, et chaque décision de ne pas le faire, avec sa "
                "raison.",
            ),
            width=24,
            height=9,
            sql="crisis_room/told",
            columns=(
                *TOLD,
                Column(name="attempt", title=Text("attempt", "essai"), width=75),
            ),
            may_be_empty=Text("Nobody was told.", "Personne n’a été prévenu."),
        ),
    ),
)
