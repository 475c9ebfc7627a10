"""The command line, one command a file: options flow in, exit codes and text for people flow out."""

from __future__ import annotations

from typing import Final

import click

from streams.commands.check import check
from streams.commands.connectors import connectors
from streams.commands.deadletters import deadletters
from streams.commands.demo import demo
from streams.commands.detect import detect
from streams.commands.enrich import enrich
from streams.commands.health import health
from streams.commands.incidents import incidents
from streams.commands.ingest import ingest
from streams.commands.lag import lag
from streams.commands.migrate import migrate
from streams.commands.notify import notify
from streams.commands.replay import replay
from streams.commands.report import report
from streams.commands.serve import serve
from streams.commands.sql import sql
from streams.commands.topics import topics
from streams.commands.up import up
from streams.commands.worker import worker

COMMANDS: Final[tuple[click.Command, ...]] = (
    demo,
    replay,
    enrich,
    detect,
    sql,
    serve,
    report,
    migrate,
    check,
    incidents,
    connectors,
    up,
    notify,
    ingest,
    worker,
    topics,
    lag,
    health,
    deadletters,
)
