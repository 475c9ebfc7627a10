"""What every feature knows of a single character: its folded form, its kind, its script, its tone.

Tables indexed by code point, built once from `unicodedata` and VADER's emoji lexicon (some 40 ms), so that a
whole batch of posts is normalised with a few array look-ups and no Python loop over its characters.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from models.vader import shared_vader

SIZE = 0x20000
"""Code points from here on (rare ideographs, plane 14 and up) share the last entry."""

DROPPED = 0
SPACE = 32
LINK = 0xE000
NAME = 0xE001
"""Private-use characters that stand for a whole link and a whole @name."""

KIND_SPACE, KIND_WORD, KIND_SYMBOL = 0, 1, 2
SCRIPT_NONE, SCRIPT_LATIN, SCRIPT_ARABIC, SCRIPT_OTHER = 0, 1, 2, 3

_ARABIC_FORMS = {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي", "ـ": "\0"}
_APOSTROPHES = "’‘ʼ`´＇"
_WORD_SIGNS = "'_#"
# Scanned one by one; outside them a character stands for itself. Latin, Greek, Cyrillic, Arabic, Indic,
# punctuation and symbols, full-width forms, mathematical letters (bold and script "fonts" in posts).
_SCANNED = ((0x0, 0x3100), (0xD800, 0xE000), (0xF900, 0x10000), (0x1D400, 0x1D800), (0x1F000, 0x1FB00))


# VADER reads an emoji's description, and "pouting face" or "clapping hands" holds no word it knows.
_CHEERFUL = "👍👌🙏😊😀😃😄😁🙂😍🥰😘🤗🎉💪❤💙💚💛💜💖💕💗✨🌸🌷👏🥳💯😻☀🌈"
_GLOOMY = "😡😠🤬👿🤮🤢👎💔🖕😤😒😞😔😟😣😖😫😩😢😭😱😨😰😥😧😦💀☠🙄😑😾🤦"
_EMOJI_VALENCE = 0.5


@dataclass(frozen=True, slots=True)
class CharacterTables:
    """Arrays of length `SIZE`.

    `fold` maps to a code point (0: leave out), the others describe the character.
    """

    fold: npt.NDArray[np.uint32]
    kind: npt.NDArray[np.uint8]
    script: npt.NDArray[np.uint8]
    upper: npt.NDArray[np.bool_]
    valence: npt.NDArray[np.float32]
    """Of an emoji: -1 to 1, VADER's score of its description or our own; 0 for everything else."""


@cache
def character_tables() -> CharacterTables:
    """The one set of tables of this process."""
    fold = np.arange(SIZE, dtype=np.uint32)
    kind = np.full(SIZE, KIND_WORD, dtype=np.uint8)
    script = np.full(SIZE, SCRIPT_OTHER, dtype=np.uint8)
    upper = np.zeros(SIZE, dtype=np.bool_)
    valence = np.zeros(SIZE, dtype=np.float32)
    for first, last in _SCANNED:
        for code in range(first, last):
            character = chr(code)
            upper[code] = character.isupper()
            folded = _fold(character)
            fold[code] = ord(folded)
            kind[code] = _kind(folded)
            script[code] = _script(folded)
    fold[LINK:0xF900] = ord("\ufffd")  # nobody may write our own stand-ins
    kind[0xE002:0xF900] = KIND_SYMBOL
    script[LINK:0xF900] = SCRIPT_NONE
    # Looked up by the folded code point from here on, so a fold's target needs no entry of its own.
    vader = shared_vader()
    emoji = sorted(vader.emoji)
    valence[[ord(character) for character in emoji if ord(character) < SIZE]] = [
        score for character, score in zip(emoji, vader.compounds(emoji), strict=True) if ord(character) < SIZE
    ]
    for emoji_list, sign in ((_CHEERFUL, 1), (_GLOOMY, -1)):
        valence[[ord(character) for character in emoji_list]] = sign * _EMOJI_VALENCE
    return CharacterTables(fold=fold, kind=kind, script=script, upper=upper, valence=valence)


def _fold(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    if character in "\n\t\r\v\f" or category.startswith("Z"):
        return " "
    if category in {"Cc", "Cf", "Mn", "Me", "Cn"}:
        return "\0"  # zero-width and direction marks, vowel points, variation selectors
    if character in _APOSTROPHES:
        return "'"
    compatible = unicodedata.normalize("NFKC", character)
    single = compatible if len(compatible) == 1 else character
    lower = single.lower()
    single = lower if len(lower) == 1 else single
    return _ARABIC_FORMS.get(single, single)


def _kind(folded: str) -> int:
    if folded == " ":
        return KIND_SPACE
    return KIND_WORD if folded.isalnum() or folded in _WORD_SIGNS else KIND_SYMBOL


def _script(folded: str) -> int:
    if not folded.isalpha():
        return SCRIPT_NONE
    code = ord(folded)
    if code < 0x250 or 0x1E00 <= code < 0x1F00:
        return SCRIPT_LATIN
    return SCRIPT_ARABIC if 0x600 <= code < 0x780 or 0xFB50 <= code < 0xFF00 else SCRIPT_OTHER
