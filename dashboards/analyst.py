"""Analyst: free exploration, watches against each other, and what to take away."""

from __future__ import annotations

from typing import Final

from dashboards.define import Board, Column, Kind, Panel, Section, Variable
from dashboards.panels import (
    GAP_REGIONS,
    PLANNED_REGIONS,
    POST,
    POST_END,
    POST_JUDGED,
    count,
    counted,
    gaps,
    hidden,
    ranking,
    share,
    table,
    unheard,
)
from dashboards.tongue import Text
from dashboards.words import FLAGS, MENTIONS, REPOSTS, VOICES, WATCH, WATCHES

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
        counted(
            key="volume",
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
            step="5m",
            may_be_empty=_NOTHING,
        ),
        unheard(4, 10),
        ranking(
            key="share_of_voice",
            title=Text("Share of voice", "Part de voix"),
            description=Text(
                "How the mentions divide between the watches chosen.",
                "Répartition des mentions entre les veilles choisies.",
            ),
            width=8,
            height=9,
            sql="analyst/share_of_voice",
            unit="percentunit",
            may_be_empty=_NOTHING,
        ),
        table(
            key="watches",
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
                count("mentions", MENTIONS, width=95),
                share("repost_share", REPOSTS, width=95),
                count("voices", VOICES, width=130),
                share("negative_share", Text("negative", "négatif"), width=95),
                share("positive_share", Text("positive", "positif"), width=95),
                count("flagged", FLAGS, width=100),
            ),
            may_be_empty=_NOTHING,
        ),
        ranking(
            key="platforms",
            title=Text("Platforms", "Plateformes"),
            description=Text("Mentions by platform.", "Mentions par plateforme."),
            width=6,
            height=9,
            sql="analyst/platforms",
            may_be_empty=_NOTHING,
        ),
        ranking(
            key="languages",
            title=Text("Languages", "Langues"),
            description=Text("Mentions by language.", "Mentions par langue."),
            width=6,
            height=9,
            sql="analyst/languages",
            may_be_empty=_NOTHING,
        ),
        *(
            table(
                key=key,
                title=title,
                description=description,
                width=6,
                height=9,
                sql=f"analyst/{key}",
                counts=True,
                columns=(
                    Column(name="what", title=title),
                    count("mentions", MENTIONS, width=90),
                    count("voices", VOICES, width=90),
                    hidden("first_at", Text("first", "première")),
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
        table(
            key="posts",
            title=Text("Posts, newest first", "Publications, la plus récente d’abord"),
            description=Text(
                "At most 1,000. No author stands here; the store keeps pseudonyms alone.",
                "1 000 au plus. Aucun auteur n’y figure ; la base ne garde que des pseudonymes.",
            ),
            width=24,
            height=14,
            sql="analyst/posts",
            columns=(
                *POST,
                Column(name="lang", title=Text("language", "langue"), width=90),
                *POST_JUDGED,
                *POST_END,
                hidden("id", Text("id", "id")),
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
