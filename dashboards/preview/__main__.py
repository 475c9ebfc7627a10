"""`python -m dashboards.preview [--store URL]`: draw every board, in both languages, wall and phone.

The store is the demo's unless named; the span, four days that end a day into its gravest incident. A store
that another process holds cannot be opened: stop that first, or draw from a copy.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import click

from dashboards.boards import BOARDS
from dashboards.define import Board, read
from dashboards.macros import Shown, expand
from dashboards.preview.charts import Row
from dashboards.preview.draw import Ask, board_svg
from dashboards.preview.figures import moment
from dashboards.tongue import Tongue
from streams.store.base import Store
from streams.store.open import open_store

WIDTHS: Final[Mapping[str, float]] = {"wall": 1680, "phone": 420}
_POINTS: Final = 200
_GRAVEST: Final = """
    SELECT opened_at FROM incidents
    ORDER BY severity = 'critical' DESC, severity = 'warning' DESC, observed DESC LIMIT 1
"""


@click.command(help=__doc__)
@click.option("--store", "url", metavar="URL", default=lambda: f"chdb://{_demo_store()}")
@click.option("--from", "since", type=click.DateTime(), help="UTC")
@click.option("--until", type=click.DateTime(), help="UTC")
@click.option("--watch", help="of the boards that show one watch; the busiest by default")
@click.option("--out", type=click.Path(path_type=Path), default=Path("build/boards"), show_default=True)
def main(url: str, since: datetime | None, until: datetime | None, watch: str | None, out: Path) -> None:
    store = open_store(url, create=False)
    try:
        shown = _shown(store, since, until)
        watches = [str(row[0]) for row in store.query(expand(read("shared/watches"), shown, {}))]
        chosen = watch or _busiest(store, shown)
        for board in BOARDS:
            for tongue in Tongue:
                for name, width in WIDTHS.items():
                    path = out / tongue / f"{board.key}-{name}.svg"
                    path.parent.mkdir(parents=True, exist_ok=True)
                    ask = _asker(store, board, shown, watches, chosen)
                    path.write_text(
                        board_svg(board, tongue, ask, shown, width=width, watch=chosen), encoding="utf-8"
                    )
                    click.echo(path)
    finally:
        store.close()


def _demo_store() -> Path:
    """Where `vigie demo` keeps its own."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vigie-demo" / "store"


def _shown(store: Store, since: datetime | None, until: datetime | None) -> Shown:
    if until is None:
        ((last,),) = store.query("SELECT max(counted_at) FROM mentions")
        found = store.query(_GRAVEST)
        end = min(moment(last), moment(found[0][0]) + timedelta(days=1)) if found else moment(last)
    else:
        end = moment(until)
    start = end - timedelta(days=4) if since is None else moment(since)
    seconds = max(int((end - start).total_seconds() / _POINTS), 60)
    return Shown(
        start,
        end,
        next(step for step in (60, 300, 900, 3600, 21_600, 86_400) if step >= min(seconds, 86_400)),
    )


def _busiest(store: Store, shown: Shown) -> str:
    sql = """
        SELECT watch FROM volume_hourly WHERE $__timeFilter(hour)
        GROUP BY watch ORDER BY sum(mentions) DESC LIMIT 1
    """
    rows = store.query(expand(sql, shown, {}))
    if not rows:
        raise click.ClickException("the store has nothing in that time: give --from and --until")
    return str(rows[0][0])


def _asker(store: Store, board: Board, shown: Shown, watches: Sequence[str], watch: str) -> Ask:
    several = {each.name for each in board.variables if each.several}
    variables: dict[str, str | Sequence[str]] = {"words": ""}
    for each in board.variables:
        if each.sql is not None and each.name != "watch":
            variables[each.name] = [str(row[0]) for row in store.query(expand(read(each.sql), shown, {}))]
    variables["watch"] = watches if "watch" in several else watch

    def ask(sql: str) -> Sequence[Row]:
        return store.query(expand(sql, shown, variables))

    return ask


if __name__ == "__main__":
    main()
