"""`python -m dashboards`: write the boards' JSON, in both languages, into `dashboards/json`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from dashboards.boards import BOARDS
from dashboards.grafana import to_json
from dashboards.tongue import Tongue

FOLDER = Path(__file__).with_name("json")


def files() -> Iterator[tuple[Path, str]]:
    for tongue in Tongue:
        for board in BOARDS:
            yield FOLDER / tongue / f"{board.key}.json", to_json(board, tongue, BOARDS)


def main() -> None:
    for path, content in files():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        print(path.relative_to(FOLDER.parent.parent), file=sys.stderr)


if __name__ == "__main__":
    main()
