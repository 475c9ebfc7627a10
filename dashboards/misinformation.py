"""Misinformation: which phrases and claims go round, how far, and who already sets them right."""

from __future__ import annotations

from typing import Final

from dashboards import palette
from dashboards.define import Board, Column, Draw, Kind, Panel, Section, Step
from dashboards.panels import (
    FIRST,
    GAP_REGIONS,
    LAST,
    POST,
    POST_END,
    SHOULD_BE_NONE,
    count,
    counted,
    gaps,
    ranking,
    share,
    table,
    unheard,
)
from dashboards.tongue import Text
from dashboards.words import FLAGS, MENTIONS, REASON_KINDS, VOICES, WATCHES

_NONE: Final = Text("Nothing was flagged.", "Rien n’a été signalé.")
_CORRECTIONS: Final = Text("corrections", "démentis")

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
                count("flagged", FLAGS, steps=SHOULD_BE_NONE),
                share("flagged_share", Text("of all", "du total"), decimals=1),
                count("voices", VOICES),
                count("flagged_reposts", Text("of them reposts", "dont partages")),
                count("corrections", _CORRECTIONS),
                Column(
                    name="per_correction",
                    title=Text("flagged per correction", "signalées par démenti"),
                    unit="none",
                    decimals=1,
                    steps=(Step(None, palette.CALM), Step(10, palette.WARNING)),
                ),
            ),
        ),
        unheard(4, 5),
        counted(
            key="spread",
            title=Text("Spread against corrections", "Propagation et démentis"),
            description=Text(
                "Flagged posts in own words and as reposts, and the posts that deny what they repeat.",
                "Publications signalées, originales et partagées, et celles qui démentent ce qu’elles "
                "répètent.",
            ),
            width=24,
            height=9,
            sql="misinformation/spread",
            stacked=True,
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
        table(
            key="reasons",
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
                count("mentions", MENTIONS, width=95),
                count("corrections", _CORRECTIONS, width=100),
                count("voices", VOICES, width=130),
                count("platforms", Text("platforms", "plateformes"), width=105),
                FIRST,
                LAST,
            ),
            may_be_empty=_NONE,
        ),
        counted(
            key="by_reason",
            long=True,
            title=Text("The six most seen", "Les six les plus vues"),
            description=Text(
                "Each phrase and claim over time; one post can carry several.",
                "Chaque expression et affirmation dans le temps ; une publication peut en porter plusieurs.",
            ),
            width=14,
            height=9,
            sql="misinformation/by_reason",
            step="5m",
            may_be_empty=_NONE,
        ),
        ranking(
            key="loudest",
            title=Text("Who repeats it most", "Qui le répète le plus"),
            description=Text(
                "Accounts as pseudonyms. A few long bars: a few accounts push it.",
                "Comptes sous pseudonyme. Quelques longues barres : peu de comptes le poussent.",
            ),
            width=10,
            height=9,
            sql="misinformation/loudest",
            may_be_empty=_NONE,
        ),
        Section(Text("To look at", "À regarder")),
        table(
            key="posts",
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
                *POST,
                Column(name="why", title=Text("why", "pourquoi"), width=280),
                share("score", Text("classifier", "classifieur"), width=95),
                *POST_END,
            ),
            may_be_empty=_NONE,
        ),
        table(
            key="corrections",
            title=Text("Corrections", "Démentis"),
            description=Text(
                "Posts that deny what they repeat: what could be passed on.",
                "Publications qui démentent ce qu’elles répètent : ce qui pourrait être relayé.",
            ),
            width=24,
            height=8,
            sql="misinformation/corrections",
            columns=(*POST, *POST_END),
            may_be_empty=Text("Nobody sets it right yet.", "Personne ne dément encore."),
        ),
        gaps(24, 6),
    ),
)
