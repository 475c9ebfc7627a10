"""The command line, one command a file: options flow in, exit codes and text for people flow out."""

from __future__ import annotations

import importlib
from typing import Final

import click

# In the order in which help shows them; each stands in the module of its name.
COMMANDS: Final = (
    "demo",
    "replay",
    "enrich",
    "detect",
    "backtest",
    "sql",
    "serve",
    "report",
    "migrate",
    "check",
    "incidents",
    "connectors",
    "up",
    "notify",
    "ingest",
    "worker",
    "topics",
    "lag",
    "health",
    "deadletters",
)


def load(name: str) -> click.Command | None:
    """The command, imported only now: a quick command need not wait for what a large one needs."""
    if name not in COMMANDS:
        return None
    command = getattr(importlib.import_module(f"streams.commands.{name}"), name)
    assert isinstance(command, click.Command)
    return command
