"""Who talks: a few loud accounts, thousands that are heard now and then, newspapers, a ring of copyists."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from connectors.simulated.grammar import Draw
from connectors.simulated.voice import LANGUAGES

REGULARS: Final = 4_000
RESIDENTS: Final = 8_000
RING: Final = 12
FRENCH: Final = 0.65

# Share of accounts by platform, per language.
_PLATFORMS: Final = {
    "fr": (("bluesky", 0.30), ("x", 0.25), ("facebook", 0.24), ("mastodon", 0.15), ("reddit", 0.06)),
    "en": (("bluesky", 0.28), ("x", 0.26), ("facebook", 0.12), ("mastodon", 0.14), ("reddit", 0.20)),
}
_NAMES: Final = {
    "fr": ("camille", "marion", "lucas", "nadia", "jules", "ines", "karim", "lea", "hugo", "manon", "yanis"),
    "en": ("alice", "ben", "chloe", "dan", "emma", "frank", "grace", "harry", "isla", "jack", "kate", "liam"),
}
_ENDS: Final = ("garrigue", "pinede", "lavande", "mistral", "castel", "rivage", "moulin", "olive", "galet")
_OUTLETS: Final = {
    "fr": ("Le Courrier de la Salvane", "Haute-Salvane Infos", "Radio Garrigue", "La Dépêche des Vignes"),
    "en": ("The Salvane Valley News", "Expat Courier South"),
}


@dataclass(frozen=True, slots=True)
class Account:
    platform: str
    lang: str
    id: str
    handle: str
    followers: int
    verified: bool


PREFECT: Final = Account("mastodon", "fr", "9001", "@prefecture@haute-salvane.example", 18_400, True)
"""The account whose word weighs more: it speaks when the valley floods, and never before."""


@dataclass(frozen=True, slots=True)
class _Choir:
    """Accounts, each heard as often as its weight says."""

    accounts: Sequence[Account]
    cumulative: Sequence[float]

    @classmethod
    def of(cls, accounts: Iterable[Account], *, heavy_tailed: bool) -> _Choir:
        listed = tuple(accounts)
        weights = ((rank + 15.0) ** -0.8 if heavy_tailed else 1.0 for rank in range(len(listed)))
        return cls(listed, tuple(accumulate(weights)))

    def pick(self, draw: Draw) -> Account:
        return self.accounts[bisect(self.cumulative, draw() * self.cumulative[-1])]


class Crowd:
    """Everybody who may speak in one scenario."""

    def __init__(self, draw: Draw) -> None:
        regulars = [_account(number, draw) for number in range(REGULARS)]
        residents = [_account(REGULARS + number, draw) for number in range(RESIDENTS)]
        self._regulars = {
            lang: _Choir.of((a for a in regulars if a.lang == lang), heavy_tailed=True) for lang in LANGUAGES
        }
        self._residents = {
            lang: _Choir.of((a for a in residents if a.lang == lang), heavy_tailed=False)
            for lang in LANGUAGES
        }
        platforms = sorted({account.platform for account in regulars})
        self._by_platform = {
            (platform, lang): _Choir.of(
                (a for a in [*regulars, *residents] if a.platform == platform and a.lang == lang),
                heavy_tailed=True,
            )
            for platform in platforms
            for lang in LANGUAGES
        }
        self._outlets = {
            lang: _Choir.of(
                (Account("rss", lang, _host(name), name, 0, False) for name in _OUTLETS[lang]),
                heavy_tailed=False,
            )
            for lang in LANGUAGES
        }
        self._ring = {
            lang: _Choir.of((_copyist(number, lang) for number in numbers), heavy_tailed=False)
            for lang, numbers in (("fr", range(RING - 3)), ("en", range(RING - 3, RING)))
        }

    def anyone(self, lang: str, draw: Draw) -> Account:
        """On an ordinary day: mostly those who always talk."""
        choir = self._regulars if draw() < 0.85 else self._residents
        return choir[lang].pick(draw)

    def resident(self, lang: str, draw: Draw) -> Account:
        """When it concerns everybody: two in three were never heard before."""
        choir = self._residents if draw() < 0.66 else self._regulars
        return choir[lang].pick(draw)

    def copyist(self, lang: str, draw: Draw) -> Account:
        return self._ring[lang].pick(draw)

    def outlet(self, lang: str, draw: Draw) -> Account:
        return self._outlets[lang].pick(draw)

    def on(self, platform: str, lang: str, draw: Draw) -> Account:
        """Somebody who can repost what was said on that platform."""
        return self._by_platform[platform, lang].pick(draw)


def _account(number: int, draw: Draw) -> Account:
    lang = "fr" if draw() < FRENCH else "en"
    at, platform = draw(), _PLATFORMS[lang][-1][0]
    for name, share in _PLATFORMS[lang]:
        at -= share
        if at < 0:
            platform = name
            break
    names = _NAMES[lang]
    bare = f"{names[int(draw() * len(names))]}_{_ENDS[int(draw() * len(_ENDS))]}{number}"
    followers = int(30 / (1.0 - draw()) ** 0.9)
    return Account(
        platform, lang, _native(platform, number), _handle(platform, bare), followers, draw() < 0.02
    )


def _native(platform: str, number: int) -> str:
    return f"did:plc:sim{number:05d}" if platform == "bluesky" else str(100_000 + number)


def _handle(platform: str, bare: str) -> str:
    match platform:
        case "mastodon":
            return f"@{bare}@salvane.example"
        case "bluesky":
            return f"{bare.replace('_', '-')}.bsky.example"
        case _:
            return bare


def _copyist(number: int, lang: str) -> Account:
    platform = ("x", "bluesky", "facebook", "x")[number % 4]
    bare = f"verite_salvane_{number + 1}" if lang == "fr" else f"salvane_truth_{number + 1}"
    followers = 900 + 137 * number
    return Account(
        platform, lang, _native(platform, 90_000 + number), _handle(platform, bare), followers, False
    )


def _host(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold().replace("é", "e").replace("ê", "e"))) + ".example"
