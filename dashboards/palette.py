"""Colours that the colour-blind can tell apart, and that never speak alone.

From the palette of Okabe and Ito, "Color Universal Design" (2008). Severity is never a colour only:
a word and a sign stand with it, so that the boards also read in black and white.
"""

from __future__ import annotations

from typing import Final

BLUE: Final = "#0072B2"
SKY: Final = "#56B4E9"
GREEN: Final = "#009E73"
YELLOW: Final = "#F0E442"
ORANGE: Final = "#E69F00"
VERMILION: Final = "#D55E00"
PURPLE: Final = "#CC79A7"
GREY: Final = "#8C8C8C"

ALL: Final = (BLUE, SKY, GREEN, YELLOW, ORANGE, VERMILION, PURPLE, GREY)

CALM: Final = BLUE
UNHEARD: Final = PURPLE
INFO: Final = SKY
WARNING: Final = ORANGE
CRITICAL: Final = VERMILION
"""Of the tiles: told apart with protanopia, deuteranopia and tritanopia (tested)."""
PLANNED: Final = SKY
"""Of the stretches behind a chart, beside UNHEARD and WARNING."""
