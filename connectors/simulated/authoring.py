"""From a topic and a moment to a mention: who says it, where, in which words, and who repeats it."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from connectors.mention import Engagement, Kind, Mention
from connectors.simulated.grammar import Draw
from connectors.simulated.people import PREFECT, Account, Crowd
from connectors.simulated.plot import Voices
from connectors.simulated.voice import LANGUAGES, voice

REPOST_WITHIN: Final = timedelta(hours=12)
WORTH_REPEATING: Final = 0.3
"""Most posts are never repeated by anybody."""

_REMEMBERED: Final = 40
_CLAIMS_LANGUAGE: Final = frozenset({"bluesky", "mastodon", "x", "rss"})
_PREFECT_SAYS: Final = (
    "Inondation à Castelvern : évitez tout déplacement, montez à l'étage, n'appelez le 112 qu'en urgence.",
    "Crue de la Salvane : les évacuations se poursuivent, trois centres d'accueil sont ouverts cette nuit.",
    "Non, le barrage de la Salvane n'a pas cédé. La crue reste suivie heure par heure.",
)


class Author:
    """Writes mentions; remembers what was said lately, so that it can be repeated and answered."""

    def __init__(self, crowd: Crowd, draw: Draw, prefix: str, *, drill: bool) -> None:
        self._crowd = crowd
        self._draw = draw
        self._prefix = prefix
        self._drill = drill
        self._number = 0
        self._lately: dict[tuple[str, str], deque[tuple[Mention, str]]] = {}
        self._voices = {lang: voice(lang) for lang in LANGUAGES}

    def mention(
        self, topic: str, at: datetime, *, voices: Voices, french: float, reposts: float, articles: float
    ) -> Mention:
        draw = self._draw
        lang = "fr" if draw() < french else "en"
        if draw() < reposts:
            repost = self._repost(topic, lang, at, voices)
            if repost is not None:
                return repost
        if draw() < articles and self._voices[lang].has_headlines(topic):
            return self._article(topic, lang, at)
        match voices:
            case "ring":
                account = self._crowd.copyist(lang, draw)
            case "residents":
                account = self._crowd.resident(lang, draw)
            case _:
                account = self._crowd.anyone(lang, draw)
        text = self._voices[lang].post(topic, draw)
        mention = self._post(account, text, at)
        if draw() < WORTH_REPEATING:
            lately = self._lately.setdefault((topic, lang), deque(maxlen=_REMEMBERED))
            lately.append((mention, account.handle))
        return mention

    def prefect(self, number: int, at: datetime) -> Mention:
        """The prefecture's own words: its first, second, third statement."""
        text = _PREFECT_SAYS[number]
        native_id = self._native_id()
        return self._finished(native_id, PREFECT, text, at, "post", parent_id=None, media=())

    def edited(self, mention: Mention, at: datetime) -> Mention:
        """The same post as its author left it later: it counts where it did."""
        word = "Édit : merci pour vos réponses." if mention.lang == "fr" else "Edit: thanks for the replies."
        return replace(mention, text=f"{mention.text} {word}", edited_at=at, observed_at=at)

    def _article(self, topic: str, lang: str, at: datetime) -> Mention:
        outlet = self._crowd.outlet(lang, self._draw)
        text = self._voices[lang].headline(topic, self._draw)
        return self._finished(self._native_id(), outlet, text, at, "article", parent_id=None, media=())

    def _post(self, account: Account, text: str, at: datetime) -> Mention:
        draw = self._draw
        native_id = self._native_id()
        kind: Kind = "post"
        parent_id = None
        chance = draw()
        if account.platform in {"facebook", "reddit"} and chance < 0.4:
            kind, parent_id = "comment", f"page-{int(draw() * 400)}"
        elif chance < 0.1:
            kind, parent_id = "reply", f"{self._prefix}-{int(draw() * self._number):x}"
        media = (f"https://media.example/{native_id}.jpg",) if draw() < 0.05 else ()
        return self._finished(native_id, account, text, at, kind, parent_id=parent_id, media=media)

    def _finished(
        self,
        native_id: str,
        account: Account,
        text: str,
        at: datetime,
        kind: Kind,
        *,
        parent_id: str | None,
        media: tuple[str, ...],
        repost_of: str | None = None,
    ) -> Mention:
        draw = self._draw
        platform = account.platform
        engagement = None
        if draw() < 0.3:
            likes = int(3 / (1.0 - draw()) ** 0.8) - 3
            engagement = Engagement(likes=likes, reposts=likes // 6, replies=likes // 9)
        return Mention(
            platform=platform,
            native_id=native_id,
            text=text,
            created_at=at,
            observed_at=at + timedelta(milliseconds=900 + int(14_000 * draw())),
            counted_at=at,
            kind=kind,
            lang=account.lang if platform in _CLAIMS_LANGUAGE else None,
            url=f"https://{account.id if kind == 'article' else platform + '.example'}/p/{native_id}",
            author_id=account.id,
            author_handle=account.handle,
            author_followers=account.followers or None,
            author_verified=account.verified or None,
            parent_id=parent_id,
            repost_of=repost_of,
            engagement=engagement,
            media=media,
            drill=self._drill,
        )

    def _repost(self, topic: str, lang: str, at: datetime, voices: Voices) -> Mention | None:
        """Something said lately on this topic, repeated on its platform; None if nothing was."""
        lately = self._lately.get((topic, lang))
        if not lately:
            return None
        draw = self._draw
        # When all look at one thing the newest is repeated most, and some of it again and again.
        back = draw() if voices == "anyone" else draw() ** 2
        original, handle = lately[-1 - int(len(lately) * back)]
        if at - original.created_at > REPOST_WITHIN:
            return None
        if voices == "ring" and draw() < 0.85:
            account = self._crowd.copyist(lang, draw)
            if account.platform != original.platform:
                return None
        else:
            account = self._crowd.on(original.platform, lang, draw)
        text = f"RT @{handle}: {original.text}" if account.platform == "x" else original.text
        return self._finished(
            self._native_id(),
            account,
            text,
            at,
            "repost",
            parent_id=None,
            media=(),
            repost_of=original.native_id,
        )

    def _native_id(self) -> str:
        self._number += 1
        return f"{self._prefix}-{self._number:x}"


def utc(ms: int) -> datetime:
    """The moment of a Unix time in milliseconds."""
    return _EPOCH + timedelta(milliseconds=ms)


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
