"""One application in a process of its own: its parts, its metrics, and the run until it is told to stop."""

from __future__ import annotations

import gc
import logging

from streams import logs, metrics
from streams.agents import main_app
from streams.app import run
from streams.notify_agents import notify_app
from streams.parts import Parts
from streams.persist_agents import persist_app
from streams.settings import Settings
from streams.supervise import end_with_supervisor, restarts_so_far, tell_ready

log = logging.getLogger(__name__)


def run_application(name: str, settings: Settings) -> None:
    """Check everything, say ready, run; returns after a stop that drained.

    Raises:
        VigieError, StoreError: a part is wrong or not there; nothing was started.
        SystemExit: it has to be started again.
    """
    logs.set_up(settings, name)
    end_with_supervisor()
    parts = Parts.of(settings)
    metrics.touch(watches=[watch.name for watch in parts.watches.watches], channels=parts.watches.channels)
    metrics.RESTARTS.labels(worker=name).set(restarts_so_far())
    opened = parts.store() if name == "persist" else None
    try:
        if opened is not None:
            app = persist_app(parts, opened)
        else:
            app = notify_app(parts) if name == "notify" else main_app(parts)
        metrics.serve(settings.host, settings.metrics_port, name)
        # Models and compiled queries stay for good: the collector need not walk them after each batch.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 20)
        tell_ready()
        log.info("ready")
        run(app)
    finally:
        if opened is not None:
            opened.close()
