"""The boards as they are committed: what Grafana is given is what is tested."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dashboards.__main__ import FOLDER
from dashboards.boards import BOARDS
from dashboards.define import Board, Panel
from dashboards.tongue import Tongue


@dataclass(frozen=True, slots=True)
class Written:
    board: Board
    tongue: Tongue
    content: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.tongue}-{self.board.key}"

    def panels(self) -> Iterator[tuple[Panel, dict[str, Any]]]:
        """Each panel's JSON beside its definition; both lists are in the same order."""
        shown = [panel for panel in self.content["panels"] if panel["type"] != "row"]
        yield from zip(self.board.panels, shown, strict=True)


def written() -> list[Written]:
    return [
        Written(
            board, tongue, json.loads((FOLDER / tongue / f"{board.key}.json").read_text(encoding="utf-8"))
        )
        for tongue in Tongue
        for board in BOARDS
    ]
