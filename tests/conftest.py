"""What holds for every test: patience on a busy machine, and no silent skip.

Under CI=true a test may skip only for a reason that stands in `tests/allowed_skips.txt`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine makes a slow example, not a wrong one: what must be linear has a test of its own.
settings.register_profile(
    "vigie", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("vigie")

ALLOWED = Path(__file__).with_name("allowed_skips.txt")
_unexpected = pytest.StashKey[list[str]]()


def allowed_reasons() -> list[str]:
    lines = ALLOWED.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_unexpected] = []


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]
    outcome = yield
    report = outcome.get_result()
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
        if not any(allowed in reason for allowed in allowed_reasons()):
            item.config.stash[_unexpected].append(f"{report.nodeid}: {reason}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if os.environ.get("CI") == "true" and session.config.stash[_unexpected]:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if os.environ.get("CI") == "true" and config.stash[_unexpected]:
        terminalreporter.section("skips that are not allowed under CI (tests/allowed_skips.txt)")
        for line in config.stash[_unexpected]:
            terminalreporter.write_line(line, red=True)
