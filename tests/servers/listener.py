"""A process that listens to what a section configures, and writes what it hears to a file.

    python -m tests.servers.listener SECTION_JSON STATE_FOLDER OUT

Stands in for `vigie up` where a test kills it: a page is delivered once its lines are on the disk.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from connectors import config
from connectors.base import Named
from connectors.cursor import FileCursors
from connectors.listen import run
from connectors.mention import Gap, Mention, Page
from connectors.registry import Surroundings, build
from models.query import parse


async def main(section: str, state: Path, out: Path) -> None:
    around = Surroundings(state=state, queries={"w": parse("crue")})
    connectors = build(config.Connectors.model_validate_json(section), around)
    with out.open("a", encoding="utf-8") as file:

        async def deliver(connector: Named, page: Page) -> None:
            for item in page.items:
                if isinstance(item, Mention):
                    file.write(json.dumps([connector.platform, item.native_id]) + "\n")
                elif isinstance(item, Gap):
                    file.write(json.dumps(["gap", item.reason]) + "\n")
            file.flush()
            os.fsync(file.fileno())

        cursors = FileCursors(state / "cursors")
        await asyncio.gather(*(run(connector, cursors, deliver) for connector in connectors))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
