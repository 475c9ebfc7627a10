"""One reading of a text, shared by everything that looks for words in it.

Queries, lexicons, urgent phrases and near-duplicates all compare *words*. What a word is stands here
and nowhere else, so that they agree:

- Case and accents do not count: `Mégantic` is `megantic`, `œuvre` is `oeuvre`, `Straße` is `strasse`.
- Everything that is neither letter, digit nor emoji separates words: `l'inondation` is two words,
  `porte-parole` too, and `rupture_digue` too.
- A hashtag and a mention count as the word they spell. A hashtag written `#RuptureDigue` counts as
  that word, and apart from the running text also as its parts.
- Addresses on the web are no words; their hosts are `domains`. An account's host is no word either.
- Characters nobody sees (zero width, bidirectional marks, NUL, variation selectors) are dropped.
- Scripts written without spaces (Han, kana, Thai, Lao, Khmer, Burmese) have a word per character, so
  that a search for several of them in a row finds them anywhere in a sentence.

Only the first `MAX_CHARS` characters are read. The work is linear in them and no text raises.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, cast

MAX_CHARS: Final = 20_000

# Characters remembered by the folding table; what comes beyond is folded anew each time.
_REMEMBERED: Final = 1 << 16
_LONGEST_PIECE: Final = 40
"""Longer ones are rarely met again, and anybody may write them."""

# Letters that Unicode does not decompose and that readers type as others.
_LETTERS: Final = {
    "œ": "oe",
    "æ": "ae",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "ł": "l",
    "ı": "i",
    "þ": "th",
    "ħ": "h",
    "ŀ": "l",
    "ـ": "",  # stretches an Arabic word and is no letter
}

# Scripts written without spaces, as ranges of code points: each of their characters is a word.
_UNSPACED: Final = (
    (0x0E01, 0x0E3A),  # Thai
    (0x0E40, 0x0E4E),
    (0x0E81, 0x0ECD),  # Lao
    (0x1000, 0x104F),  # Burmese
    (0x1780, 0x17D3),  # Khmer
    (0x3005, 0x3007),  # ideographic marks
    (0x3041, 0x30FF),  # kana
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)

# Marks that are dropped: accents of Latin, Greek, Cyrillic, vowel points of Hebrew and Arabic, and
# variation selectors. Elsewhere (Devanagari, Thai, ...) marks are vowels: part of the word.
_DROPPED_MARKS: Final = (
    (0x0300, 0x08FF),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20FF),
    (0xFE00, 0xFE0F),
    (0xFE20, 0xFE2F),
    (0xE0100, 0xE01EF),
)

# Each pattern begins with a literal, for which `re` scans several times faster than for a class.
# The path of an address ends at a space, a quotation mark, or a script that puts no space after it.
_AFTER_SCHEME = '([^\\s/?#<>"«»“”]*)[^\\s<>"«»“”\u2e80-\uffff]*'
_URL = re.compile("https?://" + _AFTER_SCHEME)
_RARER_URL = re.compile("(?:https?://|(?=www\\.))" + _AFTER_SCHEME, re.IGNORECASE)
# A hashtag's name: letters, digits, `_`, and the marks and joiners of scripts that spell with them.
HASHTAG_NAME: Final = (
    "\\w[\\w\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e\u0eb1-\u0ecd"
    "\u1000-\u109f\u1780-\u17d3\u200c\u200d\u3099\u309a]*"
)
_HASHTAG = re.compile(f"#(?<![0-9A-Za-z_&/]#)({HASHTAG_NAME})")
_MENTION = re.compile(r"@(?<![\w.+/-]@)(\w+(?:[.-]+\w+)*)(?:@((?:[\w-]+\.)+[\w-]+))?")
# Neither printable ASCII nor white space: what the folding table has to see.
_UNUSUAL = re.compile("[^\t-\r\x1c-~]+")
_BETWEEN_WORDS = re.compile("[\x00-/:-`{-\x7f]+")
_UPPER, _LOWER = "A-ZÀ-ÖØ-ÞŒ", "a-zß-öø-ÿœ"
_PARTS = re.compile(f"[{_UPPER}]+(?![{_LOWER}])|[{_UPPER}]?[{_LOWER}]+|[0-9]+|[^{_UPPER}{_LOWER}0-9]+")
_AUTHORITY = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?://)?([^\s/?#]+)")
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+\Z")
# Kana typed as letter and sound mark; the pair is one character to its reader.
_KANA_PAIR = re.compile("[\u3041-\u30ff][\u3099\u309a]")

# Stands between the running text and the parts of a hashtag; no word is spelled like this.
BARRIER: Final = "|"


@dataclass(frozen=True, slots=True)
class NormalText:
    """A text as words.

    `folded` is the running text, words apart by one space. `tokens` are its words in order.
    `hashtags`, `mentions` (`name` or `name@host`) and `domains` are without `#`, `@`, `www.`, each
    once, in order of appearance.

    `padded` and `words` are for searching: ` a b c ` in `padded` is the phrase at word boundaries, and
    `words` holds every word once, and hashtags and mentions once more with their mark (`#tag`, `@name`).
    Both also hold the parts of `#RuptureDigue`, behind a `BARRIER` that no phrase crosses.
    """

    folded: str
    tokens: tuple[str, ...]
    words: frozenset[str]
    padded: str
    hashtags: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()


_Draft: Any = type("_Draft", (), {"__slots__": tuple(NormalText.__slots__)})
"""A text that is being written: a frozen dataclass takes ten times as long over each slot."""


class _Folding(dict[int, str]):
    """Code point to what it becomes: folded letters, a space for a separator, or nothing."""

    def __missing__(self, code: int) -> str:
        folded = _fold_character(chr(code))
        if len(self) < _REMEMBERED:
            self[code] = folded
        return folded


def _within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= code <= last for first, last in ranges)


def _fold_character(character: str) -> str:
    code = ord(character)
    category = unicodedata.category(character)
    if category[0] == "M":
        return "" if _within(code, _DROPPED_MARKS) else _spaced(character, code)
    if category in {"Cc", "Cf", "Cs", "Sk"}:
        # A skin tone or a zero-width joiner leaves its emoji as it was; a line end separates.
        return " " if character.isspace() or category == "Cs" else ""
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "So" or 0x1F000 <= code <= 0x1FAFF:
        plain = unicodedata.normalize("NFKD", character)
        if len(plain) == 1 and plain.isalnum():
            return _fold_part(plain)
        return f" {character} " if code >= 0x2600 else " "
    if category[0] not in "LN":
        plain = unicodedata.normalize("NFKD", character)
        return _fold_part(plain) if len(plain) == 1 and plain.isalnum() else " "
    if 0xAC00 <= code <= 0xD7A3 or 0x3041 <= code <= 0x30FF:
        return _spaced(character, code)  # decomposed, the halves would be found where the whole is not
    return "".join(_fold_part(part) for part in unicodedata.normalize("NFKD", character))


def _fold_part(part: str) -> str:
    """Fold one character of a compatibility decomposition."""
    code = ord(part)
    if unicodedata.category(part)[0] == "M" and _within(code, _DROPPED_MARKS):
        return ""
    folded = part.casefold()
    folded = "".join(_LETTERS.get(letter, letter) for letter in folded)
    if folded and not folded.isalnum() and unicodedata.category(part)[0] != "M":
        return " "
    return _spaced(folded, code)


def _spaced(character: str, code: int) -> str:
    return f" {character} " if _within(code, _UNSPACED) else character


_TABLE: Final = _Folding()
# `str.translate` has a fast way for ASCII, which wants one character for each; that holds here.
_ASCII: Final = {code: _fold_character(chr(code)) for code in range(128)}


def _separated(text: str) -> str:
    """`text` folded, words apart by one or more spaces."""
    if text.isascii():
        return text.translate(_ASCII)
    if "\u3099" in text or "\u309a" in text:
        text = _KANA_PAIR.sub(lambda pair: unicodedata.normalize("NFC", pair[0]), text)
    # Off its fast way `translate` takes its time with every character, so it gets the unusual ones alone.
    text = _UNUSUAL.sub(_fold_run, text)
    return text.translate(_ASCII) if text.isascii() else _BETWEEN_WORDS.sub(" ", text.lower())


def _fold_run(run: re.Match[str]) -> str:
    return run[0].translate(_TABLE)


def words_of(text: str) -> tuple[str, ...]:
    """The words of a piece of text that holds no addresses, such as an entry of a lexicon."""
    return tuple(_separated(text[:MAX_CHARS]).split())


def fold_name(name: str) -> str:
    """A hashtag's or an account's name, folded like words but kept in one piece: `Jean_Été`, `jean_ete`."""
    if name.isascii():
        return name.lower()
    pieces = re.split(r"([_.@-])", name)
    return "".join(piece if piece in "_.@-" else "".join(_separated(piece).split()) for piece in pieces)


def domain_of(url: str) -> str | None:
    """The host of an address, in lower case and without `www.`; None where there is none.

    Letters beyond ASCII become punycode (`xn--`), so that a look-alike host is seen to be one.
    """
    authority = _AUTHORITY.match(url)
    return None if authority is None else _host(authority[1])


def _host(authority: str) -> str | None:
    return _known_host(authority) if len(authority) <= 300 else None


@lru_cache(maxsize=4096)
def _known_host(authority: str) -> str | None:
    host = authority.rpartition("@")[2].partition(":")[0].strip(".").casefold()
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    host = host.removeprefix("www.")
    return host if _HOST.match(host) else None


def normalise(text: str) -> NormalText:
    """Read `text` once, for everybody. Raises nothing; reads at most `MAX_CHARS` characters."""
    if len(text) > MAX_CHARS:
        text = text[:MAX_CHARS]
    if "&" in text and ";" in text:
        text = html.unescape(text)
    domains: tuple[str, ...] = ()
    if _may_hold_url(text):
        text, domains = _without_urls(text)
    names: list[str] = []
    aside: list[str] = []
    mentions: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    if not text.isascii():
        text = text.replace("＃", "#").replace("＠", "@")
    if "@" in text:
        text, mentions = _mentions(text, names)
    if "#" in text:
        hashtags = _hashtags(text, names, aside)
    draft = _Draft()
    draft.tokens = tokens = tuple(_words(text))
    draft.folded = folded = " ".join(tokens)
    padded = f" {folded} "
    if aside:
        padded += "".join(f"{BARRIER} {parts} " for parts in aside)
        names.extend(" ".join(aside).split())
    draft.padded = padded
    draft.words = frozenset(tokens).union(names) if names else frozenset(tokens)
    draft.hashtags = hashtags
    draft.mentions = mentions
    draft.domains = domains
    draft.__class__ = NormalText
    return cast("NormalText", draft)


def _words(text: str) -> list[str]:
    """The words of the running text. Folding looks at one character at a time, or at kana side by side, so
    what stands between white space can be folded alone, and most of it was before."""
    if text.isascii():
        return text.translate(_ASCII).split()
    words: list[str] = []
    for piece in text.split():
        if piece.isascii() and piece.isalpha():
            words.append(piece.lower())
        elif len(piece) <= _LONGEST_PIECE:
            words += _folded_piece(piece)
        else:
            words += _separated(piece).split()
    return words


@lru_cache(maxsize=_REMEMBERED)
def _folded_piece(piece: str) -> tuple[str, ...]:
    return tuple(_separated(piece).split())


def _may_hold_url(text: str) -> bool:
    return "://" in text or "ww." in text or "WW." in text


def _without_urls(text: str) -> tuple[str, tuple[str, ...]]:
    domains: dict[str, None] = {}

    def cut(url: re.Match[str]) -> str:
        domain = _host(url[1])
        if domain is not None:
            domains[domain] = None
        return " "

    text = _URL.sub(cut, text)
    if _may_hold_url(text):  # `www.` alone, or capitals
        text = _RARER_URL.sub(cut, text)
    return text, tuple(domains)


def _mentions(text: str, names: list[str]) -> tuple[str, tuple[str, ...]]:
    """The text without the hosts of accounts, and the accounts; fills `names` with their `@` forms."""
    mentions: dict[str, None] = {}
    hosted = False
    for name, host in _MENTION.findall(text):
        key = fold_name(name)
        if host:
            hosted = True
            mentions[f"{key}@{host.lower()}"] = None
            names.append(f"@{key}@{host.lower()}")
        else:
            mentions[key] = None
        names.append(f"@{key}")
        if "." in key:
            names.append("@" + key.partition(".")[0])
    if hosted:
        text = _MENTION.sub(r" \1 ", text)
    return text, tuple(mentions)


def _hashtags(text: str, names: list[str], aside: list[str]) -> tuple[str, ...]:
    """The hashtags; fills `names` with their `#` forms and `aside` with the parts of `#RuptureDigue`."""
    hashtags: dict[str, None] = {}
    for tag in _HASHTAG.findall(text):
        if tag.isdigit():
            continue  # "#1" is a rank
        key = fold_name(tag)
        if not key.strip("_"):
            continue
        hashtags[key] = None
        names.append(f"#{key}")
        if not tag.islower() or not tag.isalpha():
            parts = _PARTS.findall(tag)
            if len(parts) > 1:
                words = _separated(" ".join(parts)).split()
                if len(words) > 1:
                    aside.append(" ".join(words))
    return tuple(hashtags)
