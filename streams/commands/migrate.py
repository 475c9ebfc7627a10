"""`vigie migrate`: bring a store's schema up to date."""

from __future__ import annotations

import click

from streams import configured
from streams.commands import common
from streams.store.open import open_store


@click.command()
@common.store_option
@click.option("--dry-run", is_flag=True, help="show what would be applied, and change nothing")
def migrate(store: str | None, dry_run: bool) -> None:
    """Apply the migrations that the store does not have yet."""
    settings = configured.settings_of(store=store)
    opened = open_store(configured.store_url_of(settings), create=not dry_run)
    try:
        migrations = opened.migrate(dry_run=dry_run)
    finally:
        opened.close()
    for migration in migrations:
        click.echo(f"{'would apply' if dry_run else 'applied'} {migration}")
    if not migrations:
        click.echo("up to date: nothing to apply")
