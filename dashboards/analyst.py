"""Analyst: free exploration, watches against each other, and what to take away."""

from __future__ import annotations

from typing import Final

from dashboards.define import Board, Column, Kind, Panel, Section, Variable
from dashboards.tongue import Text
from dashboards.words import (
    FLAGS,
    GAP_REGIONS,
    MENTIONS,
    PLANNED_REGIONS,
    POST_COLUMNS,
    REPOSTS,
    UNHEARD,
    UNHEARD_STEPS,
    VOICES,
    WATCH,
    WATCHES,
    gaps,
)

_NOTHING: Final = Text("Nothing matches.", "Rien ne correspond.")

_LIKE_THIS: Final = Text(
    """**Take it away**: in a panel's menu, *Inspect → Data → Download CSV*; up to 1,000 posts are shown here.
For more, ask the same views with your own tool:

```sql
SELECT * FROM mentions WHERE has(watches, 'NAME') AND counted_at >= '2026-03-01' FORMAT Parquet
```

`vigie sql`, pandas, R and DBeaver are in the cookbook; every column is in the data dictionary.""",
    """**Pour l’emporter** : dans le menu d’un panneau, *Inspecter → Données → Télécharger CSV* ; 1 000
publications au plus sont affichées ici. Pour davantage, interrogez les mêmes vues avec votre outil :

```sql
SELECT * FROM mentions WHERE has(watches, 'NOM') AND counted_at >= '2026-03-01' FORMAT Parquet
```

`vigie sql`, pandas, R et DBeaver figurent dans le livre de recettes ; chaque colonne,
dans le dictionnaire.""",
)

ANALYST: Final = Board(
    key="analyst",
    title=Text("Analyst", "Analyste"),
    description=Text(
        "Free exploration: choose watches, platforms, languages and words.",
        "Exploration libre : choisissez veilles, plateformes, langues et mots.",
    ),
    span="now-7d",
    refresh="",
    variables=(
        WATCHES,
        Variable(
            name="platform",
            title=Text("Platforms", "Plateformes"),
            sql="analyst/platform_names",
            several=True,
        ),
        Variable(name="lang", title=Text("Languages", "Langues"), sql="analyst/language_names", several=True),
        Variable(name="words", title=Text("Words", "Mots")),
    ),
    annotations=(GAP_REGIONS, PLANNED_REGIONS),
    parts=(
        Panel(
            key="volume",
            kind=Kind.SERIES,
            long=True,
            title=Text("Mentions by watch", "Mentions par veille"),
            description=Text(
                "Counted where they count (counted_at); a post of two watches counts for both.",
                "Comptées là où elles comptent (counted_at) ; une publication de deux veilles compte "
                "pour les deux.",
            ),
            width=20,
            height=10,
            sql="analyst/volume",
            unit="short",
            counts=True,
            step="5m",
            may_be_empty=_NOTHING,
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
            height=10,
            sql="shared/unheard",
            columns=(Column(name="unheard", title=UNHEARD, unit="m", decimals=0, steps=UNHEARD_STEPS),),
        ),
        Panel(
            key="share_of_voice",
            kind=Kind.BARS,
            title=Text("Share of voice", "Part de voix"),
            description=Text(
                "How the mentions divide between the watches chosen.",
                "Répartition des mentions entre les veilles choisies.",
            ),
            width=8,
            height=9,
            sql="analyst/share_of_voice",
            unit="percentunit",
            counts=True,
            may_be_empty=_NOTHING,
        ),
        Panel(
            key="watches",
            kind=Kind.TABLE,
            title=Text("Watches compared", "Veilles comparées"),
            description=Text(
                "Shares of tone are of the posts in a language that has a model.",
                "Les parts de ton portent sur les publications dans une langue qui a un modèle.",
            ),
            width=16,
            height=9,
            sql="analyst/watches",
            counts=True,
            columns=(
                Column(name="watch", title=WATCH),
                Column(name="mentions", title=MENTIONS, unit="short", width=95),
                Column(name="repost_share", title=REPOSTS, unit="percentunit", decimals=0, width=95),
                Column(name="voices", title=VOICES, unit="short", width=130),
                Column(
                    name="negative_share",
                    title=Text("negative", "négatif"),
                    unit="percentunit",
                    decimals=0,
                    width=95,
                ),
                Column(
                    name="positive_share",
                    title=Text("positive", "positif"),
                    unit="percentunit",
                    decimals=0,
                    width=95,
                ),
                Column(name="flagged", title=FLAGS, unit="short", width=100),
            ),
            may_be_empty=_NOTHING,
        ),
        Panel(
            key="platforms",
            kind=Kind.BARS,
            title=Text("Platforms", "Plateformes"),
            description=Text("Mentions by platform.", "Mentions par plateforme."),
            width=6,
            height=9,
            sql="analyst/platforms",
            unit="short",
            counts=True,
            may_be_empty=_NOTHING,
        ),
        Panel(
            key="languages",
            kind=Kind.BARS,
            title=Text("Languages", "Langues"),
            description=Text("Mentions by language.", "Mentions par langue."),
            width=6,
            height=9,
            sql="analyst/languages",
            unit="short",
            counts=True,
            may_be_empty=_NOTHING,
        ),
        *(
            Panel(
                key=key,
                kind=Kind.TABLE,
                title=title,
                description=description,
                width=6,
                height=9,
                sql=f"analyst/{key}",
                counts=True,
                columns=(
                    Column(name="what", title=title),
                    Column(name="mentions", title=MENTIONS, unit="short", width=90),
                    Column(name="voices", title=VOICES, unit="short", width=90),
                    Column(name="first_at", title=Text("first", "première"), hidden=True),
                ),
                may_be_empty=_NOTHING,
            )
            for key, title, description in (
                (
                    "hashtags",
                    Text("Hashtags", "Mots-dièse"),
                    Text("Folded, without #. Sort by any column.", "Repliés, sans #. Triez par colonne."),
                ),
                (
                    "domains",
                    Text("Domains linked to", "Domaines cités"),
                    Text(
                        "Hosts of the links in the posts.", "Hôtes des liens contenus dans les publications."
                    ),
                ),
            )
        ),
        Section(Text("Posts", "Publications")),
        Panel(
            key="posts",
            kind=Kind.TABLE,
            title=Text("Posts, newest first", "Publications, la plus récente d’abord"),
            description=Text(
                "At most 1,000. No author stands here; the store keeps pseudonyms alone.",
                "1 000 au plus. Aucun auteur n’y figure ; la base ne garde que des pseudonymes.",
            ),
            width=24,
            height=14,
            sql="analyst/posts",
            columns=(
                *POST_COLUMNS[:4],
                Column(name="lang", title=Text("language", "langue"), width=90),
                *POST_COLUMNS[4:],
                Column(name="id", title=Text("id", "id"), hidden=True),
            ),
            may_be_empty=_NOTHING,
        ),
        Panel(
            key="take_away",
            kind=Kind.WORDS,
            title=Text("Take it away", "Pour l’emporter"),
            description=Text(
                "How to export, and where to ask more.", "Comment exporter, et où demander davantage."
            ),
            width=24,
            height=7,
            words=_LIKE_THIS,
        ),
        gaps(24, 6),
    ),
)
