"""`vigie migrate`: bring a store's schema up to date."""

from __future__ import annotations

import click

from streams import configured
from streams.commands import common
from streams.store.errors import StoreMissing
from streams.store.migrate import Migration, shipped
from streams.store.open import open_store


@click.command()
@common.store_option
@click.option("--dry-run", is_flag=True, help="show what would be applied, and change nothing")
def migrate(store: str | None, dry_run: bool) -> None:
    """Apply the migrations that the store does not have yet."""
    settings = configured.settings_of(store=store)
    migrations = _migrate(configured.store_url_of(settings), dry_run=dry_run)
    for migration in migrations:
        click.echo(f"{'would apply' if dry_run else 'applied'} {migration.name}")
    if not migrations:
        click.echo("up to date: nothing to apply")


def _migrate(url: str, *, dry_run: bool) -> list[Migration]:
    """A dry run makes no store: one that is not there lacks everything."""
    try:
        opened = open_store(url, create=not dry_run)
    except StoreMissing:
        return shipped()
    try:
        return opened.migrate(dry_run=dry_run)
    finally:
        opened.close()
