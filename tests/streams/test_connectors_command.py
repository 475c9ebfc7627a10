"""`vigie connectors`: what is configured, and a sentence for each way that it cannot be heard."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streams.commands.connectors import connectors
from streams.errors import UnavailableError, UsageError

FILE = """\
version: 1
watches: [{name: w, query: crue}]
connectors:
  files: {folder: inbox}
  webhook: {path: /hook, secret_file: secret}
  mastodon: {instances: [{url: "https://a.example", token_file: nowhere}]}
  x: {bearer_env: SURELY_NOT_SET}
"""


@pytest.fixture
def watches(tmp_path: Path) -> Path:
    path = tmp_path / "watches.yaml"
    path.write_text(FILE)
    return path


def said(*arguments: str, watches: Path) -> Result:
    return CliRunner().invoke(connectors, [*arguments, "--watches", str(watches)])


def test_the_list_says_what_is_configured(watches: Path) -> None:
    lines = dict(line.split(maxsplit=1) for line in said("list", watches=watches).output.splitlines())
    assert lines["files"] == lines["webhook"] == lines["x"] == "configured"
    assert lines["bluesky"] == lines["rss"] == "not configured"


def test_a_folder_is_beside_the_file_and_its_posts_are_shown_without_their_words(watches: Path) -> None:
    with pytest.raises(UnavailableError, match="cannot be listened to: files"):
        raise said("check", "files", watches=watches).exception or AssertionError
    inbox = watches.parent / "inbox"
    inbox.mkdir()
    line = {"platform": "forum", "native_id": "7", "text": "la digue"}
    line["created_at"] = datetime(2026, 3, 2, 8, 0, tzinfo=UTC).isoformat()
    (inbox / "a.csv").write_text(",".join(line) + "\n" + ",".join(line.values()) + "\n")
    (inbox / "b.jsonl").write_text(json.dumps(line | {"native_id": "8"}) + "\n")
    for path in inbox.iterdir():
        # Older than the moment for which a file is left alone.
        os.utime(path, (1, 1))
    result = said("check", "files", watches=watches)
    assert result.exit_code == 0
    assert "files: fine" in result.output
    assert "forum:7" in result.output
    assert "forum:8" in result.output
    assert "digue" not in result.output


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("mastodon", "nowhere"),
        ("x", "SURELY_NOT_SET is not set"),
        ("rss", "configures no rss"),
        ("carrier-pigeon", "there is no connector"),
        ("webhook", "cannot be read"),
    ],
)
def test_what_is_missing_is_named(name: str, sentence: str, watches: Path) -> None:
    error = said("check", name, watches=watches).exception
    assert isinstance(error, UsageError)
    assert sentence in str(error)


def test_the_webhooks_secret(watches: Path) -> None:
    secret = watches.parent / "secret"
    secret.write_text("tooshort\n")
    error = said("check", "webhook", watches=watches).exception
    assert isinstance(error, UsageError)
    assert "8 characters" in str(error)
    assert "tooshort" not in str(error)
    secret.write_text("0123456789abcdef0123456789abcdef\n")
    result = said("check", "webhook", watches=watches)
    assert result.exit_code == 0
    assert "/hook/SOURCE" in result.output
    assert "0123456789" not in result.output
