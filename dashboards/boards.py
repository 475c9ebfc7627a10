"""All boards, in the order of the menu."""

from __future__ import annotations

from typing import Final

from dashboards.analyst import ANALYST
from dashboards.crisis_room import CRISIS_ROOM
from dashboards.define import Board
from dashboards.lookout import LOOKOUT
from dashboards.misinformation import MISINFORMATION
from dashboards.operations import OPERATIONS

BOARDS: Final[tuple[Board, ...]] = (LOOKOUT, CRISIS_ROOM, MISINFORMATION, ANALYST, OPERATIONS)
