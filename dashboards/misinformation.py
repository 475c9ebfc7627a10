"""Misinformation: which phrases and claims go round, how far, and who already sets them right."""

from __future__ import annotations

from typing import Final

from dashboards import palette
from dashboards.define import Board, Column, Draw, Kind, Panel, Section, Step
from dashboards.tongue import Text
from dashboards.words import (
    AT,
    FLAGS,
    GAP_REGIONS,
    KINDS,
    MENTIONS,
    PLATFORM,
    REASON_KINDS,
    UNHEARD,
    UNHEARD_STEPS,
    VOICES,
    WATCHES,
    gaps,
)

_NONE: Final = Text("Nothing was flagged.", "Rien n’a été signalé.")
_CORRECTIONS: Final = Text("corrections", "démentis")
_REACTIONS: Final = Text("reactions", "réactions")

MISINFORMATION: Final = Board(
    key="misinformation",
    title=Text("Misinformation", "Désinformation"),
    description=Text(
        "Phrases and known claims, and their spread against corrections. A flag is a reason to look, not "
        "a verdict.",
        "Expressions et affirmations connues, et leur propagation face aux démentis. Un signalement est "
        "une raison "
        "de regarder, pas un verdict.",
    ),
    span="now-24h",
    refresh="1m",
    variables=(WATCHES,),
    annotations=(GAP_REGIONS,),
    parts=(
        Panel(
            key="now",
            kind=Kind.TILES,
            title=Text("In the time shown", "Sur la période affichée"),
            description=Text(
                "Flagged posts, from how many accounts, and how many posts deny what they repeat. Above "
                "ten flagged "
                "posts a correction, the denial does not keep up.",
                "Publications signalées, de combien de comptes, et combien démentent ce qu’elles "
                "répètent. Au-dessus "
                "de dix signalées pour un démenti, celui-ci ne suit pas.",
            ),
            width=20,
            height=5,
            sql="misinformation/now",
            counts=True,
            columns=(
                Column(
                    name="flagged",
                    title=FLAGS,
                    unit="short",
                    steps=(Step(None, palette.CALM), Step(1, palette.WARNING)),
                ),
                Column(
                    name="flagged_share", title=Text("of all", "du total"), unit="percentunit", decimals=1
                ),
                Column(name="voices", title=VOICES, unit="short"),
                Column(name="flagged_reposts", title=Text("of them reposts", "dont partages"), unit="short"),
                Column(name="corrections", title=_CORRECTIONS, unit="short"),
                Column(
                    name="per_correction",
                    title=Text("flagged per correction", "signalées par démenti"),
                    unit="none",
                    decimals=1,
                    steps=(Step(None, palette.CALM), Step(10, palette.WARNING)),
                ),
            ),
        ),
        Panel(
            key="unheard",
            kind=Kind.TILES,
            title=Text("Not heard", "Sans écoute"),
            description=Text(
                "How much of the time shown some source could not be read.",
                "Durée, dans la période affichée, pendant laquelle une source n’a pas pu être lue.",
            ),
            width=4,
            height=5,
            sql="shared/unheard",
            columns=(Column(name="unheard", title=UNHEARD, unit="m", decimals=0, steps=UNHEARD_STEPS),),
        ),
        Panel(
            key="spread",
            kind=Kind.SERIES,
            title=Text("Spread against corrections", "Propagation et démentis"),
            description=Text(
                "Flagged posts in own words and as reposts, and the posts that deny what they repeat.",
                "Publications signalées, originales et partagées, et celles qui démentent ce qu’elles "
                "répètent.",
            ),
            width=24,
            height=9,
            sql="misinformation/spread",
            unit="short",
            stacked=True,
            counts=True,
            step="5m",
            columns=(
                Column(
                    name="flagged_originals",
                    title=Text("flagged originals", "originaux signalés"),
                    colour=palette.PURPLE,
                    draw=Draw.BARS,
                ),
                Column(
                    name="flagged_reposts",
                    title=Text("flagged reposts", "partages signalés"),
                    colour=palette.YELLOW,
                    draw=Draw.BARS,
                ),
                Column(name="corrections", title=_CORRECTIONS, colour=palette.GREEN),
            ),
            may_be_empty=_NONE,
        ),
        Panel(
            key="reasons",
            kind=Kind.TABLE,
            title=Text("Phrases and claims", "Expressions et affirmations"),
            description=Text(
                "What was recognised, how often, by how many accounts, and how many posts that contain "
                "it deny it.",
                "Ce qui a été reconnu, combien de fois, par combien de comptes, et combien de "
                "publications qui le "
                "contiennent le démentent.",
            ),
            width=24,
            height=9,
            sql="misinformation/reasons",
            counts=True,
            columns=(
                Column(name="kind", title=Text("kind", "type"), words=REASON_KINDS, width=140),
                Column(name="what", title=Text("what", "quoi")),
                Column(name="mentions", title=MENTIONS, unit="short", width=95),
                Column(name="corrections", title=_CORRECTIONS, unit="short", width=100),
                Column(name="voices", title=VOICES, unit="short", width=130),
                Column(name="platforms", title=Text("platforms", "plateformes"), unit="short", width=105),
                Column(name="first_at", title=Text("first", "première"), unit="dateTimeAsLocal", width=165),
                Column(name="last_at", title=Text("last", "dernière"), unit="dateTimeAsLocal", width=165),
            ),
            may_be_empty=_NONE,
        ),
        Panel(
            key="by_reason",
            kind=Kind.SERIES,
            long=True,
            title=Text("The six most seen", "Les six les plus vues"),
            description=Text(
                "Each phrase and claim over time; one post can carry several.",
                "Chaque expression et affirmation dans le temps ; une publication peut en porter plusieurs.",
            ),
            width=14,
            height=9,
            sql="misinformation/by_reason",
            unit="short",
            counts=True,
            step="5m",
            may_be_empty=_NONE,
        ),
        Panel(
            key="loudest",
            kind=Kind.BARS,
            title=Text("Who repeats it most", "Qui le répète le plus"),
            description=Text(
                "Accounts as pseudonyms. A few long bars: a few accounts push it.",
                "Comptes sous pseudonyme. Quelques longues barres : peu de comptes le poussent.",
            ),
            width=10,
            height=9,
            sql="misinformation/loudest",
            unit="short",
            counts=True,
            may_be_empty=_NONE,
        ),
        Section(Text("To look at", "À regarder")),
        Panel(
            key="posts",
            kind=Kind.TABLE,
            title=Text("Flagged posts", "Publications signalées"),
            description=Text(
                "Known claims first, then what drew most reactions; the reasons stand beside each.",
                "D’abord les affirmations connues, puis ce qui a suscité le plus de réactions ; les "
                "raisons figurent "
                "à côté.",
            ),
            width=24,
            height=11,
            sql="misinformation/posts",
            columns=(
                Column(name="text", title=Text("text", "texte"), link="${__data.fields.url}"),
                Column(name="at", title=AT, unit="dateTimeAsLocal", width=165),
                Column(name="platform", title=PLATFORM, width=100),
                Column(name="kind", title=Text("kind", "type"), words=KINDS, width=100),
                Column(name="why", title=Text("why", "pourquoi"), width=280),
                Column(
                    name="score",
                    title=Text("classifier", "classifieur"),
                    unit="percentunit",
                    decimals=0,
                    width=95,
                ),
                Column(name="reach", title=_REACTIONS, unit="short", width=95),
                Column(name="url", title=Text("link", "lien"), hidden=True),
            ),
            may_be_empty=_NONE,
        ),
        Panel(
            key="corrections",
            kind=Kind.TABLE,
            title=Text("Corrections", "Démentis"),
            description=Text(
                "Posts that deny what they repeat: what could be passed on.",
                "Publications qui démentent ce qu’elles répètent : ce qui pourrait être relayé.",
            ),
            width=24,
            height=8,
            sql="misinformation/corrections",
            columns=(
                Column(name="text", title=Text("text", "texte"), link="${__data.fields.url}"),
                Column(name="at", title=AT, unit="dateTimeAsLocal", width=165),
                Column(name="platform", title=PLATFORM, width=100),
                Column(name="kind", title=Text("kind", "type"), words=KINDS, width=100),
                Column(name="reach", title=_REACTIONS, unit="short", width=95),
                Column(name="url", title=Text("link", "lien"), hidden=True),
            ),
            may_be_empty=Text("Nobody sets it right yet.", "Personne ne dément encore."),
        ),
        gaps(24, 6),
    ),
)
