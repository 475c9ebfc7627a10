"""What a process says of itself, as text or as JSON lines on stderr.

Log lines name stages, topics, counts and kinds of errors. They hold no post text, author or secret:
what a post did to us is told by its place in a topic, and its bytes are in the dead letters.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from pathlib import Path

import orjson

from streams.settings import Settings


class JsonLines(logging.Formatter):
    """One object a line. Of an exception its type and place are told, not its text or values."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "process": self._process,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = _where(record.exc_info[1])
        return orjson.dumps(line, option=orjson.OPT_UTC_Z).decode()


class Text(logging.Formatter):
    """For people at a terminal."""

    def __init__(self, process: str) -> None:
        super().__init__(f"%(asctime)s {process} %(levelname)s %(message)s")

    def formatException(self, ei: object) -> str:  # noqa: N802 - logging's own name
        error = ei[1] if isinstance(ei, tuple) else None
        return "" if error is None else _where(error)


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = "" if trace is None else f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
    return f"{type(error).__name__}{place}"


class Seldom(logging.Filter):
    """Of what a library says again and again, as while a broker is away, one line in a while."""

    def __init__(self, libraries: tuple[str, ...], every_s: float = 30.0) -> None:
        super().__init__()
        self._libraries = libraries
        self._every_s = every_s
        self._said_at: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(self._libraries):
            return True
        # While a broker starts, its clients ask for their groups' coordinator: that is no error.
        if "GroupCoordinatorNotAvailable" in record.getMessage():
            return False
        said = (record.name, str(record.msg))
        last = self._said_at.get(said)
        if last is not None and record.created - last < self._every_s:
            return False
        self._said_at[said] = record.created
        return True


def set_up(settings: Settings, process: str) -> None:
    """Our own from INFO on, the libraries' from WARNING on; a client that reconnects is not an error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(process) if settings.log_format == "json" else Text(process))
    handler.addFilter(Seldom(("aiokafka", "kafka", "faust", "mode")))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("streams", "connectors"):
        logging.getLogger(name).setLevel(logging.INFO)
    for name in ("kafka", "aiokafka"):
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.captureWarnings(capture=True)
