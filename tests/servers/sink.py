"""What a store would hold at the end: each mention once, retracted ones gone, gaps beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from connectors.base import Named
from connectors.mention import Gap, Malformed, Mention, Page, Retraction


@dataclass
class Sink:
    mentions: dict[str, Mention] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    malformed: list[Malformed] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    retractions: list[Retraction] = field(default_factory=list)
    arrivals: int = 0
    outside: list[Mention] = field(default_factory=list)

    async def deliver(self, _: Named, page: Page) -> None:
        self.pages.append(page)
        self.malformed += page.malformed
        for item in page.items:
            match item:
                case Mention():
                    self._mention(item, page)
                case Retraction():
                    self._retract(item)
                case Gap():
                    self.gaps.append(item)

    def _mention(self, mention: Mention, page: Page) -> None:
        self.arrivals += 1
        if page.covers is None or not page.covers[0] <= mention.counted_at <= page.covers[1]:
            self.outside.append(mention)
        known = self.mentions.get(mention.native_id)
        if known is None or mention.version_ms > known.version_ms:
            self.mentions[mention.native_id] = mention

    def _retract(self, retraction: Retraction) -> None:
        self.retractions.append(retraction)
        if retraction.native_id is not None:
            self.mentions.pop(retraction.native_id, None)
        else:
            gone = retraction.author_id
            self.mentions = {key: held for key, held in self.mentions.items() if held.author_id != gone}

    def lost_at(self, when: datetime) -> bool:
        """Whether a gap says that what was posted then may be missing."""
        return any(gap.from_at <= when <= gap.until_at for gap in self.gaps if gap.reason.startswith("lost"))
