"""The headings and labels of a mail, in both languages; its sentences are `streams.incidents.wording`'s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from streams.incidents.words import Tongue


@dataclass(frozen=True, slots=True, kw_only=True)
class MailWords:
    """`colon` is what stands between a label and its value."""

    colon: str
    since: str
    until: str
    observed: str
    usual: str
    limit: str
    chart: str
    chart_note: str
    made_of: str
    mentions: str
    originals: str
    reposts: str
    alike: str
    voices: str
    new_voices: str
    new_word: str
    loudest: str
    platforms: str
    languages: str
    negative: str
    negative_usual: str
    misinformation: str
    verdict: str
    signs: str
    gap: str
    why: str
    posts: str
    open_link: str
    footer: str
    digest_footer: str
    test: str
    drill: str
    digest: str
    resolved: str
    reasons: Mapping[str, str]


MAIL_WORDS: Final[Mapping[Tongue, MailWords]] = {
    "en": MailWords(
        colon=": ",
        since="Since",
        until="Until",
        observed="Observed",
        usual="Usual",
        limit="Limit",
        chart="Mentions an hour, the last 24 hours",
        chart_note="highest {most}; the line is what is usual",
        made_of="What it is made of",
        mentions="Mentions",
        originals="Originals",
        reposts="Reposts",
        alike="Near-identical",
        voices="Distinct voices",
        new_voices="Never heard before",
        new_word="Share a word that is new here",
        loudest="Share of the ten loudest",
        platforms="Platforms",
        languages="Languages",
        negative="Negative",
        negative_usual="usual",
        misinformation="Possible misinformation",
        verdict="a reason to look, not a verdict",
        signs="Signs",
        gap="Not seen",
        why="Why this severity",
        posts="Posts to look at first",
        open_link="Open the incident",
        footer="Sent by Vigie on the channel “{channel}” of the watches file. Incident {incident}.",
        digest_footer="Sent by Vigie on the channel “{channel}” of the watches file.",
        test="This is a test of the channel. Nothing has happened; the figures are made up.",
        drill="This is a drill.",
        digest="Held back since {since}, when the quiet hours began. The newest state of each:",
        resolved="Over",
        reasons={
            "size": "size against the usual",
            "many": "large in number",
            "speed": "fast",
            "voices": "many distinct voices",
            "platforms": "several platforms",
            "anger": "unusually negative",
            "misinformation": "possible misinformation",
            "urgent": "urgent words",
            "signs": "several signs at once",
            "few-voices": "few voices make most of it",
            "few-accounts": "ten accounts at the most wrote them all",
            "few-mentions": "few mentions in all",
            "mild-rise": "less than twice the usual",
            "moderate-rise": "less than three times the usual",
        },
    ),
    "fr": MailWords(
        colon="\u00a0: ",
        since="Depuis",
        until="Jusqu’à",
        observed="Observé",
        usual="Habituel",
        limit="Seuil",
        chart="Mentions par heure, 24 dernières heures",
        chart_note="maximum {most}\u202f; le trait marque l’habituel",
        made_of="De quoi c’est fait",
        mentions="Mentions",
        originals="Originaux",
        reposts="Partages",
        alike="Quasi identiques",
        voices="Voix distinctes",
        new_voices="Jamais entendues",
        new_word="Ont en commun un mot nouveau ici",
        loudest="Part des dix plus actives",
        platforms="Plateformes",
        languages="Langues",
        negative="Négatif",
        negative_usual="habituel",
        misinformation="Désinformation possible",
        verdict="une raison de regarder, pas un verdict",
        signs="Signes",
        gap="Non observé",
        why="Pourquoi ce niveau",
        posts="À regarder d’abord",
        open_link="Ouvrir l’incident",
        footer="Envoyé par Vigie sur le canal «\u00a0{channel}\u00a0» du fichier de veille. "
        "Incident {incident}.",
        digest_footer="Envoyé par Vigie sur le canal «\u00a0{channel}\u00a0» du fichier de veille.",
        test="Ceci est un essai du canal. Il ne s’est rien passé\u202f; les chiffres sont inventés.",
        drill="Ceci est un exercice.",
        digest="Retenus depuis le {since}, début des heures calmes. Le dernier état de chacun\u00a0:",
        resolved="Terminé",
        reasons={
            "size": "ampleur par rapport à l’habitude",
            "many": "grand nombre",
            "speed": "rapide",
            "voices": "beaucoup de voix distinctes",
            "platforms": "plusieurs plateformes",
            "anger": "ton plus négatif que d’habitude",
            "misinformation": "désinformation possible",
            "urgent": "mots urgents",
            "signs": "plusieurs signes à la fois",
            "few-voices": "peu de voix en font l’essentiel",
            "few-accounts": "dix comptes au plus ont tout écrit",
            "few-mentions": "peu de mentions en tout",
            "mild-rise": "moins du double de l’habituel",
            "moderate-rise": "moins de trois fois l’habituel",
        },
    ),
}
