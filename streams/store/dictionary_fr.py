"""The data dictionary's words in French, by the English ones that stand in the views.

A view's new or changed comment has no French until it stands here too: the dictionary then cannot be made.
"""

from __future__ import annotations

from typing import Final

FRENCH: Final = {
    "column": "colonne",
    # mentions
    "Each mention once: its newest edit, without what was retracted at the source.": "Chaque mention une "
    "fois : sa version la plus récente, sans ce qui a été retiré à la source.",
    "platform and the platform's own id of the post, `platform:native_id`": "la plateforme et "
    "l’identifiant qu’elle donne à la publication, `platform:native_id`",
    "where it was posted": "où elle a été publiée",
    "post, repost, reply, quote, comment or article": "post (publication), repost (partage), reply "
    "(réponse), quote (citation), comment (commentaire) ou article",
    "where it can be read; empty where unknown": "où la lire ; vide si inconnu",
    "as published": "tel que publié",
    "when it was posted, as the platform claims": "quand elle a été publiée, selon la plateforme",
    "where it counts: created_at clamped to the interval that was observed": "où elle compte : created_at "
    "ramené dans l’intervalle observé",
    "when a connector saw it": "quand un connecteur l’a vue",
    "its newest edit; NULL if never edited": "sa dernière modification ; NULL si jamais modifiée",
    "came too late to take part in a decision": "arrivée trop tard pour compter dans une décision",
    "language, ISO 639-1; `und` where it could not be told": "langue, ISO 639-1 ; `und` si indéterminée",
    "pseudonym of the account; empty where unknown": "pseudonyme du compte ; vide si inconnu",
    "as the platform said": "selon la plateforme",
    "the platform's id of what it replies to; empty if nothing": "identifiant, sur la plateforme, de ce à "
    "quoi elle répond ; vide si à rien",
    "the platform's id of what it repeats; empty if nothing": "identifiant, sur la plateforme, de ce "
    "qu’elle partage ; vide si rien",
    "when observed": "au moment de l’observation",
    "links to pictures and films": "liens vers images et films",
    "negative, neutral or positive; NULL where the language has no model": "negative, neutral ou positive "
    "(négatif, neutre, positif) ; NULL si la langue n’a pas de modèle",
    "P(positive) - P(negative), -1 to 1": "P(positif) - P(négatif), de -1 à 1",
    "the best guess stands, and it is a guess": "la meilleure estimation figure, et c’en est une",
    "a reason to look, not a verdict": "une raison de regarder, pas un verdict",
    "the classifier's, 0 to 1; 0 where it abstains": "celui du classifieur, de 0 à 1 ; 0 s’il s’abstient",
    "`phrase: ...`, `claim: id` or `classifier`": "`phrase: ...`, `claim: identifiant` ou `classifier`",
    "posts that say nearly the same share it": "commun aux publications qui disent presque la même chose",
    "the watches it matches": "les veilles auxquelles elle répond",
    "without #, folded": "sans #, en minuscules sans accents",
    "of the links in it": "des liens qu’elle contient",
    "the urgent phrases found, of all its watches": "les phrases urgentes trouvées, toutes veilles "
    "confondues",
    "by somebody on a watch's VIP list": "d’une personne de la liste VIP d’une veille",
    "part of an exercise: seen in a demo's own store alone": "d’un exercice : visible dans la seule base "
    "d’une démonstration",
    "what scored it, with versions": "ce qui l’a évaluée, avec les versions",
    # volume_hourly, sentiment_hourly
    "For each watch and hour of counted_at: how much was said, and how much was to be expected. An hour "
    "without mentions stands here where detection expected some.": "Pour chaque veille et heure de "
    "counted_at : combien il a été dit, et combien on pouvait attendre. Une heure sans mention figure si la "
    "détection en attendait.",
    "name of the watch": "nom de la veille",
    "start of the hour, UTC": "début de l’heure, UTC",
    "late ones too": "les tardives aussi",
    "everything that is not a repost": "tout ce qui n’est pas un partage",
    "repeats of another post": "répétitions d’une autre publication",
    "distinct accounts, as far as known": "comptes distincts, pour autant qu’ils sont connus",
    "of mentions; unsure ones too": "parmi les mentions ; les incertaines aussi",
    "of mentions, flagged for this watch": "parmi les mentions, signalées pour cette veille",
    "mentions in this hour; NULL where detection said nothing": "mentions dans cette heure ; NULL si la "
    "détection n’a rien dit",
    "more than this is unusual; NULL where detection said nothing": "au-delà, c’est inhabituel ; NULL si la "
    "détection n’a rien dit",
    "For each watch, hour of counted_at and language: how it was said. Languages without a model are "
    "absent.": "Pour chaque veille, heure de counted_at et langue : sur quel ton. Les langues sans modèle "
    "sont absentes.",
    "language, ISO 639-1": "langue, ISO 639-1",
    "mentions": "mentions",
    "of all three: where the model was not sure": "parmi les trois : là où le modèle n’était pas sûr",
    # incidents and what was decided
    "Each incident in its newest state.": "Chaque incident dans son état le plus récent.",
    "derives from watch, signal and start: the same in every run": "dérivé de la veille, du signe et du "
    "début : le même à chaque exécution",
    "volume, slow-burn, narrative, negative, misinformation, urgent, vip or silence": "volume, slow-burn "
    "(hausse lente), narrative (message qui se répand), negative (ton négatif), misinformation "
    "(désinformation), urgent, vip ou silence",
    "open or resolved": "open (en cours) ou resolved (terminé)",
    "info, warning or critical": "info, warning (alerte) ou critical (critique)",
    "data time of the decision that opened it": "temps des données de la décision qui l’a ouvert",
    "data time of its newest state": "temps des données de son dernier état",
    "NULL while open": "NULL tant qu’il est en cours",
    "mentions in the window, or a share for share signals": "mentions dans la fenêtre, ou une part pour les "
    "signes qui sont des parts",
    "usual for that window": "habituel pour cette fenêtre",
    "above this it is unusual": "au-dessus, c’est inhabituel",
    "a sentence, in the language of the watches file": "une phrase, dans la langue du fichier des veilles",
    "JSON: what the rise is made of": "JSON : de quoi la hausse est faite",
    "of the watches file that decided": "du fichier des veilles qui a décidé",
    "of the models that scored": "des modèles qui ont évalué",
    "part of an exercise": "d’un exercice",
    "number of its newest state, 1 for opened": "numéro de son dernier état, 1 pour l’ouverture",
    "Every state of every incident: opened, updated, resolved, as it happened.": "Chaque état de chaque "
    "incident : ouvert, suivi, terminé, dans l’ordre des faits.",
    "of the incident": "de l’incident",
    "number of this state, 1 for opened": "numéro de cet état, 1 pour l’ouverture",
    "opened, updated or resolved": "opened (début), updated (suite) ou resolved (fin)",
    "data time of this state": "temps des données de cet état",
    "What detection decided and why, also where it told nobody.": "Ce que la détection a décidé et "
    "pourquoi, même quand elle n’a prévenu personne.",
    "data time of the decision": "temps des données de la décision",
    "opened, updated, resolved; held: above its limit or loud, and not told; muted: explained by the "
    "calendar or by a gap; shadow begins: from here on it may be compared": "opened, updated, resolved ; "
    "held : au-dessus de sa limite ou bruyant, et non annoncé ; muted : expliqué par le calendrier ou par "
    "une lacune ; shadow begins : dès lors, l’ombre peut être comparée",
    "in words": "en mots",
    "the incident it concerns; empty if none": "l’incident concerné ; vide si aucun",
    # shadows and marks
    "What each watch's shadow would have told, in its newest state. Nobody was told, and no other view "
    "counts it.": "Ce que l’ombre de chaque veille aurait annoncé, dans son dernier état. Personne n’a été "
    "prévenu, et aucune autre vue ne le compte.",
    "as an incident's, and `-shadow-` with the sensitivity": "comme celui d’un incident, et `-shadow-` avec "
    "la sensibilité",
    "under which it was decided: the watch's `shadow`": "selon laquelle il a été décidé : le `shadow` de la "
    "veille",
    "Every state of what each watch's shadow would have told, as it happened. Nobody was told.": "Chaque "
    "état de ce que l’ombre de chaque veille aurait annoncé, dans l’ordre des faits. Personne n’a été "
    "prévenu.",
    "of the shadow incident": "de l’incident d’ombre",
    "What people said of each incident, the newest word alone (`vigie incidents mark`).": "Ce que l’on a dit "
    "de chaque incident, le dernier mot seulement (`vigie incidents mark`).",
    "its id, in `incidents` or `shadow_incidents`": "son identifiant, dans `incidents` ou `shadow_incidents`",
    "true or false: was it worth telling?": "true ou false : valait-il la peine de prévenir ?",
    "in words; no personal data belongs here": "en mots ; aucune donnée personnelle n’a sa place ici",
    "who said so: a login or a role": "qui l’a dit : un identifiant de connexion ou une fonction",
    "when": "quand",
    "when the matter really began; NULL where nobody said": "quand l’affaire a vraiment commencé ; NULL si "
    "personne ne l’a dit",
    "Every word that people said of incidents, those taken back too.": "Tout ce que l’on a dit des "
    "incidents, y compris ce qui a été repris.",
    # operations
    "Each attempt to tell somebody of an incident.": "Chaque tentative de prévenir quelqu’un d’un incident.",
    "id of the incident": "identifiant de l’incident",
    "name of the channel in the watches file": "nom du canal dans le fichier des veilles",
    "what was told: opened, updated, resolved, ...": "ce qui a été annoncé : opened, updated, resolved, ...",
    "delivered, held, retry, failed or digest": "delivered (remis), held (retenu), retry (nouvel essai), "
    "failed (échec) ou digest (récapitulatif)",
    "what the other side said, or why it was held": "ce qu’a dit l’autre côté, ou pourquoi c’est retenu",
    "the incident's state that was told": "l’état de l’incident qui a été annoncé",
    "1 for the first": "1 pour le premier",
    "What nobody listened to: to be read beside every count.": "Ce que personne n’a écouté : à lire à côté "
    "de chaque nombre.",
    "which connector": "quel connecteur",
    "of which platform": "de quelle plateforme",
    "first moment not seen": "premier instant non vu",
    "first moment seen again": "premier instant de nouveau vu",
    "Input that could not be read, byte for byte.": "Ce qui n’a pas pu être lu, octet pour octet.",
    "when it was first parked": "quand c’est mis de côté pour la première fois",
    "file, topic or connector": "fichier, sujet ou connecteur",
    "where in its origin: a line, an offset": "où dans son origine : une ligne, une position",
    "what was wrong, in words": "ce qui n’allait pas, en mots",
    "the bytes as they came": "les octets tels qu’ils sont venus",
    "Planned events, as the newest calendar of a watches file has them: more is expected while they last.": ""
    "Événements prévus, selon le calendrier du fichier des veilles le plus récent : on attend davantage tant "
    "qu’ils durent.",
    "as the calendar calls it": "comme le calendrier le nomme",
    "its beginning": "son début",
    "its end": "sa fin",
    "whom it concerns; empty: every watch": "qui il concerne ; vide : toutes les veilles",
    "how many times the usual is expected meanwhile": "combien de fois l’habituel on attend pendant ce temps",
    "Posts that were stored and then deleted at their source, or whose account was: when each had counted, "
    "and nothing else of it.": "Publications conservées puis supprimées à la source, ou dont le compte l’a "
    "été : quand chacune avait compté, et rien d’autre d’elle.",
    "when it counted": "quand elle comptait",
}
HEAD: Final = """\
# Dictionnaire des données

Produit à partir des vues par `python -m streams.store.dictionary docs` ; ne pas modifier.
[In English](../data-dictionary.md).

N’interrogez que ces vues : les tables dont le nom finit par `_raw` changent sans préavis. Les heures sont en
UTC. Un texte absent est vide ; un nombre ou une étiquette absents sont NULL.
"""
