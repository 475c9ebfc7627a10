"""Text from elsewhere made harmless to show: on a terminal, in a header, in a message."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_BREAKS: Final = re.compile(
    r"[\s\x1c-\x1f\x85\u2028\u2029]*[\t\n\r\x0b\x0c\x1c-\x1f\x85\u2028\u2029][\s]*| {2,}"
)
# They join the parts of an emoji or of a Persian word and cannot turn the direction of a line.
_JOINERS: Final = frozenset("\u200c\u200d")
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def plain(text: str, most: int = 0) -> str:
    """`text` on one line, without control, invisible and direction-turning characters.

    A terminal's escape sequences lose their escape, a header's line break becomes a space, and no
    right-to-left override survives. With `most`, at most so many characters, the last one an ellipsis.
    Markup is left alone: whoever writes HTML escapes it.
    """
    line = _BREAKS.sub(" ", text)
    shown = "".join(
        character
        for character in line
        if character in _JOINERS or unicodedata.category(character) not in _HIDDEN
    )
    # What was hidden may have stood between two spaces.
    kept = _BREAKS.sub(" ", shown).strip()
    if most and len(kept) > most:
        return kept[: most - 1].rstrip() + "…"
    return kept
