"""What is left for a store that another process holds: marks, each in a small file beside the lock.

Who holds the store takes them in within a second (`taking_in`), who opens it next does so first. A file is
on the disk before it has its name, and is taken away after the store has the mark: cut off between the
two, the mark is stored again, and a mark that is stored twice is one.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import orjson
from pydantic import TypeAdapter, ValidationError

from connectors.durable import replace_file
from streams.records import Mark
from streams.store.base import Store
from streams.store.embedded import directory_of
from streams.store.errors import StoreError
from streams.store.owner import FOLDER

log = logging.getLogger(__name__)

_BEAT_S: Final = 0.5
_AGAIN_S: Final = 60.0
"""After one that could not be stored: a full disk is not freed within a second."""
_READER: Final = TypeAdapter(Mark)


def leave(url: str, mark: Mark) -> Path:
    """Give a mark to whoever holds the embedded store at `url`; the file is gone once the store has it.

    Raises:
        OSError: it cannot be written, and nothing was left.
    """
    folder = directory_of(url) / FOLDER
    text = orjson.dumps(mark, option=orjson.OPT_UTC_Z)
    path = folder / f"mark-{hashlib.sha256(text).hexdigest()[:16]}.json"
    # With the mode that is usual: the folder is its owner's alone, and he reads what root left there too.
    replace_file(path, text)
    _settle(folder)
    return path


def _settle(folder: Path) -> None:
    """The new name survives a power cut too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def take_in(store: Store) -> bool:
    """Store what was left for this store, where there is such a folder; whether nothing remains.

    What cannot be stored stays where it is: nobody who only wants to read is held up by it.
    """
    if not store.url.startswith("chdb:"):
        return True
    done = True
    for path in sorted((directory_of(store.url) / FOLDER).glob("mark-*.json")):
        try:
            store.insert_marks([_READER.validate_json(path.read_bytes(), strict=True)])
            path.unlink(missing_ok=True)
        except (OSError, StoreError, ValidationError) as error:
            log.warning("%s, a mark, is not taken in: %s", path.name, type(error).__name__)
            done = False
    return done


@contextmanager
def taking_in(store: Store) -> Iterator[None]:
    """Take in what is left for this store, as it comes, while the block runs."""
    over = threading.Event()
    thread = threading.Thread(target=_beat, args=(store, over), name="inbox", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _beat(store: Store, over: threading.Event) -> None:
    pause_s = 0.0
    while not over.wait(pause_s):
        pause_s = _BEAT_S if take_in(store) else _AGAIN_S
