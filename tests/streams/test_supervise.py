"""Processes kept alive: small ones that do what a worker may do."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from streams import supervise
from streams.supervise import Spec, Supervisor

READY = "import os; os.write(int(os.environ['VIGIE_READY_FD']), b'+')\n"


def spec(name: str, program: str, folder: Path) -> Spec:
    path = folder / f"{name}.py"
    path.write_text(program)
    return Spec(name, [sys.executable, str(path)], {**os.environ, "FOLDER": str(folder)})


def test_who_was_never_ready_ends_them_all_with_its_code(tmp_path: Path) -> None:
    wrong = spec("wrong", "import sys; sys.exit(3)", tmp_path)
    other = spec("other", READY + "import signal; signal.pause()", tmp_path)
    began = time.monotonic()
    assert asyncio.run(Supervisor([wrong, other]).run()) == 3
    assert time.monotonic() - began < 10


def test_who_was_ready_once_is_started_again_whatever_it_ends_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervise, "WAITS_S", (0.01,))
    program = """
import os, pathlib, signal, sys
lives = pathlib.Path(os.environ["FOLDER"], "lives")
with lives.open("a") as out:
    out.write(os.environ["VIGIE_RESTARTS"] + " ")
count = len(lives.read_text().split())
if count == 1:
    os.write(int(os.environ["VIGIE_READY_FD"]), b"+")
    os.kill(os.getpid(), signal.SIGKILL)
if count == 2:
    sys.exit(3)
os.kill(os.getppid(), signal.SIGTERM)
signal.pause()
"""
    assert asyncio.run(Supervisor([spec("worker", program, tmp_path)]).run()) == 0
    assert (tmp_path / "lives").read_text().split() == ["0", "1", "2"]


def test_the_first_signal_asks_and_the_second_ends(tmp_path: Path) -> None:
    deaf = """
import os, signal
signal.signal(signal.SIGTERM, lambda *_: os.kill(os.getppid(), signal.SIGTERM))
os.write(int(os.environ["VIGIE_READY_FD"]), b"+")
os.kill(os.getppid(), signal.SIGTERM)
while True:
    signal.pause()
"""
    assert asyncio.run(Supervisor([spec("deaf", deaf, tmp_path)]).run()) == 130


def test_a_worker_ends_with_its_supervisor(tmp_path: Path) -> None:
    """The lifeline: its other end closes however the supervisor dies."""
    program = """
import os, pathlib, signal, sys
from streams.supervise import end_with_supervisor, tell_ready
signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path(os.environ["FOLDER"], "ended").touch(), sys.exit(0)))
end_with_supervisor()
tell_ready()
while True:
    signal.pause()
"""
    parent = f"""
import asyncio, os, sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from streams.supervise import Spec, Supervisor
environ = {{**os.environ, "PYTHONPATH": {str(Path(__file__).parents[2])!r}, "FOLDER": {str(tmp_path)!r}}}
asyncio.run(Supervisor([Spec("child", [sys.executable, {str(tmp_path / "child.py")!r}], environ)]).run())
"""
    (tmp_path / "child.py").write_text(program)
    (tmp_path / "parent.py").write_text(parent)

    process = subprocess.Popen([sys.executable, str(tmp_path / "parent.py")])
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    until(lambda: bool(children.read_text().strip()))
    threads = Path("/proc", children.read_text().split()[0], "task")
    # Its threads are the main one and the one that holds the lifeline.
    until(lambda: len(list(threads.iterdir())) == 2)
    process.kill()
    process.wait()
    until((tmp_path / "ended").exists)


def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.02)
