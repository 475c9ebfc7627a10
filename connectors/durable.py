"""A file that after a crash is the old one or the new one."""

from __future__ import annotations

import os
from pathlib import Path


def replace_file(path: Path, content: bytes) -> None:
    """On the disk before it has its name. Raises OSError, and then nothing was replaced."""
    beside = path.with_suffix(".new")
    with beside.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(path)
