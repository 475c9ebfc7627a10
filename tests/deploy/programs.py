"""The real programs that check our files; a test that has none skips with the way to get it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PACKAGES = {"promtool": "prometheus", "prometheus": "prometheus", "amtool": "prometheus-alertmanager"}


def run(program: str, *arguments: str, folder: Path) -> str:
    """Its output; a failure of the program fails the test with what it said."""
    found = shutil.which(program)
    if found is None:
        sentence = f"no {program} here: install it with `apt-get install {PACKAGES[program]}`"
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    done = subprocess.run(
        [found, *arguments], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
